"""What happens in homes, promises, aid, lists of the needy, absences with their deputies, the roster of leaders.

Rules: one idea a migration; locks are short (lock_timeout 3 s: CREATE INDEX CONCURRENTLY in an autocommit block,
NOT VALID constraints validated later); a column goes in two steps, first from the code, then from the schema;
old and new servers run together for ten minutes.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0010'
down_revision: str | None = '0009'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('life_event',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('place_id', sa.Uuid(), nullable=False, comment='as told; may be unknown, or merged into another'),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('town_id', sa.Uuid(), nullable=True),
    sa.Column('event', sa.Enum('hospital', 'death', 'dispute', 'disaster', 'dropout_or_jobless', name='lifeevent', native_enum=False, length=32), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False, comment='the day it was told, if nobody said another'),
    sa.Column('told_by', sa.Uuid(), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=False, comment='corrected'),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=True, comment='in which it was noticed'),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('quiet_until', sa.Date(), nullable=True, comment='last day on which this home is asked for nothing more'),
    sa.Column('same_as_id', sa.Uuid(), nullable=True, comment='the first telling of it'),
    sa.ForeignKeyConstraint(['same_as_id'], ['life_event.id'], name=op.f('fk_life_event_same_as_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_life_event'))
    )
    op.create_index('ix_life_event_place_id', 'life_event', ['place_id', 'event'], unique=False)
    op.create_index('ix_life_event_same_as_id', 'life_event', ['same_as_id'], unique=False, postgresql_where=sa.text('same_as_id IS NOT NULL'))
    op.create_index('ix_life_event_told_by', 'life_event', ['told_by', 'told_at'], unique=False)
    op.create_index('ix_life_event_unit_id_told_at', 'life_event', ['unit_id', 'told_at'], unique=False)
    op.create_table('absence',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('deputy_id', sa.Uuid(), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('reason', sa.Enum('leave', 'trip', 'training', 'other', name='absencereason', native_enum=False, length=32), nullable=False),
    sa.Column('told_by', sa.Uuid(), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=False, comment='of the newest word'),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    postgresql.ExcludeConstraint((sa.text('(person_id::text)'), '='), (sa.column('valid'), '&&'), where=sa.text('cancelled_at IS NULL'), using='gist', name='ex_absence_once'),
    sa.CheckConstraint('person_id <> deputy_id', name=op.f('ck_absence_other_deputy')),
    sa.ForeignKeyConstraint(['deputy_id'], ['person.id'], name=op.f('fk_absence_deputy_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_absence_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absence'))
    )
    op.create_index('ix_absence_deputy_id', 'absence', ['deputy_id'], unique=False)
    op.create_index('ix_absence_person_id', 'absence', ['person_id'], unique=False)
    op.create_table('aid',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('rev', sa.SmallInteger(), nullable=False, comment='of the visit whose words these are'),
    sa.Column('place_id', sa.Uuid(), nullable=False, comment='as told'),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('town_id', sa.Uuid(), nullable=True),
    sa.Column('cadre_id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=True),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('given_on', sa.Date(), nullable=False),
    sa.Column('same_as_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['same_as_id'], ['aid.id'], name=op.f('fk_aid_same_as_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_aid_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_aid'))
    )
    op.create_index('ix_aid_cadre_id', 'aid', ['cadre_id', 'given_on'], unique=False)
    op.create_index('ix_aid_place_id', 'aid', ['place_id', 'given_on'], unique=False)
    op.create_index(op.f('ix_aid_visit_id'), 'aid', ['visit_id'], unique=False)
    op.create_table('commitment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('rev', sa.SmallInteger(), nullable=False, comment='of the visit whose words these are'),
    sa.Column('place_id', sa.Uuid(), nullable=False, comment='as told'),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('town_id', sa.Uuid(), nullable=True),
    sa.Column('cadre_id', sa.Uuid(), nullable=False, comment='who promised'),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Enum('open', 'told_kept', 'confirmed', name='commitmentstate', native_enum=False, length=32), server_default=sa.text("'open'"), nullable=False),
    sa.Column('state_at', sa.DateTime(timezone=True), nullable=True, comment='of the word that made it so'),
    sa.Column('state_by', sa.Uuid(), nullable=True),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('same_as_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['same_as_id'], ['commitment.id'], name=op.f('fk_commitment_same_as_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_commitment_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commitment'))
    )
    op.create_index('ix_commitment_cadre_id', 'commitment', ['cadre_id', 'due_on'], unique=False)
    op.create_index('ix_commitment_place_id', 'commitment', ['place_id'], unique=False)
    op.create_index('ix_commitment_same_as_id', 'commitment', ['same_as_id'], unique=False, postgresql_where=sa.text('same_as_id IS NOT NULL'))
    op.create_index('ix_commitment_unit_id', 'commitment', ['unit_id'], unique=False)
    op.create_index('ix_commitment_unreminded', 'commitment', ['due_on'], unique=False, postgresql_where=sa.text("state = 'open' AND reminded_at IS NULL AND same_as_id IS NULL"))
    op.create_table('roster_entry',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False, comment='the town that he leads'),
    sa.Column('state', sa.Enum('stay', 'on_duty', 'leave', 'trip', name='rosterstate', native_enum=False, length=32), nullable=False),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_roster_entry_person_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_roster_entry_unit_id')),
    sa.PrimaryKeyConstraint('person_id', 'on', name=op.f('pk_roster_entry'))
    )
    op.create_index('ix_roster_entry_unit_id_on', 'roster_entry', ['unit_id', 'on'], unique=False)
    op.create_table('commitment_word',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('commitment_id', sa.Uuid(), nullable=False),
    sa.Column('kept', sa.Boolean(), nullable=False),
    sa.Column('confirms', sa.Boolean(), nullable=False, comment='said in a later visit that met somebody of that home'),
    sa.Column('text', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='corrected'),
    sa.ForeignKeyConstraint(['commitment_id'], ['commitment.id'], name=op.f('fk_commitment_word_commitment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commitment_word'))
    )
    op.create_index('ix_commitment_word_commitment_id', 'commitment_word', ['commitment_id', 'at'], unique=False)
    op.create_table('needy',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('place_id', sa.Uuid(), nullable=False),
    sa.Column('list', sa.Text(), nullable=False, comment='低保, 五保 …: as the office names it'),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('source', sa.Text(), server_default=sa.text("''"), nullable=False, comment="which office's list, of which month"),
    postgresql.ExcludeConstraint((sa.text('(place_id::text || list)'), '='), (sa.column('valid'), '&&'), using='gist', name='ex_needy_once'),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_needy_place_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_needy'))
    )
    op.create_index('ix_needy_list', 'needy', ['list'], unique=False)
    op.create_index('ix_needy_place_id', 'needy', ['place_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_needy_place_id', table_name='needy')
    op.drop_index('ix_needy_list', table_name='needy')
    op.drop_table('needy')
    op.drop_index('ix_commitment_word_commitment_id', table_name='commitment_word')
    op.drop_table('commitment_word')
    op.drop_index('ix_roster_entry_unit_id_on', table_name='roster_entry')
    op.drop_table('roster_entry')
    op.drop_index('ix_commitment_unreminded', table_name='commitment', postgresql_where=sa.text("state = 'open' AND reminded_at IS NULL AND same_as_id IS NULL"))
    op.drop_index('ix_commitment_unit_id', table_name='commitment')
    op.drop_index('ix_commitment_same_as_id', table_name='commitment', postgresql_where=sa.text('same_as_id IS NOT NULL'))
    op.drop_index('ix_commitment_place_id', table_name='commitment')
    op.drop_index('ix_commitment_cadre_id', table_name='commitment')
    op.drop_table('commitment')
    op.drop_index(op.f('ix_aid_visit_id'), table_name='aid')
    op.drop_index('ix_aid_place_id', table_name='aid')
    op.drop_index('ix_aid_cadre_id', table_name='aid')
    op.drop_table('aid')
    op.drop_index('ix_absence_person_id', table_name='absence')
    op.drop_index('ix_absence_deputy_id', table_name='absence')
    op.drop_table('absence')
    op.drop_index('ix_life_event_unit_id_told_at', table_name='life_event')
    op.drop_index('ix_life_event_told_by', table_name='life_event')
    op.drop_index('ix_life_event_same_as_id', table_name='life_event', postgresql_where=sa.text('same_as_id IS NOT NULL'))
    op.drop_index('ix_life_event_place_id', table_name='life_event')
    op.drop_table('life_event')
