"""Tasks that are moved: who has them, how their term counts, what was said.

Rules: one idea a migration; locks are short (lock_timeout 3 s: CREATE INDEX CONCURRENTLY in an autocommit block,
NOT VALID constraints validated later); a column goes in two steps, first from the code, then from the schema;
old and new servers run together for ten minutes.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0014'
down_revision: str | None = '0013'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('due_history',
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.SmallInteger(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('provisional', sa.Boolean(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False, comment='words.Move, or calendar'),
    sa.Column('by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_due_history_task_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('task_id', 'version', name=op.f('pk_due_history'))
    )
    op.create_table('task_note',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('cycle', sa.SmallInteger(), nullable=False),
    sa.Column('kind', sa.Enum('reason', 'question', 'supply', 'answer', 'report', 'order', 'session', 'where_to_go', 'conference', 'ruling', 'remark', 'voice', name='notekind', native_enum=False, length=32), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Uuid(), nullable=True, comment='null: a resident or the machine'),
    sa.Column('unit_id', sa.Uuid(), nullable=True, comment='for which unit it was said'),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False, comment='words and times: how, when, result'),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_task_note_task_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task_note'))
    )
    op.create_index('ix_task_note_task_id_at', 'task_note', ['task_id', 'at'], unique=False)
    op.create_table('task_request',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('cycle', sa.SmallInteger(), nullable=False),
    sa.Column('kind', sa.Enum('report', 'return', 'extension', 'pause', 'park', 'exclusion', name='requestkind', native_enum=False, length=32), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('note_id', sa.Uuid(), nullable=True, comment='its reason in words'),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='what is asked: amount, review_on, basis, outcome'),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('granted', sa.Boolean(), nullable=True),
    sa.Column('decided_note_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_task_request_task_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task_request'))
    )
    op.create_index(op.f('ix_task_request_task_id'), 'task_request', ['task_id'], unique=False)
    op.create_index('uq_task_request_open', 'task_request', ['task_id', 'kind'], unique=True, postgresql_where=sa.text('decided_at IS NULL'))
    op.create_table('task_unit',
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_task_unit_task_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_task_unit_unit_id')),
    sa.PrimaryKeyConstraint('task_id', 'unit_id', name=op.f('pk_task_unit'))
    )
    op.create_index('ix_task_unit_unit_id', 'task_unit', ['unit_id'], unique=False)
    op.add_column('problem', sa.Column('channel', sa.Enum('visit', 'reporter', 'hotline', 'web', 'letter', 'office', 'reception', 'meeting', 'radio', 'survey', 'resident', 'order', name='channel', native_enum=False, length=32), server_default='visit', nullable=False))
    op.add_column('problem', sa.Column('external_number', sa.Text(), nullable=True, comment='of the system it came from: 12345, 国家信访信息系统'))
    op.add_column('problem', sa.Column('against_unit_id', sa.Uuid(), nullable=True, comment='the unit it complains of: never routed to it'))
    op.add_column('problem', sa.Column('against_person_id', sa.Uuid(), nullable=True, comment='the person it complains of'))
    op.alter_column('problem', 'reporter_id',
               existing_type=sa.UUID(),
               nullable=True,
               comment='who wrote it down; null: another system or a resident',
               existing_comment='who wrote it down')
    op.alter_column('problem', 'task_id',
               existing_type=sa.UUID(),
               comment='as told; the task may since be merged into another',
               existing_nullable=True)
    op.add_column('task', sa.Column('desk_unit_id', sa.Uuid(), nullable=True, comment='the level whose dispatchers have it, or gave it out'))
    op.add_column('task', sa.Column('desk_since', sa.DateTime(timezone=True), nullable=True))
    op.add_column('task', sa.Column('desk', sa.Enum('disputes', 'society', 'service', name='desk', native_enum=False, length=32), nullable=True, comment='which of the three desks of a town'))
    op.add_column('task', sa.Column('holder_person_id', sa.Uuid(), nullable=True, comment='经办人 inside the unit'))
    op.add_column('task', sa.Column('holder_deputy_id', sa.Uuid(), nullable=True, comment='AB角'))
    op.add_column('task', sa.Column('owner_id', sa.Uuid(), nullable=True, comment='包案领导: a person above the unit'))
    op.add_column('task', sa.Column('against_unit_id', sa.Uuid(), nullable=True, comment='the unit that a problem complains of'))
    op.add_column('task', sa.Column('profile', sa.Enum('shandong', 'petition', name='profile', native_enum=False, length=32), server_default='shandong', nullable=False))
    op.add_column('task', sa.Column('outcome', sa.Enum('solved', 'partly_solved', 'explained', 'aided', 'led_to_law', 'parked', 'not_ours', name='taskoutcome', native_enum=False, length=32), nullable=True))
    op.add_column('task', sa.Column('excluded', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='剔除: listed, not in the rates'))
    op.add_column('task', sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('task', sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True, comment='the resident was answered, as the unit says'))
    op.add_column('task', sa.Column('reported_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('task', sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True, comment='closed, withdrawn or merged'))
    op.add_column('task', sa.Column('state_before', sa.Enum('received', 'incomplete', 'dispatched', 'accepted', 'in_progress', 'answered', 'reported', 'callback', 'redo', 'conference', 'returned', 'ruling', 'paused', 'parked', 'exclusion_asked', 'merged', 'withdrawn', 'closed', name='taskstate', native_enum=False, length=32), nullable=True, comment='where it goes on after a pause, parking, a question or a merge'))
    op.add_column('task', sa.Column('cycle', sa.SmallInteger(), server_default=sa.text('1'), nullable=False, comment='rises with 重办 and recurrence'))
    op.add_column('task', sa.Column('redos', sa.SmallInteger(), server_default=sa.text('0'), nullable=False))
    op.add_column('task', sa.Column('returns', sa.SmallInteger(), server_default=sa.text('0'), nullable=False))
    op.add_column('task', sa.Column('clock_from', sa.DateTime(timezone=True), nullable=True, comment='the term of this cycle counts from here'))
    op.add_column('task', sa.Column('due_amount', sa.SmallInteger(), nullable=True, comment='the term, in units of due_kind'))
    op.add_column('task', sa.Column('due_added', sa.SmallInteger(), server_default=sa.text('0'), nullable=False, comment='granted extensions'))
    op.add_column('task', sa.Column('stops', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False, comment='[[from, until], …]'))
    op.add_column('task', sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True, comment='the clock stands since'))
    op.add_column('task', sa.Column('due_version', sa.SmallInteger(), server_default=sa.text('0'), nullable=False, comment='rises with due_at'))
    op.add_column('task', sa.Column('review_on', sa.Date(), nullable=True, comment='挂账: looked at again'))
    op.add_column('task', sa.Column('about_id', sa.Uuid(), nullable=True, comment='督办: the task that it is about'))
    op.alter_column('task', 'holder_unit_id',
               existing_type=sa.UUID(),
               comment='main unit 主办; null: the dispatcher',
               existing_comment='who has it; null: the dispatcher',
               existing_nullable=True)
    op.alter_column('task', 'dispatched_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='last given out',
               existing_nullable=True)
    op.execute("UPDATE task SET ended_at = received_at WHERE state = 'closed'")
    op.execute("ALTER TABLE task ADD CONSTRAINT ck_task_ended CHECK ((state IN ('closed', 'withdrawn', 'merged')) = (ended_at IS NOT NULL)) NOT VALID")
    op.drop_index('ix_task_due_at', table_name='task')
    with op.get_context().autocommit_block():
        op.execute('ALTER TABLE task VALIDATE CONSTRAINT ck_task_ended')
        op.create_index('ix_problem_external_number', 'problem', ['external_number'], unique=False, postgresql_concurrently=True, postgresql_where=sa.text('external_number IS NOT NULL'))
        op.create_index('ix_task_desk', 'task', ['desk_unit_id', 'state'], unique=False, postgresql_concurrently=True, postgresql_where=sa.text("state IN ('received', 'incomplete', 'returned', 'ruling', 'conference')"))
        op.create_index('ix_task_open_due_at', 'task', ['due_at'], unique=False, postgresql_concurrently=True, postgresql_where=sa.text('ended_at IS NULL'))


def downgrade() -> None:
    op.drop_constraint('ck_task_ended', 'task', type_='check')
    op.drop_index('ix_task_open_due_at', table_name='task', postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('ix_task_due_at', 'task', ['due_at'], unique=False, postgresql_where=sa.text("state <> 'closed'"))
    op.drop_index('ix_task_desk', table_name='task', postgresql_where=sa.text("state IN ('received', 'incomplete', 'returned', 'ruling', 'conference')"))
    op.alter_column('task', 'dispatched_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment=None,
               existing_comment='last given out',
               existing_nullable=True)
    op.alter_column('task', 'holder_unit_id',
               existing_type=sa.UUID(),
               comment='who has it; null: the dispatcher',
               existing_comment='main unit 主办; null: the dispatcher',
               existing_nullable=True)
    op.drop_column('task', 'about_id')
    op.drop_column('task', 'review_on')
    op.drop_column('task', 'due_version')
    op.drop_column('task', 'stopped_at')
    op.drop_column('task', 'stops')
    op.drop_column('task', 'due_added')
    op.drop_column('task', 'due_amount')
    op.drop_column('task', 'clock_from')
    op.drop_column('task', 'returns')
    op.drop_column('task', 'redos')
    op.drop_column('task', 'cycle')
    op.drop_column('task', 'state_before')
    op.drop_column('task', 'ended_at')
    op.drop_column('task', 'reported_at')
    op.drop_column('task', 'answered_at')
    op.drop_column('task', 'accepted_at')
    op.drop_column('task', 'excluded')
    op.drop_column('task', 'outcome')
    op.drop_column('task', 'profile')
    op.drop_column('task', 'against_unit_id')
    op.drop_column('task', 'owner_id')
    op.drop_column('task', 'holder_deputy_id')
    op.drop_column('task', 'holder_person_id')
    op.drop_column('task', 'desk')
    op.drop_column('task', 'desk_since')
    op.drop_column('task', 'desk_unit_id')
    op.drop_index('ix_problem_external_number', table_name='problem', postgresql_where=sa.text('external_number IS NOT NULL'))
    op.alter_column('problem', 'task_id',
               existing_type=sa.UUID(),
               comment=None,
               existing_comment='as told; the task may since be merged into another',
               existing_nullable=True)
    op.alter_column('problem', 'reporter_id',
               existing_type=sa.UUID(),
               nullable=False,
               comment='who wrote it down',
               existing_comment='who wrote it down; null: another system or a resident')
    op.drop_column('problem', 'against_person_id')
    op.drop_column('problem', 'against_unit_id')
    op.drop_column('problem', 'external_number')
    op.drop_column('problem', 'channel')
    op.drop_index('ix_task_unit_unit_id', table_name='task_unit')
    op.drop_table('task_unit')
    op.drop_index('uq_task_request_open', table_name='task_request', postgresql_where=sa.text('decided_at IS NULL'))
    op.drop_index(op.f('ix_task_request_task_id'), table_name='task_request')
    op.drop_table('task_request')
    op.drop_index('ix_task_note_task_id_at', table_name='task_note')
    op.drop_table('task_note')
    op.drop_table('due_history')
