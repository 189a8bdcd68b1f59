"""What the feed keeps: who holds an entity, what ages, what each phone pulled last, hand-overs.

Rules: one idea a migration; locks are short (lock_timeout 3 s: CREATE INDEX CONCURRENTLY in an autocommit block,
NOT VALID constraints validated later); a column goes in two steps, first from the code, then from the schema;
old and new servers run together for ten minutes.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0007'
down_revision: str | None = '0006'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PARTITIONS = 8
# A partitioned table cannot be indexed concurrently: its partitions are, one by one, then the index is put together.
ON_PARTITIONS = (
    ('ix_feed_item_held', '(kind, id)', "op = 'P' AND kind <> 3 AND kind <> 5"),
    ('ix_feed_item_aged_on', '(aged_on)', "aged_on IS NOT NULL"),
)
PARTIAL = (
    ('ix_task_merged_into_id', 'task', 'merged_into_id', 'merged_into_id IS NOT NULL', False),
    ('uq_read_audit_pull', 'read_audit', 'request', "fields = 'feed'", True),
)


def upgrade() -> None:
    op.create_table('pull',
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('scopes', postgresql.ARRAY(sa.Text()), nullable=False, comment='whose reading on that day is audited'),
    sa.Column('cursor', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='{scope: number reached}'),
    sa.Column('is_whole', sa.Boolean(), nullable=False, comment='the last page said that there is no more'),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_pull_device_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('device_id', name=op.f('pk_pull'))
    )
    op.create_table('hand_over',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('by', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False, comment='first day of the new holder'),
    sa.Column('asked', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('done', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='what became of it'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hand_over'))
    )
    op.add_column('feed_item', sa.Column('aged_on', sa.Date(), nullable=True, comment='day from which a row that tells of an end is kept a while'))
    op.alter_column('feed_head', 'floor', comment='highest number that was purged; older cursors start afresh')
    with op.get_context().autocommit_block():
        for name, columns, where in ON_PARTITIONS:
            op.execute(f"CREATE INDEX {name} ON ONLY feed_item {columns} WHERE {where}")
            for n in range(PARTITIONS):
                op.execute(f"CREATE INDEX CONCURRENTLY {name}_part{n} ON feed_item_part{n} {columns} WHERE {where}")
                op.execute(f"ALTER INDEX {name} ATTACH PARTITION {name}_part{n}")
        for name, table, column, where, unique in PARTIAL:
            op.create_index(name, table, [column], unique=unique, postgresql_concurrently=True, postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, table, *_ in PARTIAL:
        op.drop_index(name, table_name=table)
    for name, *_ in ON_PARTITIONS:
        op.drop_index(name, table_name='feed_item')
    op.alter_column('feed_head', 'floor', comment=None)
    op.drop_column('feed_item', 'aged_on')
    op.drop_table('hand_over')
    op.drop_table('pull')
