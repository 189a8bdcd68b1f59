"""What photos show, and what is needed to find them again.

Rules: one idea a migration; locks are short (lock_timeout 3 s: CREATE INDEX CONCURRENTLY in an autocommit block,
NOT VALID constraints validated later); a column goes in two steps, first from the code, then from the schema;
old and new servers run together for ten minutes.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0002'
down_revision: str | None = '0001'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('photo_mark',
    sa.Column('photo_id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('dhash', sa.BigInteger(), nullable=False),
    sa.Column('recorder_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('place_id', sa.Uuid(), nullable=False, comment='the one it was merged into, if it was'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='start of the visit'),
    sa.ForeignKeyConstraint(['photo_id'], ['photo.id'], name=op.f('fk_photo_mark_photo_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('photo_id', name=op.f('pk_photo_mark'))
    )
    op.create_index('ix_photo_mark_place_id', 'photo_mark', ['place_id'], unique=False, postgresql_include=['dhash', 'photo_id'])
    op.create_index('ix_photo_mark_recorder_id_at', 'photo_mark', ['recorder_id', 'at'], unique=False, postgresql_include=['dhash', 'photo_id'])
    op.create_index('ix_photo_mark_unit_id_at', 'photo_mark', ['unit_id', 'at'], unique=False, postgresql_include=['dhash', 'photo_id'])
    op.create_index('ix_photo_mark_visit_id', 'photo_mark', ['visit_id'], unique=False)
    op.create_table('picture',
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.Enum('read', 'damaged', name='picturestate', native_enum=False, length=32), nullable=False),
    sa.Column('fault', sa.Enum('empty', 'not-a-picture', 'too-many-pixels', 'truncated', 'broken', 'too-much-memory', 'unreadable', name='picturefault', native_enum=False, length=32), nullable=True, comment='why it is damaged'),
    sa.Column('format', sa.Text(), nullable=True, comment='by content: jpeg, png, webp, heif …'),
    sa.Column('width', sa.Integer(), nullable=True, comment='pixels, as it is to be looked at'),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('orientation', sa.SmallInteger(), nullable=True, comment='EXIF 1 to 8, as found'),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True, comment="EXIF; without an offset: of the installation's zone"),
    sa.Column('lon', sa.Double(), nullable=True, comment='EXIF, degrees, WGS 84 as EXIF says'),
    sa.Column('lat', sa.Double(), nullable=True),
    sa.Column('dhash', sa.BigInteger(), nullable=True, comment='difference hash, 64 bits, signed; null: too flat to tell'),
    sa.Column('small_sha256', sa.LargeBinary(), nullable=True, comment='thumbnail of 320 px, WebP, without EXIF'),
    sa.Column('large_sha256', sa.LargeBinary(), nullable=True, comment='of 1280 px'),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['sha256'], ['blob.sha256'], name=op.f('fk_picture_sha256'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_picture'))
    )
    op.add_column('blob', sa.Column('scrubbed_at', sa.DateTime(timezone=True), nullable=True, comment='when the bytes were last hashed again'))
    op.add_column('blob', sa.Column('lost_at', sa.DateTime(timezone=True), nullable=True, comment='the bytes are gone, rotten or about to go; phones are asked for them'))
    op.create_index('ix_picture_small_sha256', 'picture', ['small_sha256'], unique=False, postgresql_using='hash')
    op.create_index('ix_picture_large_sha256', 'picture', ['large_sha256'], unique=False, postgresql_using='hash')
    op.create_index('ix_picture_fault', 'picture', ['fault'], unique=False, postgresql_where=sa.text("state = 'damaged'"))
    with op.get_context().autocommit_block():
        op.create_index('ix_blob_doomed_at', 'blob', ['doomed_at'], unique=False, postgresql_where=sa.text('doomed_at IS NOT NULL'), postgresql_concurrently=True)
        op.create_index('ix_blob_lost_at', 'blob', ['lost_at'], unique=False, postgresql_where=sa.text('lost_at IS NOT NULL'), postgresql_concurrently=True)
        op.create_index('ix_blob_scrubbed_at', 'blob', ['scrubbed_at'], unique=False, postgresql_concurrently=True)
        op.create_index('ix_photo_awaited', 'photo', ['device_id', 'batch_id'], unique=False, postgresql_where=sa.text("state = 'awaited'"), postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_index('ix_photo_awaited', table_name='photo', postgresql_where=sa.text("state = 'awaited'"))
    op.drop_index('ix_blob_scrubbed_at', table_name='blob')
    op.drop_index('ix_blob_lost_at', table_name='blob', postgresql_where=sa.text('lost_at IS NOT NULL'))
    op.drop_index('ix_blob_doomed_at', table_name='blob', postgresql_where=sa.text('doomed_at IS NOT NULL'))
    op.drop_column('blob', 'lost_at')
    op.drop_column('blob', 'scrubbed_at')
    op.drop_table('picture')
    op.drop_index('ix_photo_mark_visit_id', table_name='photo_mark')
    op.drop_index('ix_photo_mark_unit_id_at', table_name='photo_mark', postgresql_include=['dhash'])
    op.drop_index('ix_photo_mark_recorder_id_at', table_name='photo_mark', postgresql_include=['dhash'])
    op.drop_index('ix_photo_mark_place_id', table_name='photo_mark', postgresql_include=['dhash'])
    op.drop_table('photo_mark')
