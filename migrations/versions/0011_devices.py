"""Tokens that are exchanged, alarms about phones, and what phones tell of themselves.

Rules: one idea a migration; locks are short (lock_timeout 3 s: CREATE INDEX CONCURRENTLY in an autocommit block,
NOT VALID constraints validated later); a column goes in two steps, first from the code, then from the schema;
old and new servers run together for ten minutes.
An old server knows the token of a phone's row alone: a phone whose successor it does not know goes on with the
predecessor.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0011'
down_revision: str | None = '0010'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('device_health',
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('app_version', sa.Text(), nullable=True),
    sa.Column('unsent', sa.Integer(), nullable=True, comment='records that it still holds'),
    sa.Column('oldest_unsent_at', sa.DateTime(timezone=True), nullable=True, comment='by our clock, from the age that it told'),
    sa.Column('clock_offset_s', sa.Double(), nullable=True, comment='how far its clock is ahead of ours'),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_device_health_device_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('device_id', name=op.f('pk_device_health'))
    )
    op.create_table('device_token',
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('no', sa.Integer(), nullable=False),
    sa.Column('nonce', sa.Text(), nullable=True, comment='of the rotation that made it; null: made by an enrolment'),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True, comment='null: pending'),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=True, comment='first use of its successor'),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_device_token_device_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_device_token'))
    )
    op.create_index('uq_device_token_device_id_no', 'device_token', ['device_id', 'no'], unique=True)
    op.add_column('device', sa.Column('token_no', sa.Integer(), server_default=sa.text('0'), nullable=False, comment='number of the token in use'))
    op.add_column('device', sa.Column('family_no', sa.Integer(), server_default=sa.text('0'), nullable=False, comment="number of the last enrolment's token"))
    op.add_column('device', sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True, comment='its tokens were ended; a new enrolment begins others'))
    op.add_column('device', sa.Column('alarm', sa.Enum('token_replayed', 'copied', name='devicealarm', native_enum=False, length=32), nullable=True))
    op.add_column('device', sa.Column('alarm_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('device', 'alarm_at')
    op.drop_column('device', 'alarm')
    op.drop_column('device', 'revoked_at')
    op.drop_column('device', 'family_no')
    op.drop_column('device', 'token_no')
    op.drop_index('uq_device_token_device_id_no', table_name='device_token')
    op.drop_table('device_token')
    op.drop_table('device_health')
