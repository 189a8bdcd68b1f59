"""house

Rules: one idea a migration; locks are short (lock_timeout 3 s: CREATE INDEX CONCURRENTLY in an autocommit block,
NOT VALID constraints validated later); a column goes in two steps, first from the code, then from the schema;
old and new servers run together for ten minutes.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography
from sqlalchemy.dialects import postgresql

revision: str = '0001'
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute("CREATE SEQUENCE task_number")
    op.create_table('batch_body',
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('encoding', sa.Text(), nullable=False, comment='identity or gzip, as sent'),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('received_on', 'device_id', 'batch_id', name=op.f('pk_batch_body')),
    postgresql_partition_by='RANGE (received_on)'
    )
    op.create_table('batch_conflict',
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('encoding', sa.Text(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('device_id', 'batch_id', name=op.f('pk_batch_conflict'))
    )
    op.create_table('blob',
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('stored_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('doomed_at', sa.DateTime(timezone=True), nullable=True, comment='first step of garbage collection'),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_blob'))
    )
    op.create_table('erased_id',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erased_id'))
    )
    op.create_table('errand',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('job', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False, comment='ids, never data'),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('dedupe_key', sa.Text(), nullable=True, comment='unique among open errands'),
    sa.Column('priority', sa.SmallInteger(), server_default=sa.text('5'), nullable=False),
    sa.Column('owed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('again', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='owed once more while it was being run'),
    sa.Column('attempt', sa.SmallInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_error', sa.Text(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_errand'))
    )
    op.create_index('ix_errand_done_at', 'errand', ['done_at'], unique=False, postgresql_where=sa.text('done_at IS NOT NULL'))
    op.create_index('ix_errand_open', 'errand', ['priority', 'due_at'], unique=False, postgresql_where=sa.text('done_at IS NULL'))
    op.create_index('uq_errand_dedupe_key', 'errand', ['dedupe_key'], unique=True, postgresql_where=sa.text('done_at IS NULL'))
    op.create_table('event',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True, comment='null: the machine'),
    sa.Column('verb', sa.Text(), nullable=False, comment='noun.verb, e.g. task.dispatched'),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event'))
    )
    op.create_index('ix_event_subject_id_at', 'event', ['subject_id', 'at'], unique=False)
    op.create_table('feed_head',
    sa.Column('scope', sa.Text(), nullable=False),
    sa.Column('head', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('floor', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.PrimaryKeyConstraint('scope', name=op.f('pk_feed_head'))
    )
    op.create_table('feed_item',
    sa.Column('scope', sa.Text(), nullable=False),
    sa.Column('kind', sa.SmallInteger(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('op', sa.CHAR(length=1), nullable=False, comment='P put, L left scope, D deleted, M merged'),
    sa.PrimaryKeyConstraint('scope', 'kind', 'id', name=op.f('pk_feed_item')),
    postgresql_partition_by='HASH (scope)'
    )
    op.create_index('uq_feed_item_scope_seq', 'feed_item', ['scope', 'seq'], unique=True)
    op.create_table('heartbeat',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_heartbeat'))
    )
    op.create_table('installation',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('value', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_installation'))
    )
    op.create_table('login_failure',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login_failure'))
    )
    op.create_index('ix_login_failure_key_at', 'login_failure', ['key', 'at'], unique=False)
    op.create_table('person',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('staff_no', sa.Text(), nullable=False, comment='key of the import'),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('phone_cipher', sa.LargeBinary(), nullable=True, comment='Fernet; key from settings'),
    sa.Column('phone_hash', sa.LargeBinary(), nullable=True, comment='keyed hash for look-up'),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('staff_no', name=op.f('uq_person_staff_no'))
    )
    op.create_index(op.f('ix_person_phone_hash'), 'person', ['phone_hash'], unique=False)
    op.create_table('photo',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=True),
    sa.Column('problem_id', sa.Uuid(), nullable=True),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False, comment='bytes as declared'),
    sa.Column('state', sa.Enum('awaited', 'present', name='photostate', native_enum=False, length=32), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('fix', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment="the phone's own fix beside the photo"),
    sa.Column('cited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('present_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_photo'))
    )
    op.create_index('ix_photo_sha256', 'photo', ['sha256'], unique=False)
    op.create_index('ix_photo_visit_id', 'photo', ['visit_id'], unique=False)
    op.create_geospatial_table('problem',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=True),
    sa.Column('place_id', sa.Uuid(), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('town_id', sa.Uuid(), nullable=True),
    sa.Column('reporter_id', sa.Uuid(), nullable=False, comment='who wrote it down'),
    sa.Column('device_id', sa.Uuid(), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('category', sa.Enum('rural', 'urban', 'traffic', 'education', 'health', 'labour', 'civil', 'environment', 'commerce', 'land', 'party', 'discipline', 'politics_law', 'economy', 'science', 'other', name='category', native_enum=False, length=32), nullable=True),
    sa.Column('urgency', sa.Enum('ordinary', 'urgent', name='urgency', native_enum=False, length=32), nullable=False),
    sa.Column('text', sa.Text(), nullable=True, comment='null when sealed'),
    sa.Column('wish', sa.Text(), nullable=True),
    sa.Column('read_back', sa.Boolean(), nullable=False, comment='resident agreed to this wording'),
    sa.Column('confidential', sa.Boolean(), nullable=False, comment='要求保密: the unit does not see the name'),
    sa.Column('sealed_kind', sa.Enum('discipline', 'politics_law', 'minor_or_violence', name='sealedkind', native_enum=False, length=32), nullable=True),
    sa.Column('sealed_key_id', sa.Text(), nullable=True),
    sa.Column('cipher', sa.LargeBinary(), nullable=True),
    sa.Column('solved_on_spot', sa.Text(), nullable=True, comment='当场办结: one line, no task'),
    sa.Column('position', Geography(geometry_type='POINT', srid=4326, dimension=2, spatial_index=False, from_text='ST_GeogFromText', name='geography'), nullable=True, comment='if elsewhere than the place, WGS 84'),
    sa.Column('task_id', sa.Uuid(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_problem'))
    )
    op.create_index('ix_problem_place_id_told_at', 'problem', ['place_id', 'told_at'], unique=False)
    op.create_index('ix_problem_task_id', 'problem', ['task_id'], unique=False)
    op.create_index('ix_problem_visit_id', 'problem', ['visit_id'], unique=False)
    op.create_index('ix_problem_reporter_id_told_at', 'problem', ['reporter_id', 'told_at'], unique=False)
    op.create_table('read_audit',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('place_id', sa.Uuid(), nullable=True),
    sa.Column('fields', sa.Text(), nullable=False),
    sa.Column('duty', sa.Text(), nullable=False),
    sa.Column('request', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_read_audit'))
    )
    op.create_table('task',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Text(), server_default=sa.FetchedValue(), nullable=False, comment='GD-yyyymmdd-nnnnnn'),
    sa.Column('kind', sa.Enum('handling', 'mediation', 'service', name='taskkind', native_enum=False, length=32), nullable=False),
    sa.Column('state', sa.Enum('received', 'dispatched', 'closed', name='taskstate', native_enum=False, length=32), nullable=False),
    sa.Column('category', sa.Enum('rural', 'urban', 'traffic', 'education', 'health', 'labour', 'civil', 'environment', 'commerce', 'land', 'party', 'discipline', 'politics_law', 'economy', 'science', 'other', name='category', native_enum=False, length=32), nullable=True),
    sa.Column('urgency', sa.Enum('ordinary', 'urgent', name='urgency', native_enum=False, length=32), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False, comment='where the matter is'),
    sa.Column('town_id', sa.Uuid(), nullable=True),
    sa.Column('holder_unit_id', sa.Uuid(), nullable=True, comment='who has it; null: the dispatcher'),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('dispatched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_kind', sa.Enum('working_days', 'natural_days', 'hours', name='duekind', native_enum=False, length=32), nullable=True),
    sa.Column('due_provisional', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('sealed', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('policy_version', sa.Text(), nullable=False),
    sa.Column('merged_into_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['merged_into_id'], ['task.id'], name=op.f('fk_task_merged_into_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task')),
    sa.UniqueConstraint('number', name=op.f('uq_task_number'))
    )
    op.create_index('ix_task_due_at', 'task', ['due_at'], unique=False, postgresql_where=sa.text("state <> 'closed'"))
    op.create_index('ix_task_holder_unit_id_state', 'task', ['holder_unit_id', 'state'], unique=False)
    op.create_index('ix_task_unit_id_received_at', 'task', ['unit_id', 'received_at'], unique=False)
    op.create_table('trace',
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('at', postgresql.ARRAY(sa.DOUBLE_PRECISION()), nullable=False, comment='corrected, Unix seconds'),
    sa.Column('lon', postgresql.ARRAY(sa.DOUBLE_PRECISION()), nullable=False, comment='degrees, in the declared datum'),
    sa.Column('lat', postgresql.ARRAY(sa.DOUBLE_PRECISION()), nullable=False),
    sa.Column('accuracy_m', postgresql.ARRAY(sa.REAL()), nullable=False),
    sa.Column('provider', sa.Text(), nullable=False, comment='one letter a fix: g f n u'),
    sa.Column('datum', sa.Text(), nullable=False, comment='one letter a fix: w g b'),
    sa.Column('mock', sa.Text(), nullable=False, comment='one letter a fix: 0 1'),
    sa.PrimaryKeyConstraint('received_on', 'visit_id', name=op.f('pk_trace')),
    postgresql_partition_by='RANGE (received_on)'
    )
    op.create_table('unit',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Enum('province', 'city', 'county', 'town', 'area', 'village', 'grid', 'group', 'department', 'station', 'mass_organisation', 'volunteers', name='unitkind', native_enum=False, length=32), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('sort_code', sa.Text(), nullable=False, comment='newest code; gives the order of lists'),
    sa.Column('valid', postgresql.DATERANGE(), server_default=sa.text("'(,)'"), nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['unit.id'], name=op.f('fk_unit_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit'))
    )
    op.create_index(op.f('ix_unit_parent_id'), 'unit', ['parent_id'], unique=False)
    op.create_geospatial_table('visit',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('place_id', sa.Uuid(), nullable=False, comment='as told; may since be merged into another'),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('town_id', sa.Uuid(), nullable=True),
    sa.Column('recorder_id', sa.Uuid(), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('rev', sa.SmallInteger(), nullable=False),
    sa.Column('outcome', sa.Enum('met', 'nobody_home', 'inconvenient', 'refused', 'lives_away', 'moved', 'empty', name='outcome', native_enum=False, length=32), nullable=False),
    sa.Column('mode', sa.Enum('home', 'door', 'field', 'village_office', 'hospital', 'phone', name='mode', native_enum=False, length=32), nullable=False),
    sa.Column('recorded', sa.Enum('now', 'afterwards', name='recorded', native_enum=False, length=32), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=True),
    sa.Column('obligation_id', sa.Uuid(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False, comment='corrected'),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False, comment='corrected'),
    sa.Column('clock_method', sa.Enum('monotonic', 'offset', 'gnss', 'wall', name='clockmethod', native_enum=False, length=32), nullable=False),
    sa.Column('clock_uncertainty_s', sa.REAL(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('verdict', sa.Enum('verified', 'doubtful', 'unverifiable', 'refused', name='verdict', native_enum=False, length=32), nullable=False, comment='of the newest judgement or decision'),
    sa.Column('point', Geography(geometry_type='POINT', srid=4326, dimension=2, spatial_index=False, from_text='ST_GeogFromText', name='geography'), nullable=True, comment='best fix, WGS 84, rounded to 4 decimals'),
    sa.Column('fixes_hash', sa.LargeBinary(), nullable=True, comment='of the fix series as sent, for L2'),
    sa.Column('answers_hash', sa.LargeBinary(), nullable=True, comment='of the answers, for L2'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit'))
    )
    op.create_index('ix_visit_place_id_started_at', 'visit', ['place_id', 'started_at'], unique=False)
    op.create_index('ix_visit_recorder_id_started_at', 'visit', ['recorder_id', 'started_at'], unique=False)
    op.create_index('ix_visit_town_id_started_at', 'visit', ['town_id', 'started_at'], unique=False)
    op.create_table('visit_rev',
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('rev', sa.SmallInteger(), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False, comment="of the record's bytes as sent: same content, same hash"),
    sa.Column('content', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('visit_id', 'rev', name=op.f('pk_visit_rev'))
    )
    op.create_table('visit_verdict',
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('n', sa.SmallInteger(), nullable=False, comment='1 is the first judgement'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('verdict', sa.Enum('verified', 'doubtful', 'unverifiable', 'refused', name='verdict', native_enum=False, length=32), nullable=False),
    sa.Column('reasons', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='[{code, weight, facts}]'),
    sa.Column('numbers', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('policy_version', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('visit_id', 'n', name=op.f('pk_visit_verdict'))
    )
    op.create_table('workday',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('is_work', sa.Boolean(), nullable=False),
    sa.Column('idx', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('provisional', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_workday'))
    )
    op.create_index(op.f('ix_workday_idx'), 'workday', ['idx'], unique=False)
    op.create_table('device',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Enum('active', 'retired', 'lost', name='devicestate', native_enum=False, length=32), nullable=False),
    sa.Column('state_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('token_expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('token_ends_at', sa.DateTime(timezone=True), nullable=False, comment='absolute end; the sliding end never passes it'),
    sa.Column('receipt_key', sa.LargeBinary(), nullable=False, comment="HMAC key of this phone's receipts"),
    sa.Column('public_key', sa.LargeBinary(), nullable=True, comment="P-256 from the phone's keystore, DER"),
    sa.Column('about', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False, comment='model, system, app version'),
    sa.Column('enrolled_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_device_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_device')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_device_token_hash'))
    )
    op.create_index(op.f('ix_device_person_id'), 'device', ['person_id'], unique=False)
    op.create_table('enrolment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('code_hash', sa.LargeBinary(), nullable=False),
    sa.Column('issued_by', sa.Uuid(), nullable=True),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['issued_by'], ['person.id'], name=op.f('fk_enrolment_issued_by')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_enrolment_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enrolment'))
    )
    op.create_index(op.f('ix_enrolment_person_id'), 'enrolment', ['person_id'], unique=False)
    op.create_table('login',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('username', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_login_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_login')),
    sa.UniqueConstraint('username', name=op.f('uq_login_username'))
    )
    op.create_table('login_session',
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('csrf', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_login_session_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_login_session'))
    )
    op.create_index(op.f('ix_login_session_person_id'), 'login_session', ['person_id'], unique=False)
    op.create_table('person_role',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Enum('first_responsible', 'leader_in_charge', 'area_chief', 'village_cadre', 'grid_worker', 'cadre', 'reporter', 'verifier', 'dispatcher', 'handler', 'approver', 'programme_office', 'leader', 'sealed_officer', 'unit_admin', 'system_admin', 'security_admin', 'audit_admin', name='role', native_enum=False, length=32), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), server_default=sa.text("'(,)'"), nullable=False),
    postgresql.ExcludeConstraint((sa.text('(person_id::text || unit_id::text || role)'), '='), (sa.column('valid'), '&&'), using='gist', name='ex_person_role_once'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_person_role_person_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_person_role_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_role'))
    )
    op.create_index('ix_person_role_person_id', 'person_role', ['person_id'], unique=False)
    op.create_index('ix_person_role_unit_id', 'person_role', ['unit_id', 'role'], unique=False)
    op.create_geospatial_table('place',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=True, comment='house number or list number; key of the import'),
    sa.Column('kind', sa.Enum('household', 'work_point', 'enterprise', 'project', 'office', name='placekind', native_enum=False, length=32), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('town_id', sa.Uuid(), nullable=True, comment='for filters only'),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('position', Geography(geometry_type='POINT', srid=4326, dimension=2, spatial_index=False, from_text='ST_GeogFromText', name='geography'), nullable=True, comment='WGS 84'),
    sa.Column('position_datum', sa.Enum('wgs84', 'gcj02', 'bd09', name='datum', native_enum=False, length=32), nullable=True, comment='datum of the source'),
    sa.Column('setting', sa.Enum('town', 'village', 'scattered', name='setting', native_enum=False, length=32), server_default=sa.text("'village'"), nullable=False),
    sa.Column('radius_m', sa.Float(), nullable=True, comment='null: radius of the setting in the policy'),
    sa.Column('state', sa.Enum('proposed', 'active', 'merged', 'gone', name='placestate', native_enum=False, length=32), nullable=False),
    sa.Column('merged_into_id', sa.Uuid(), nullable=True),
    sa.Column('proposed_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('radius_m IS NULL OR radius_m BETWEEN 10 AND 5000', name=op.f('ck_place_radius')),
    sa.ForeignKeyConstraint(['merged_into_id'], ['place.id'], name=op.f('fk_place_merged_into_id')),
    sa.ForeignKeyConstraint(['proposed_by'], ['person.id'], name=op.f('fk_place_proposed_by')),
    sa.ForeignKeyConstraint(['town_id'], ['unit.id'], name=op.f('fk_place_town_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_place_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place'))
    )
    op.create_geospatial_index('ix_place_position', 'place', ['position'], unique=False, postgresql_using='gist', postgresql_ops={})
    op.create_index('ix_place_unit_id', 'place', ['unit_id'], unique=False)
    op.create_index('uq_place_code', 'place', ['code'], unique=True)
    op.create_table('policy',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False, comment='section.name'),
    sa.Column('value', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('by', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by'], ['person.id'], name=op.f('fk_policy_by')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_policy_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_policy'))
    )
    op.create_index('ix_policy_unit_id_key', 'policy', ['unit_id', 'key'], unique=False)
    op.create_table('programme',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('basis', sa.Text(), server_default=sa.text("''"), nullable=False, comment='依据文件'),
    sa.Column('office_id', sa.Uuid(), nullable=True, comment='office in charge'),
    sa.Column('valid', postgresql.DATERANGE(), server_default=sa.text("'(,)'"), nullable=False),
    sa.ForeignKeyConstraint(['office_id'], ['unit.id'], name=op.f('fk_programme_office_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme')),
    sa.UniqueConstraint('code', name=op.f('uq_programme_code'))
    )
    op.create_table('route',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('category', sa.Enum('rural', 'urban', 'traffic', 'education', 'health', 'labour', 'civil', 'environment', 'commerce', 'land', 'party', 'discipline', 'politics_law', 'economy', 'science', 'other', name='category', native_enum=False, length=32), nullable=False),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('handling', 'mediation', 'service', name='taskkind', native_enum=False, length=32), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), server_default=sa.text("'(,)'"), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['unit.id'], name=op.f('fk_route_area_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_route_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_route')),
    sa.UniqueConstraint('category', 'area_id', 'unit_id', name=op.f('uq_route_category_area_id_unit_id'))
    )
    op.create_index('ix_route_area_id', 'route', ['area_id'], unique=False)
    op.create_table('same_visit',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('child_id', sa.Uuid(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('repeat', 'joint', name='samekind', native_enum=False, length=32), nullable=False),
    sa.Column('method', sa.Text(), nullable=False, comment='what matched: fixes, photo, answers'),
    sa.Column('by', sa.Uuid(), nullable=True, comment='null: the machine'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['child_id'], ['visit.id'], name=op.f('fk_same_visit_child_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['visit.id'], name=op.f('fk_same_visit_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_same_visit'))
    )
    op.create_index('ix_same_visit_parent_id', 'same_visit', ['parent_id'], unique=False)
    op.create_index('uq_same_visit_child_id', 'same_visit', ['child_id'], unique=True, postgresql_where=sa.text('undone_at IS NULL'))
    op.create_table('unit_above',
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('above_id', sa.Uuid(), nullable=False),
    sa.Column('depth', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['above_id'], ['unit.id'], name=op.f('fk_unit_above_above_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_unit_above_unit_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('unit_id', 'above_id', name=op.f('pk_unit_above'))
    )
    op.create_index('ix_unit_above_above_id', 'unit_above', ['above_id', 'unit_id'], unique=False)
    op.create_table('unit_code',
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('edition', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_unit_code_unit_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('unit_id', 'edition', name=op.f('pk_unit_code')),
    sa.UniqueConstraint('code', 'edition', name=op.f('uq_unit_code_code_edition'))
    )
    op.create_table('batch',
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False, comment='over the uncompressed JSON'),
    sa.Column('size', sa.Integer(), nullable=False, comment='bytes of the uncompressed JSON'),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False, comment='day partition of the body'),
    sa.Column('state', sa.Enum('received', 'done', 'parked', 'quarantined', name='batchstate', native_enum=False, length=32), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('schema', sa.SmallInteger(), nullable=True),
    sa.Column('device_seq', sa.Integer(), nullable=True),
    sa.Column('clock', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='clocks of the request: at, elapsed_ms, boot_id'),
    sa.Column('results', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('note', sa.Text(), nullable=True, comment='why the whole batch is parked or quarantined'),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_batch_device_id')),
    sa.PrimaryKeyConstraint('device_id', 'id', name=op.f('pk_batch'))
    )
    op.create_index('ix_batch_device_id_device_seq', 'batch', ['device_id', 'device_seq'], unique=False)
    op.create_index('ix_batch_open', 'batch', ['state', 'received_at'], unique=False, postgresql_where=sa.text("state <> 'done'"))
    op.create_table('blob_upload',
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_blob_upload_device_id')),
    sa.ForeignKeyConstraint(['sha256'], ['blob.sha256'], name=op.f('fk_blob_upload_sha256'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('sha256', 'device_id', name=op.f('pk_blob_upload'))
    )
    op.create_table('contact',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('place_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('phone_cipher', sa.LargeBinary(), nullable=True),
    sa.Column('phone_hash', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_contact_place_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact'))
    )
    op.create_index(op.f('ix_contact_phone_hash'), 'contact', ['phone_hash'], unique=False)
    op.create_index(op.f('ix_contact_place_id'), 'contact', ['place_id'], unique=False)
    op.create_table('link',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('category', sa.Enum('ordinary', 'needy', 'old_party_member', 'left_behind', 'able_person', 'petition_matter', 'unit', 'enterprise', 'project', name='linkcategory', native_enum=False, length=32), nullable=False),
    sa.Column('cadre_id', sa.Uuid(), nullable=True),
    sa.Column('holder_unit_id', sa.Uuid(), nullable=True),
    sa.Column('place_id', sa.Uuid(), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    postgresql.ExcludeConstraint((sa.text('(programme_id::text || cadre_id::text || place_id::text)'), '='), (sa.column('valid'), '&&'), using='gist', where=sa.text('cadre_id IS NOT NULL'), name='ex_link_cadre_once'),
    postgresql.ExcludeConstraint((sa.text('(programme_id::text || holder_unit_id::text || place_id::text)'), '='), (sa.column('valid'), '&&'), using='gist', where=sa.text('holder_unit_id IS NOT NULL'), name='ex_link_unit_once'),
    sa.CheckConstraint('(cadre_id IS NULL) <> (holder_unit_id IS NULL)', name=op.f('ck_link_one_holder')),
    sa.ForeignKeyConstraint(['cadre_id'], ['person.id'], name=op.f('fk_link_cadre_id')),
    sa.ForeignKeyConstraint(['holder_unit_id'], ['unit.id'], name=op.f('fk_link_holder_unit_id')),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_link_place_id')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_link_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_link'))
    )
    op.create_index('ix_link_cadre_id', 'link', ['cadre_id'], unique=False)
    op.create_index('ix_link_place_id_cadre_id', 'link', ['place_id', 'cadre_id'], unique=False)
    op.create_table('waiting_record',
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('ord', sa.Integer(), nullable=False, comment="index in the batch's records"),
    sa.Column('state', sa.Enum('pending', 'applied', 'duplicate', 'joint', 'held', 'conflict', 'unpermitted', 'rejected', 'quarantined', 'parked', name='recordstate', native_enum=False, length=32), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False, comment='as sent; may be a kind of a newer app'),
    sa.Column('client_id', sa.Uuid(), nullable=True),
    sa.Column('waits_for', sa.Uuid(), nullable=True, comment='id of the unknown parent'),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['device_id', 'batch_id'], ['batch.device_id', 'batch.id'], name=op.f('fk_waiting_record_device_id_batch_id')),
    sa.PrimaryKeyConstraint('device_id', 'batch_id', 'ord', name=op.f('pk_waiting_record'))
    )
    op.create_index('ix_waiting_record_state', 'waiting_record', ['state', 'since'], unique=False)
    op.create_index('ix_waiting_record_waits_for', 'waiting_record', ['waits_for'], unique=False, postgresql_where=sa.text('waits_for IS NOT NULL'))
    op.create_table('import_row',
    sa.Column('import_id', sa.Uuid(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('data', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('import_id', 'line', name=op.f('pk_import_row')),
    prefixes=['UNLOGGED']
    )
    op.create_table('visit_party',
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('is_recorder', sa.Boolean(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True, comment='null: a co-visitor who has not confirmed yet'),
    sa.PrimaryKeyConstraint('visit_id', 'person_id', name=op.f('pk_visit_party'))
    )
    op.create_index('ix_visit_party_person_id', 'visit_party', ['person_id', 'visit_id'], unique=False)
    op.execute("""
        ALTER TABLE task ALTER COLUMN number SET DEFAULT
        'GD-' || to_char(now() AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD') || '-' || CASE
            WHEN nextval('task_number') < 1000000 THEN to_char(currval('task_number'), 'FM000000')
            ELSE currval('task_number')::text END  -- lpad would cut the millionth off
    """)
    op.execute("CREATE TABLE batch_body_default PARTITION OF batch_body DEFAULT")
    op.execute("CREATE TABLE trace_default PARTITION OF trace DEFAULT")
    for n in range(8):
        op.execute(f"CREATE TABLE feed_item_part{n} PARTITION OF feed_item FOR VALUES WITH (MODULUS 8, REMAINDER {n})")
        op.execute(f"ALTER TABLE feed_item_part{n} SET (fillfactor = 80)")
    op.execute("ALTER TABLE feed_head SET (fillfactor = 50)")
    # Bodies come gzipped: compressing them again costs time and saves nothing.
    op.execute("ALTER TABLE batch_body ALTER COLUMN body SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE visit_rev ALTER COLUMN content SET COMPRESSION lz4")
    op.execute("ALTER TABLE batch ALTER COLUMN results SET COMPRESSION lz4")


def downgrade() -> None:
    op.drop_table('visit_party')
    op.drop_table('import_row')
    op.drop_index('ix_waiting_record_waits_for', table_name='waiting_record', postgresql_where=sa.text('waits_for IS NOT NULL'))
    op.drop_index('ix_waiting_record_state', table_name='waiting_record')
    op.drop_table('waiting_record')
    op.drop_index('ix_link_place_id_cadre_id', table_name='link')
    op.drop_index('ix_link_cadre_id', table_name='link')
    op.drop_table('link')
    op.drop_index(op.f('ix_contact_place_id'), table_name='contact')
    op.drop_index(op.f('ix_contact_phone_hash'), table_name='contact')
    op.drop_table('contact')
    op.drop_table('blob_upload')
    op.drop_index('ix_batch_open', table_name='batch', postgresql_where=sa.text("state <> 'done'"))
    op.drop_index('ix_batch_device_id_device_seq', table_name='batch')
    op.drop_table('batch')
    op.drop_table('unit_code')
    op.drop_index('ix_unit_above_above_id', table_name='unit_above')
    op.drop_table('unit_above')
    op.drop_index('uq_same_visit_child_id', table_name='same_visit', postgresql_where=sa.text('undone_at IS NULL'))
    op.drop_index('ix_same_visit_parent_id', table_name='same_visit')
    op.drop_table('same_visit')
    op.drop_index('ix_route_area_id', table_name='route')
    op.drop_table('route')
    op.drop_table('programme')
    op.drop_index('ix_policy_unit_id_key', table_name='policy')
    op.drop_table('policy')
    op.drop_index('uq_place_code', table_name='place')
    op.drop_index('ix_place_unit_id', table_name='place')
    op.drop_geospatial_index('ix_place_position', table_name='place', postgresql_using='gist', column_name='position')
    op.drop_geospatial_table('place')
    op.drop_index('ix_person_role_unit_id', table_name='person_role')
    op.drop_table('person_role')
    op.drop_index(op.f('ix_login_session_person_id'), table_name='login_session')
    op.drop_table('login_session')
    op.drop_table('login')
    op.drop_index(op.f('ix_enrolment_person_id'), table_name='enrolment')
    op.drop_table('enrolment')
    op.drop_index(op.f('ix_device_person_id'), table_name='device')
    op.drop_table('device')
    op.drop_index(op.f('ix_workday_idx'), table_name='workday')
    op.drop_table('workday')
    op.drop_table('visit_verdict')
    op.drop_table('visit_rev')
    op.drop_index('ix_visit_town_id_started_at', table_name='visit')
    op.drop_index('ix_visit_recorder_id_started_at', table_name='visit')
    op.drop_index('ix_visit_place_id_started_at', table_name='visit')
    op.drop_geospatial_table('visit')
    op.drop_index(op.f('ix_unit_parent_id'), table_name='unit')
    op.drop_table('unit')
    op.drop_table('trace')
    op.drop_index('ix_task_unit_id_received_at', table_name='task')
    op.drop_index('ix_task_holder_unit_id_state', table_name='task')
    op.drop_index('ix_task_due_at', table_name='task', postgresql_where=sa.text("state <> 'closed'"))
    op.drop_table('task')
    op.drop_table('read_audit')
    op.drop_index('ix_problem_reporter_id_told_at', table_name='problem')
    op.drop_index('ix_problem_visit_id', table_name='problem')
    op.drop_index('ix_problem_task_id', table_name='problem')
    op.drop_index('ix_problem_place_id_told_at', table_name='problem')
    op.drop_geospatial_table('problem')
    op.drop_index('ix_photo_visit_id', table_name='photo')
    op.drop_index('ix_photo_sha256', table_name='photo')
    op.drop_table('photo')
    op.drop_index(op.f('ix_person_phone_hash'), table_name='person')
    op.drop_table('person')
    op.drop_index('ix_login_failure_key_at', table_name='login_failure')
    op.drop_table('login_failure')
    op.drop_table('installation')
    op.drop_table('heartbeat')
    op.drop_index('uq_feed_item_scope_seq', table_name='feed_item')
    op.drop_table('feed_item')
    op.drop_table('feed_head')
    op.drop_index('ix_event_subject_id_at', table_name='event')
    op.drop_table('event')
    op.drop_index('uq_errand_dedupe_key', table_name='errand', postgresql_where=sa.text('done_at IS NULL'))
    op.drop_index('ix_errand_open', table_name='errand', postgresql_where=sa.text('done_at IS NULL'))
    op.drop_index('ix_errand_done_at', table_name='errand', postgresql_where=sa.text('done_at IS NOT NULL'))
    op.drop_table('errand')
    op.drop_table('erased_id')
    op.drop_table('blob')
    op.drop_table('batch_conflict')
    op.drop_table('batch_body')
    op.execute("DROP SEQUENCE task_number")
