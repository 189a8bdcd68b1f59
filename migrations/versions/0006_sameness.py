"""What tells of the same: whom a visit was matched with, what co-visitors said, merges of places.

Rules: one idea a migration; locks are short (lock_timeout 3 s: CREATE INDEX CONCURRENTLY in an autocommit block,
NOT VALID constraints validated later); a column goes in two steps, first from the code, then from the schema;
old and new servers run together for ten minutes.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0006'
down_revision: str | None = '0005'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('co_visit',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('took_part', sa.Boolean(), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='corrected'),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_co_visit_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_co_visit'))
    )
    op.create_index('ix_co_visit_visit_id', 'co_visit', ['visit_id', 'person_id'], unique=False)
    op.create_table('place_merge',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('away_id', sa.Uuid(), nullable=False),
    sa.Column('into_id', sa.Uuid(), nullable=False, comment='the root it was merged into'),
    sa.Column('state_before', sa.Enum('proposed', 'active', 'merged', 'gone', name='placestate', native_enum=False, length=32), nullable=False, comment='of `away`; undoing gives it back'),
    sa.Column('by', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['away_id'], ['place.id'], name=op.f('fk_place_merge_away_id')),
    sa.ForeignKeyConstraint(['into_id'], ['place.id'], name=op.f('fk_place_merge_into_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place_merge'))
    )
    op.create_index('ix_place_merge_into_id', 'place_merge', ['into_id'], unique=False)
    op.create_index('uq_place_merge_away_id', 'place_merge', ['away_id'], unique=True, postgresql_where=sa.text('undone_at IS NULL'))
    op.alter_column('place', 'merged_into_id', existing_type=sa.Uuid(), existing_nullable=True, comment='always a place that is not merged itself')
    op.alter_column('same_visit', 'parent_id', existing_type=sa.Uuid(), existing_nullable=False, comment='the root of the group')
    op.alter_column('same_visit', 'kind', existing_type=sa.String(32), existing_nullable=False, comment='repeat: the child counts for nobody')
    op.alter_column('same_visit', 'method', existing_type=sa.Text(), existing_nullable=False, comment='what matched: fixes, photo, answers, overlap, starts, person', existing_comment='what matched: fixes, photo, answers')
    op.add_column('same_visit', sa.Column('matched_id', sa.Uuid(), nullable=True, comment='of the group, whom the child was found to be the same as; null: the parent'))
    op.add_column('same_visit', sa.Column('shared', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='two phones with one series of fixes: child and matched'))
    with op.get_context().autocommit_block():
        op.create_index('ix_same_visit_child_id_undone', 'same_visit', ['child_id'], unique=False, postgresql_concurrently=True, postgresql_where=sa.text('undone_at IS NOT NULL'))
        op.create_index('ix_place_merged_into_id', 'place', ['merged_into_id'], unique=False, postgresql_concurrently=True, postgresql_where=sa.text('merged_into_id IS NOT NULL'))
        op.create_index('ix_visit_party_unconfirmed', 'visit_party', ['visit_id'], unique=False, postgresql_concurrently=True, postgresql_where=sa.text('confirmed_at IS NULL'))


def downgrade() -> None:
    op.drop_index('ix_visit_party_unconfirmed', table_name='visit_party', postgresql_where=sa.text('confirmed_at IS NULL'))
    op.drop_index('ix_place_merged_into_id', table_name='place', postgresql_where=sa.text('merged_into_id IS NOT NULL'))
    op.drop_index('ix_same_visit_child_id_undone', table_name='same_visit', postgresql_where=sa.text('undone_at IS NOT NULL'))
    op.drop_column('same_visit', 'shared')
    op.drop_column('same_visit', 'matched_id')
    op.alter_column('same_visit', 'method', existing_type=sa.Text(), existing_nullable=False, comment='what matched: fixes, photo, answers')
    op.alter_column('same_visit', 'kind', existing_type=sa.String(32), existing_nullable=False, comment=None)
    op.alter_column('same_visit', 'parent_id', existing_type=sa.Uuid(), existing_nullable=False, comment=None)
    op.alter_column('place', 'merged_into_id', existing_type=sa.Uuid(), existing_nullable=True, comment=None)
    op.drop_index('uq_place_merge_away_id', table_name='place_merge', postgresql_where=sa.text('undone_at IS NULL'))
    op.drop_index('ix_place_merge_into_id', table_name='place_merge')
    op.drop_table('place_merge')
    op.drop_index('ix_co_visit_visit_id', table_name='co_visit')
    op.drop_table('co_visit')
