"""The difference hash of a picture's middle, so that a copy with its margins cut off is found.

Rules: one idea a migration; locks are short (lock_timeout 3 s: CREATE INDEX CONCURRENTLY in an autocommit block,
NOT VALID constraints validated later); a column goes in two steps, first from the code, then from the schema;
old and new servers run together for ten minutes.
Pictures read before have no such hash: their cropped copies are found as before, by the first hash alone.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0008'
down_revision: str | None = '0007'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEXES = {
    'ix_photo_mark_recorder_id_at': ['recorder_id', 'at'],
    'ix_photo_mark_unit_id_at': ['unit_id', 'at'],
    'ix_photo_mark_place_id': ['place_id'],
}


def _index_again(included: list[str]) -> None:
    with op.get_context().autocommit_block():
        for name, columns in INDEXES.items():
            op.execute(f'DROP INDEX CONCURRENTLY IF EXISTS {name}')
            op.create_index(name, 'photo_mark', columns, unique=False, postgresql_include=included, postgresql_concurrently=True)


def upgrade() -> None:
    comment = 'of the middle, without 2.5 percent at each side'
    op.add_column('picture', sa.Column('inner_dhash', sa.BigInteger(), nullable=True, comment=comment))
    op.add_column('photo_mark', sa.Column('inner_dhash', sa.BigInteger(), nullable=True))
    _index_again(['dhash', 'inner_dhash', 'photo_id'])


def downgrade() -> None:
    _index_again(['dhash', 'photo_id'])
    op.drop_column('photo_mark', 'inner_dhash')
    op.drop_column('picture', 'inner_dhash')
