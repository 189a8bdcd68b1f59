"""Rules of programmes, and obligations: contact that is owed, in which window, and what met it.

Rules: one idea a migration; locks are short (lock_timeout 3 s: CREATE INDEX CONCURRENTLY in an autocommit block,
NOT VALID constraints validated later); a column goes in two steps, first from the code, then from the schema;
old and new servers run together for ten minutes.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0009'
down_revision: str | None = '0008'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('programme_rule',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('category', sa.Enum('ordinary', 'needy', 'old_party_member', 'left_behind', 'able_person', 'petition_matter', 'unit', 'enterprise', 'project', name='linkcategory', native_enum=False, length=32), nullable=True),
    sa.Column('event', sa.Enum('hospital', 'death', 'dispute', 'disaster', 'dropout_or_jobless', name='lifeevent', native_enum=False, length=32), nullable=True),
    sa.Column('holder', sa.Enum('cadre', 'unit', name='holderkind', native_enum=False, length=32), nullable=True, comment='who links'),
    sa.Column('role', sa.Enum('first_responsible', 'leader_in_charge', 'area_chief', 'village_cadre', 'grid_worker', 'duty_person', 'cadre', 'reporter', 'verifier', 'dispatcher', 'handler', 'approver', 'programme_office', 'leader', 'sealed_officer', 'unit_admin', 'system_admin', 'security_admin', 'audit_admin', name='role', native_enum=False, length=32), nullable=True, comment='persons who hold it are to link'),
    sa.Column('level', sa.Enum('province', 'city', 'county', 'town', 'area', 'village', 'grid', 'group', 'department', 'station', 'mass_organisation', 'volunteers', name='unitkind', native_enum=False, length=32), nullable=True, comment='of their unit, or of the linking unit'),
    sa.Column('target', sa.Enum('household', 'work_point', 'enterprise', 'project', 'office', name='placekind', native_enum=False, length=32), nullable=True),
    sa.Column('number', sa.SmallInteger(), nullable=True, comment='links of each holder; null: not said'),
    sa.Column('rhythm', sa.Enum('month', 'quarter', 'half_year', 'year', 'none', name='rhythm', native_enum=False, length=32), nullable=True, comment='null: that of the policy'),
    sa.Column('term', sa.SmallInteger(), nullable=True, comment="from the beginning; null: the period's end"),
    sa.Column('term_kind', sa.Enum('working_days', 'natural_days', 'hours', name='duekind', native_enum=False, length=32), nullable=True),
    sa.CheckConstraint('(category IS NULL) <> (event IS NULL)', name=op.f('ck_programme_rule_one_subject')),
    sa.CheckConstraint('(term IS NULL) = (term_kind IS NULL)', name=op.f('ck_programme_rule_whole_term')),
    sa.CheckConstraint('number > 0 AND term > 0', name=op.f('ck_programme_rule_positive')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_programme_rule_programme_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_rule')),
    sa.UniqueConstraint('programme_id', 'category', name=op.f('uq_programme_rule_programme_id_category')),
    sa.UniqueConstraint('programme_id', 'event', name=op.f('uq_programme_rule_programme_id_event'))
    )
    op.create_table('obligation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('place_id', sa.Uuid(), nullable=False, comment='as linked or told; may be merged since'),
    sa.Column('unit_id', sa.Uuid(), nullable=False, comment='of the place'),
    sa.Column('town_id', sa.Uuid(), nullable=True),
    sa.Column('origin', sa.Enum('programme', 'life_event', 'callback', name='owedfor', native_enum=False, length=32), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=True),
    sa.Column('link_id', sa.Uuid(), nullable=True),
    sa.Column('life_event_id', sa.Uuid(), nullable=True),
    sa.Column('holder_id', sa.Uuid(), nullable=True, comment='cadre'),
    sa.Column('holder_unit_id', sa.Uuid(), nullable=True, comment='neither: nobody, a gap'),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('provisional', sa.Boolean(), nullable=False, comment='a day of the term is not announced yet'),
    sa.Column('lapses_at', sa.DateTime(timezone=True), nullable=False, comment='contact counts until then, as late after due_at'),
    sa.Column('pause_days', sa.SmallInteger(), nullable=False, comment='an attempt stops overdue for so long'),
    sa.Column('state', sa.Enum('owed', 'met', 'lapsed', 'excused', name='obligationstate', native_enum=False, length=32), nullable=False),
    sa.Column('paused_until', sa.DateTime(timezone=True), nullable=True, comment='after the last attempt'),
    sa.Column('met_visit_id', sa.Uuid(), nullable=True),
    sa.Column('met_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('excuse', sa.Enum('resident_declines', 'moved_or_gone', 'unreachable', 'holder_away', 'link_ended', 'other', name='excuse', native_enum=False, length=32), nullable=True),
    sa.Column('policy_version', sa.Text(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(state = 'excused') = (excuse IS NOT NULL)", name=op.f('ck_obligation_excused')),
    sa.CheckConstraint("(state = 'met') = (met_at IS NOT NULL)", name=op.f('ck_obligation_met')),
    sa.CheckConstraint('holder_id IS NULL OR holder_unit_id IS NULL', name=op.f('ck_obligation_one_holder')),
    sa.CheckConstraint('opens_at <= due_at AND due_at <= lapses_at', name=op.f('ck_obligation_window')),
    sa.ForeignKeyConstraint(['holder_id'], ['person.id'], name=op.f('fk_obligation_holder_id')),
    sa.ForeignKeyConstraint(['holder_unit_id'], ['unit.id'], name=op.f('fk_obligation_holder_unit_id')),
    sa.ForeignKeyConstraint(['link_id'], ['link.id'], name=op.f('fk_obligation_link_id')),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_obligation_place_id')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_obligation_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_obligation'))
    )
    op.create_index('ix_obligation_holder_id_due_at', 'obligation', ['holder_id', 'due_at'], unique=False)
    op.create_index('ix_obligation_owed', 'obligation', ['lapses_at'], unique=False, postgresql_where=sa.text("state = 'owed'"))
    op.create_index('ix_obligation_place_id_due_at', 'obligation', ['place_id', 'due_at'], unique=False)
    op.create_index('ix_obligation_programme_id_due_at', 'obligation', ['programme_id', 'due_at', 'id'], unique=False)
    op.create_index('ix_obligation_unit_id_due_at', 'obligation', ['unit_id', 'due_at', 'id'], unique=False)
    op.create_index('uq_obligation_life_event_once', 'obligation', ['life_event_id'], unique=True, postgresql_where=sa.text('life_event_id IS NOT NULL'))
    op.create_index('uq_obligation_link_once', 'obligation', ['link_id', 'opens_at'], unique=True, postgresql_where=sa.text('link_id IS NOT NULL'))
    op.create_index('uq_obligation_place_once', 'obligation', ['place_id', 'origin', 'opens_at'], unique=True, postgresql_where=sa.text('link_id IS NULL AND life_event_id IS NULL'))
    op.create_table('excuse_told',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('obligation_id', sa.Uuid(), nullable=False),
    sa.Column('excuse', sa.Enum('resident_declines', 'moved_or_gone', 'unreachable', 'holder_away', 'link_ended', 'other', name='excuse', native_enum=False, length=32), nullable=False),
    sa.Column('text', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('by', sa.Uuid(), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=True, comment='null: told in the console'),
    sa.Column('batch_id', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['obligation_id'], ['obligation.id'], name=op.f('fk_excuse_told_obligation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_excuse_told'))
    )
    op.create_index('ix_excuse_told_obligation_id', 'excuse_told', ['obligation_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_excuse_told_obligation_id', table_name='excuse_told')
    op.drop_table('excuse_told')
    op.drop_index('uq_obligation_place_once', table_name='obligation', postgresql_where=sa.text('link_id IS NULL AND life_event_id IS NULL'))
    op.drop_index('uq_obligation_link_once', table_name='obligation')
    op.drop_index('uq_obligation_life_event_once', table_name='obligation')
    op.drop_index('ix_obligation_unit_id_due_at', table_name='obligation')
    op.drop_index('ix_obligation_programme_id_due_at', table_name='obligation')
    op.drop_index('ix_obligation_place_id_due_at', table_name='obligation')
    op.drop_index('ix_obligation_owed', table_name='obligation', postgresql_where=sa.text("state = 'owed'"))
    op.drop_index('ix_obligation_holder_id_due_at', table_name='obligation')
    op.drop_table('obligation')
    op.drop_table('programme_rule')
