"""What cadres put right in the registry, what persons decided about it, and whether a household still lives there.

Rules: one idea a migration; locks are short (lock_timeout 3 s: CREATE INDEX CONCURRENTLY in an autocommit block,
NOT VALID constraints validated later); a column goes in two steps, first from the code, then from the schema;
old and new servers run together for ten minutes.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0013'
down_revision: str | None = '0012'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('edited_field',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('place_id', sa.Uuid(), nullable=False),
    sa.Column('field', sa.Enum('phone', 'contact_name', 'name', 'address', 'position', 'residence', 'household', name='editfield', native_enum=False, length=32), nullable=False),
    sa.Column('contact_id', sa.Uuid(), nullable=True, comment='for phone and contact_name; may be of a person to come'),
    sa.Column('base', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('base_cipher', sa.LargeBinary(), nullable=True),
    sa.Column('stands', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('stands_cipher', sa.LargeBinary(), nullable=True),
    sa.Column('is_told', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment="the registry's value comes from here: no list overwrites it"),
    sa.Column('listed', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True, comment='what the list said last: it says so again in vain'),
    sa.Column('listed_cipher', sa.LargeBinary(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True, comment='of the last decision: what was said before it is late'),
    sa.Column('open_since', sa.DateTime(timezone=True), nullable=True, comment='a person is needed since then'),
    sa.Column('reasons', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False, comment='why'),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('rev', sa.Integer(), server_default=sa.text('1'), nullable=False, comment='whoever decides names the one he has seen'),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_edited_field_place_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_edited_field'))
    )
    op.create_index('ix_edited_field_open', 'edited_field', ['open_since', 'id'], unique=False, postgresql_where=sa.text('open_since IS NOT NULL'))
    op.create_index('ix_edited_field_settled', 'edited_field', ['changed_at', 'id'], unique=False, postgresql_where=sa.text('open_since IS NULL'))
    op.create_index('uq_edited_field_place_id_field_contact_id', 'edited_field', ['place_id', 'field', 'contact_id'], unique=True, postgresql_nulls_not_distinct=True)
    op.create_table('proposal_decision',
    sa.Column('id', sa.Uuid(), nullable=False, comment='of the merge as well, if it was merged'),
    sa.Column('place_id', sa.Uuid(), nullable=False),
    sa.Column('proposing', sa.Enum('confirm', 'merge', 'refuse', name='proposing', native_enum=False, length=32), nullable=False),
    sa.Column('into_id', sa.Uuid(), nullable=True),
    sa.Column('code', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('by', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_proposal_decision_place_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal_decision'))
    )
    op.create_index('uq_proposal_decision_place_id', 'proposal_decision', ['place_id'], unique=True, postgresql_where=sa.text('undone_at IS NULL'))
    op.create_table('edit_decision',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('edited_field_id', sa.Uuid(), nullable=False),
    sa.Column('taking', sa.Enum('new', 'old', 'other', name='taking', native_enum=False, length=32), nullable=False),
    sa.Column('edit_id', sa.Uuid(), nullable=True, comment='whose new value was taken'),
    sa.Column('value', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('value_cipher', sa.LargeBinary(), nullable=True),
    sa.Column('before', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True, comment='what the registry said'),
    sa.Column('before_cipher', sa.LargeBinary(), nullable=True),
    sa.Column('base', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True, comment='of the field, as it was'),
    sa.Column('base_cipher', sa.LargeBinary(), nullable=True),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='what undoing needs: states of the tellings, times'),
    sa.Column('reason', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('by', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['edited_field_id'], ['edited_field.id'], name=op.f('fk_edit_decision_edited_field_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_edit_decision'))
    )
    op.create_index('ix_edit_decision_edited_field_id', 'edit_decision', ['edited_field_id', 'at'], unique=False)
    op.create_table('place_edit',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('edited_field_id', sa.Uuid(), nullable=True, comment='null: a home found at the door, which stands in `place`'),
    sa.Column('place_id', sa.Uuid(), nullable=False, comment='as told; may since be merged into another'),
    sa.Column('field', sa.Enum('phone', 'contact_name', 'name', 'address', 'position', 'residence', 'household', name='editfield', native_enum=False, length=32), nullable=False),
    sa.Column('old', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('old_cipher', sa.LargeBinary(), nullable=True),
    sa.Column('new', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('new_cipher', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.Enum('applied', 'open', 'taken', 'not_taken', name='editstate', native_enum=False, length=32), nullable=False),
    sa.Column('needs', sa.Enum('changed', 'not_linked', 'moved_far', 'first_position', 'fix_doubtful', 'dissolved', 'listed', name='editreason', native_enum=False, length=32), nullable=True, comment='why it never applies by itself'),
    sa.Column('in_play', sa.Boolean(), nullable=False, comment='nobody has decided about it, and no list or verifier came after it'),
    sa.Column('person_id', sa.Uuid(), nullable=True, comment='null: an imported list'),
    sa.Column('device_id', sa.Uuid(), nullable=True),
    sa.Column('batch_id', sa.Uuid(), nullable=True),
    sa.Column('sha256', sa.LargeBinary(), nullable=True, comment="of the record's bytes: the same id with others is no repeat"),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False, comment='corrected'),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('note', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('since_on', sa.Date(), nullable=True, comment='since when it is so'),
    sa.Column('evidence', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True, comment='fix, accuracy, distance'),
    sa.ForeignKeyConstraint(['edited_field_id'], ['edited_field.id'], name=op.f('fk_place_edit_edited_field_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place_edit'))
    )
    op.create_index('ix_place_edit_edited_field_id', 'place_edit', ['edited_field_id'], unique=False)
    op.create_index('ix_place_edit_person_id_said_at', 'place_edit', ['person_id', 'said_at'], unique=False)
    op.create_index('ix_place_edit_place_id', 'place_edit', ['place_id'], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.add_column('place', sa.Column('residence', sa.Enum('here', 'moved_away', 'dissolved', name='residence', native_enum=False, length=32), server_default=sa.text("'here'"), nullable=False, comment='a dissolved household has the state gone'))
    with op.get_context().autocommit_block():
        op.create_index('ix_place_proposed', 'place', ['created_at', 'id'], unique=False, postgresql_concurrently=True, postgresql_where=sa.text("state = 'proposed'"))


def downgrade() -> None:
    op.drop_index('ix_place_proposed', table_name='place')
    op.drop_column('place', 'residence')
    op.drop_index('ix_place_edit_place_id', table_name='place_edit', postgresql_where=sa.text("state = 'open'"))
    op.drop_index('ix_place_edit_person_id_said_at', table_name='place_edit')
    op.drop_index('ix_place_edit_edited_field_id', table_name='place_edit')
    op.drop_table('place_edit')
    op.drop_index('ix_edit_decision_edited_field_id', table_name='edit_decision')
    op.drop_table('edit_decision')
    op.drop_index('uq_proposal_decision_place_id', table_name='proposal_decision', postgresql_where=sa.text('undone_at IS NULL'))
    op.drop_table('proposal_decision')
    op.drop_index('uq_edited_field_place_id_field_contact_id', table_name='edited_field', postgresql_nulls_not_distinct=True)
    op.drop_index('ix_edited_field_settled', table_name='edited_field', postgresql_where=sa.text('open_since IS NULL'))
    op.drop_index('ix_edited_field_open', table_name='edited_field', postgresql_where=sa.text('open_since IS NOT NULL'))
    op.drop_table('edited_field')
