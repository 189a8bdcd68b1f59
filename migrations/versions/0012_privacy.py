"""What privacy keeps: reads in month partitions that nobody changes, outliers, retention reports, requests, seal keys.

Rules: one idea a migration; locks are short (lock_timeout 3 s: CREATE INDEX CONCURRENTLY in an autocommit block,
NOT VALID constraints validated later); a column goes in two steps, first from the code, then from the schema;
old and new servers run together for ten minutes.

The trail of reads becomes another table under the same name: a unique index of a partitioned table must hold its
partition key, which the old one does not. An old server that notes a phone's first pull of a day meanwhile is refused,
before any page has left; the phone asks again. Every other line of an old server lands in the new table.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0012'
down_revision: str | None = '0011'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

AGES = (('event', 'at'), ('photo', 'cited_at'), ('visit_rev', 'received_at'))  # rows come in the order of time
READ = 'at, person_id, unit_id, place_id, fields, duty, request'
PULLS = "fields = 'feed'"
APART = (
    "ALTER TABLE person_role ADD CONSTRAINT ex_person_role_apart EXCLUDE USING gist (person_id WITH =, (CAST(role AS text)) WITH <>,"
    " valid WITH &&) WHERE (role IN ('system_admin', 'security_admin', 'audit_admin'))"
)
KEEP = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$
"""
GUARD = "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON read_audit FOR EACH ROW EXECUTE FUNCTION refuse_change()"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index('ix_problem_sealed', 'problem', ['told_at', 'id'], unique=False, postgresql_concurrently=True, postgresql_where=sa.text('sealed_kind IS NOT NULL'))
        for table, column in AGES:
            op.create_index(f'ix_{table}_{column}', table, [column], unique=False, postgresql_concurrently=True, postgresql_using='brin')
    op.alter_column('problem', 'sealed_key_id', comment="which officers' keys it was sealed to")
    op.add_column('visit', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True, comment="the household's data was erased: that there was a visit stays, nothing else, and it is judged no more"))
    op.add_column('batch', sa.Column('blanked_at', sa.DateTime(timezone=True), nullable=True, comment='records in its body were blanked: the bytes are no longer those of the hash'))
    op.add_column('erased_id', sa.Column('words_only', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='a purged record: what is said about it still comes in'))
    # A small table, checked in a moment.
    op.execute(APART)
    op.create_table('read_outlier',
    sa.Column('week', sa.Date(), nullable=False, comment='its Monday'),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('opened', sa.Integer(), nullable=False, comment='openings, pulls of the own phone left out'),
    sa.Column('places', sa.Integer(), nullable=False, comment='different homes among them'),
    sa.Column('without_duty', sa.Integer(), nullable=False, comment='openings for a reason that was written down'),
    sa.Column('at_night', sa.Integer(), nullable=False),
    sa.Column('usual', sa.Integer(), nullable=False, comment='openings of the middle one among those with the same role'),
    sa.Column('why', postgresql.ARRAY(sa.Text()), nullable=False, comment='words.Unusual'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_read_outlier_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('week', 'person_id', name=op.f('pk_read_outlier'))
    )
    op.create_table('retention_report',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True, comment='null: steps are still owed'),
    sa.Column('policy_version', sa.Text(), nullable=False),
    sa.Column('lines', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False, comment='{what: {before, gone, stayed, ended}}'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_retention_report'))
    )
    op.create_table('subject_request',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('act', sa.Enum('export', 'erase', 'purge', name='subjectact', native_enum=False, length=32), nullable=False),
    sa.Column('place_id', sa.Uuid(), nullable=True, comment='a household, by the place that merged ones stand for'),
    sa.Column('contact_id', sa.Uuid(), nullable=True, comment='one person of a household'),
    sa.Column('record_id', sa.Uuid(), nullable=True, comment='a record of a batch'),
    sa.Column('person_id', sa.Uuid(), nullable=True, comment='somebody who works with the system'),
    sa.Column('asker', sa.Enum('self', 'kin', 'guardian', 'authority', 'office', name='asker', native_enum=False, length=32), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False, comment='which rule or paper, by its number; no names'),
    sa.Column('by', sa.Uuid(), nullable=False, comment='the official who answers for it'),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('foreseen', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='counts of the dry run, by table'),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_open', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='something stays while a matter is being handled: tried again nightly'),
    sa.Column('done', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='what went and what stayed, with why'),
    sa.CheckConstraint('num_nonnulls(place_id, contact_id, record_id, person_id) = 1', name=op.f('ck_subject_request_one_subject')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subject_request'))
    )
    op.create_index('ix_subject_request_open', 'subject_request', ['asked_at'], unique=False, postgresql_where=sa.text('done_at IS NOT NULL AND is_open'))
    op.create_table('seal_key',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('discipline', 'politics_law', 'minor_or_violence', name='sealedkind', native_enum=False, length=32), nullable=False),
    sa.Column('seat', sa.SmallInteger(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('public', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='JWK: EC P-256 or OKP X25519'),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint('seat IN (1, 2)', name=op.f('ck_seal_key_two_seats')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_seal_key_person_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_seal_key_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seal_key'))
    )
    op.create_index('ix_seal_key_person_id', 'seal_key', ['person_id'], unique=False)
    op.create_index('uq_seal_key_seat', 'seal_key', ['unit_id', 'kind', 'seat'], unique=True, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('uq_seal_key_officer', 'seal_key', ['unit_id', 'kind', 'person_id'], unique=True, postgresql_where=sa.text('ended_at IS NULL'))
    _partition_reads()


def _partition_reads() -> None:
    op.execute('ALTER TABLE read_audit RENAME TO read_audit_before')
    op.execute('ALTER TABLE read_audit_before RENAME CONSTRAINT pk_read_audit TO pk_read_audit_before')
    op.execute('DROP INDEX uq_read_audit_pull')
    op.create_table('read_audit',
    sa.Column('on', sa.Date(), server_default=sa.text('CURRENT_DATE'), nullable=False, comment='local day of `at`'),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('place_id', sa.Uuid(), nullable=True),
    sa.Column('fields', sa.Text(), nullable=False, comment='what was shown, e.g. name,address; feed: a pull'),
    sa.Column('duty', sa.Text(), nullable=False, comment='link/<id>, finding/<id>, task/<id>, a role, or reason'),
    sa.Column('reason', sa.Text(), nullable=True, comment='as written by whoever had no duty towards the home'),
    sa.Column('request', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('on', 'id', name=op.f('pk_read_audit')),
    postgresql_partition_by='RANGE ("on")'
    )
    op.create_index('ix_read_audit_at_id', 'read_audit', ['at', 'id'], unique=False)
    op.create_index('ix_read_audit_person_id_at', 'read_audit', ['person_id', 'at'], unique=False)
    op.create_index('ix_read_audit_place_id_at', 'read_audit', ['place_id', 'at'], unique=False, postgresql_where=sa.text('place_id IS NOT NULL'))
    op.create_index('uq_read_audit_pull', 'read_audit', ['on', 'request'], unique=True, postgresql_where=sa.text(PULLS))
    op.execute('CREATE TABLE read_audit_default PARTITION OF read_audit DEFAULT')
    op.execute(f'INSERT INTO read_audit ("on", {READ}) SELECT CAST(at AS date), {READ} FROM read_audit_before ORDER BY id')
    op.drop_table('read_audit_before')
    op.execute(KEEP)
    op.execute(GUARD)


def downgrade() -> None:
    op.execute('ALTER TABLE read_audit RENAME TO read_audit_after')
    op.execute('ALTER TABLE read_audit_after RENAME CONSTRAINT pk_read_audit TO pk_read_audit_after')
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
    op.execute(f'INSERT INTO read_audit ({READ}) SELECT {READ} FROM read_audit_after ORDER BY at, id')
    op.drop_table('read_audit_after')
    op.execute('DROP FUNCTION refuse_change()')
    op.create_index('uq_read_audit_pull', 'read_audit', ['request'], unique=True, postgresql_where=sa.text(PULLS))
    op.execute('ALTER TABLE person_role DROP CONSTRAINT ex_person_role_apart')
    op.drop_table('seal_key')
    op.drop_table('subject_request')
    op.drop_table('retention_report')
    op.drop_table('read_outlier')
    op.drop_column('erased_id', 'words_only')
    op.drop_column('batch', 'blanked_at')
    op.drop_column('visit', 'erased_at')
    op.alter_column('problem', 'sealed_key_id', comment=None)
    for table, column in AGES:
        op.drop_index(f'ix_{table}_{column}', table_name=table)
    op.drop_index('ix_problem_sealed', table_name='problem')
