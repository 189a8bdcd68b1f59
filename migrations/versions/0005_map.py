"""What the map reads: cells of visits, counts, areas, when a place was last seen.

Rules: one idea a migration; locks are short (lock_timeout 3 s: CREATE INDEX CONCURRENTLY in an autocommit block,
NOT VALID constraints validated later); a column goes in two steps, first from the code, then from the schema;
old and new servers run together for ten minutes.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision: str = '0005'
down_revision: str | None = '0004'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('place_seen',
    sa.Column('place_id', sa.Uuid(), nullable=False, comment='of the place that merged ones stand for'),
    sa.Column('unit_id', sa.Uuid(), nullable=False, comment='that of the place'),
    sa.Column('met_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tried_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('place_id', name=op.f('pk_place_seen')),
    postgresql_with={'fillfactor': 80}
    )
    op.create_index('ix_place_seen_unit_id', 'place_seen', ['unit_id'], unique=False)
    op.create_table('visit_count',
    sa.Column('span', sa.Text(), nullable=False, comment='d: a day, m: a month'),
    sa.Column('level', sa.SmallInteger(), nullable=False, comment='zoom whose tiles are the cells'),
    sa.Column('on', sa.Date(), nullable=False, comment='the day, or the first of the month'),
    sa.Column('cell', sa.BigInteger(), nullable=False, comment='Morton code of the tile, -1: no position'),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('verdict', sa.Enum('verified', 'doubtful', 'unverifiable', 'refused', name='verdict', native_enum=False, length=32), nullable=False),
    sa.Column('visits', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('span', 'level', 'on', 'cell', 'unit_id', 'verdict', name=op.f('pk_visit_count'))
    )
    op.create_table('visit_delta',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('cell', sa.BigInteger(), nullable=False, comment='at the finest level that is counted'),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('verdict', sa.Enum('verified', 'doubtful', 'unverifiable', 'refused', name='verdict', native_enum=False, length=32), nullable=False),
    sa.Column('visits', sa.Integer(), nullable=False, comment='may be negative'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_delta'))
    )
    op.create_geospatial_table('area',
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('shape', Geometry(geometry_type='MULTIPOLYGON', srid=4326, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry', nullable=False), nullable=False),
    sa.Column('source', sa.Enum('imported', 'sketched', name='areasource', native_enum=False, length=32), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_area_unit_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('unit_id', name=op.f('pk_area'))
    )
    op.create_geospatial_index('ix_area_shape', 'area', ['shape'], unique=False, postgresql_using='gist', postgresql_ops={})
    op.add_column('visit', sa.Column('cell', sa.BigInteger(), nullable=True, comment='Morton code of the Web Mercator cell of `point`, -1 without one; null: not counted yet'))
    with op.get_context().autocommit_block():
        op.create_index('ix_visit_cell_started_at', 'visit', ['cell', 'started_at'], unique=False, postgresql_concurrently=True, postgresql_where=sa.text('cell >= 0'))
        op.create_index('ix_place_in_service', 'place', ['unit_id'], unique=False, postgresql_concurrently=True, postgresql_where=sa.text("state IN ('active', 'proposed') AND merged_into_id IS NULL"))
        op.create_index('ix_visit_uncounted', 'visit', ['id'], unique=False, postgresql_concurrently=True, postgresql_where=sa.text('cell IS NULL'))


def downgrade() -> None:
    op.drop_index('ix_place_in_service', table_name='place', postgresql_where=sa.text("state IN ('active', 'proposed') AND merged_into_id IS NULL"))
    op.drop_index('ix_visit_uncounted', table_name='visit', postgresql_where=sa.text('cell IS NULL'))
    op.drop_index('ix_visit_cell_started_at', table_name='visit', postgresql_where=sa.text('cell >= 0'))
    op.drop_column('visit', 'cell')
    op.drop_geospatial_index('ix_area_shape', table_name='area', postgresql_using='gist', column_name='shape')
    op.drop_geospatial_table('area')
    op.drop_table('visit_delta')
    op.drop_table('visit_count')
    op.drop_index('ix_place_seen_unit_id', table_name='place_seen')
    op.drop_table('place_seen')
