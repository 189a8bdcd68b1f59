"""Findings that wait for a person, what was decided, asked and said.

Rules: one idea a migration; locks are short (lock_timeout 3 s: CREATE INDEX CONCURRENTLY in an autocommit block,
NOT VALID constraints validated later); a column goes in two steps, first from the code, then from the schema;
old and new servers run together for ten minutes.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0004'
down_revision: str | None = '0003'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('draw',
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('town_id', sa.Uuid(), nullable=False),
    sa.Column('eligible', sa.Integer(), nullable=False),
    sa.Column('drawn', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('received_on', 'town_id', name=op.f('pk_draw'))
    )
    op.create_table('finding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('town_id', sa.Uuid(), nullable=True),
    sa.Column('cause', sa.Enum('address', 'area', 'datum', 'device', 'photo', 'single', 'repeat', 'revision', 'drawn', 'appeal', name='cause', native_enum=False, length=32), nullable=False),
    sa.Column('cause_key', sa.Text(), nullable=False, comment='what the group has in common: place, unit, model|app|provider, device, sha256, other visit'),
    sa.Column('reasons', postgresql.ARRAY(sa.Text()), nullable=False, comment='reason codes, heaviest first'),
    sa.Column('state', sa.Enum('open', 'asked', 'answered', 'decided', 'settled', name='findingstate', native_enum=False, length=32), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lease_by', sa.Uuid(), nullable=True, comment='whoever has it on the screen'),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_finding_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finding'))
    )
    op.create_index('ix_finding_age', 'finding', ['opened_at', 'id'], unique=False, postgresql_include=['unit_id', 'visit_id'], postgresql_where=sa.text("state IN ('open', 'asked', 'answered')"))
    op.create_index('ix_finding_cause_key', 'finding', ['cause', 'cause_key'], unique=False, postgresql_include=['unit_id', 'opened_at', 'visit_id'], postgresql_where=sa.text("state IN ('open', 'asked', 'answered')"))
    op.create_index('ix_finding_drawn', 'finding', ['cause_key', 'opened_at'], unique=False, postgresql_where=sa.text("cause = 'drawn'"))
    op.create_index('ix_finding_queue', 'finding', ['unit_id', 'opened_at', 'id'], unique=False, postgresql_where=sa.text("state IN ('open', 'asked', 'answered')"))
    op.create_index('ix_finding_visit_id', 'finding', ['visit_id'], unique=False)
    op.create_index('uq_finding_visit_id_cause', 'finding', ['visit_id', 'cause'], unique=True, postgresql_where=sa.text("state IN ('open', 'asked', 'answered')"))
    op.create_table('question',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('by', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True, comment='the question was undone before it was answered'),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_question_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question'))
    )
    op.create_index('ix_question_visit_id', 'question', ['visit_id'], unique=False)
    op.create_table('decision',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('finding_id', sa.Uuid(), nullable=True),
    sa.Column('group_id', sa.Uuid(), nullable=True, comment='one decision for many visits'),
    sa.Column('deciding', sa.Enum('confirm', 'ask', 'refuse', 'correct_address', 'correct_datum', 'same_visit', 'other_visit', name='deciding', native_enum=False, length=32), nullable=False),
    sa.Column('verdict', sa.Enum('verified', 'doubtful', 'unverifiable', 'refused', name='verdict', native_enum=False, length=32), nullable=True, comment='null: it sets none (asked, corrected)'),
    sa.Column('before', sa.Enum('verified', 'doubtful', 'unverifiable', 'refused', name='verdict', native_enum=False, length=32), nullable=False, comment='the verdict it found'),
    sa.Column('reason', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('by', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['finding_id'], ['finding.id'], name=op.f('fk_decision_finding_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_decision_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision'))
    )
    op.create_index('ix_decision_group_id', 'decision', ['group_id'], unique=False, postgresql_where=sa.text('group_id IS NOT NULL'))
    op.create_index('ix_decision_visit_id', 'decision', ['visit_id', 'at'], unique=False)
    op.create_table('said',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('question_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Enum('attestation', 'answer', 'appeal', name='statement', native_enum=False, length=32), nullable=False),
    sa.Column('codes', postgresql.ARRAY(sa.Text()), nullable=False, comment='attestation codes'),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['question_id'], ['question.id'], name=op.f('fk_said_question_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_said_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_said'))
    )
    op.create_index('ix_said_visit_id', 'said', ['visit_id'], unique=False)
    with op.get_context().autocommit_block():
        op.create_index('ix_visit_received_at', 'visit', ['received_at'], unique=False, postgresql_concurrently=True, postgresql_using='brin')


def downgrade() -> None:
    op.drop_index('ix_visit_received_at', table_name='visit', postgresql_using='brin')
    op.drop_index('ix_said_visit_id', table_name='said')
    op.drop_table('said')
    op.drop_index('ix_decision_visit_id', table_name='decision')
    op.drop_index('ix_decision_group_id', table_name='decision', postgresql_where=sa.text('group_id IS NOT NULL'))
    op.drop_table('decision')
    op.drop_index('ix_question_visit_id', table_name='question')
    op.drop_table('question')
    op.drop_index('uq_finding_visit_id_cause', table_name='finding', postgresql_where=sa.text("state IN ('open', 'asked', 'answered')"))
    op.drop_index('ix_finding_visit_id', table_name='finding')
    op.drop_index('ix_finding_drawn', table_name='finding', postgresql_where=sa.text("cause = 'drawn'"))
    op.drop_index('ix_finding_queue', table_name='finding', postgresql_where=sa.text("state IN ('open', 'asked', 'answered')"))
    op.drop_index('ix_finding_age', table_name='finding', postgresql_include=['unit_id', 'visit_id'], postgresql_where=sa.text("state IN ('open', 'asked', 'answered')"))
    op.drop_index('ix_finding_cause_key', table_name='finding', postgresql_include=['unit_id', 'opened_at', 'visit_id'], postgresql_where=sa.text("state IN ('open', 'asked', 'answered')"))
    op.drop_table('finding')
    op.drop_table('draw')
