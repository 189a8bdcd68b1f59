"""What verdicts rest on: positions by version, datum groups, declared sharing, exact spots.

Rules: one idea a migration; locks are short (lock_timeout 3 s: CREATE INDEX CONCURRENTLY in an autocommit block,
NOT VALID constraints validated later); a column goes in two steps, first from the code, then from the schema;
old and new servers run together for ten minutes.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography
from sqlalchemy.dialects import postgresql

revision: str = '0003'
down_revision: str | None = '0002'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('datum_group',
    sa.Column('model', sa.Text(), nullable=False),
    sa.Column('app_version', sa.Text(), nullable=False),
    sa.Column('provider', sa.Text(), nullable=False, comment='one letter: g f n u'),
    sa.Column('datum', sa.Text(), nullable=False, comment='one letter: w g b'),
    sa.Column('votes', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='visits, places, people that voted'),
    sa.Column('by', sa.Uuid(), nullable=True, comment='null: the machine'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('model', 'app_version', 'provider', name=op.f('pk_datum_group'))
    )
    op.create_table('device_share',
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('by', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_device_share_device_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_device_share_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('device_id', 'person_id', name=op.f('pk_device_share'))
    )
    op.create_geospatial_table('place_position',
    sa.Column('place_id', sa.Uuid(), nullable=False),
    sa.Column('n', sa.SmallInteger(), nullable=False, comment='1 is the first known version'),
    sa.Column('position', Geography(geometry_type='POINT', srid=4326, dimension=2, spatial_index=False, from_text='ST_GeogFromText', name='geography'), nullable=True, comment='WGS 84'),
    sa.Column('method', sa.Enum('imported', 'told', 'learned', 'corrected', 'datum', name='positionmethod', native_enum=False, length=32), nullable=False),
    sa.Column('visits', postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('without', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False, comment='{cadre: [lon, lat]}: the position computed without that cadre'),
    sa.Column('by', sa.Uuid(), nullable=True, comment='null: the machine'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_place_position_place_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('place_id', 'n', name=op.f('pk_place_position'))
    )
    op.add_column('policy', sa.Column('basis', sa.Text(), server_default=sa.text("''"), nullable=False, comment='why evidence is asked for: 依据文件'))
    op.alter_column('policy', 'by', existing_type=sa.Uuid(), nullable=True, comment="null: the operator's shell")
    op.add_column('visit', sa.Column('spot', sa.BigInteger(), nullable=True, comment='key of the best fix to 6 decimals as told'))
    op.add_column('visit', sa.Column('lent', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment="written by another than the phone's holder"))
    with op.get_context().autocommit_block():
        op.create_index('ix_visit_lent', 'visit', ['device_id', 'started_at'], unique=False, postgresql_concurrently=True, postgresql_where=sa.text('lent'))
        op.create_index('ix_visit_spot', 'visit', ['spot'], unique=False, postgresql_concurrently=True, postgresql_where=sa.text('spot IS NOT NULL'))


def downgrade() -> None:
    op.drop_index('ix_visit_spot', table_name='visit', postgresql_where=sa.text('spot IS NOT NULL'))
    op.drop_column('visit', 'spot')
    op.drop_index('ix_visit_lent', table_name='visit', postgresql_where=sa.text('lent'))
    op.drop_column('visit', 'lent')
    op.execute('DELETE FROM policy WHERE by IS NULL')
    op.alter_column('policy', 'by', existing_type=sa.Uuid(), nullable=False, comment=None, existing_comment="null: the operator's shell")
    op.drop_column('policy', 'basis')
    op.drop_geospatial_table('place_position')
    op.drop_table('device_share')
    op.drop_table('datum_group')
