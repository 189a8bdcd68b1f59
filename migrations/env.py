"""Alembic's environment: one migrator at a time, short waits for locks, spatial types by their helpers."""

import re

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import text
from sqlalchemy.schema import SchemaItem

import sync.models
from sync import db

MIGRATOR_LOCK = 0x646F6F72
PARTITION = re.compile(r"_(p2\d+|part\d|default)$")


def include_object(
    item: SchemaItem, name: str | None, type_: str, reflected: bool, compare_to: SchemaItem | None
) -> bool:
    """Leave PostGIS's own tables and the partitions out of comparisons."""
    if type_ == "table" and name and PARTITION.search(name):
        return False
    if type_ == "index" and reflected and compare_to is None and PARTITION.search(str(getattr(item, "table", ""))):
        return False
    return bool(alembic_helpers.include_object(item, name, type_, reflected, compare_to))


def run() -> None:
    """Migrate the database that `doorstep db` named in the configuration."""
    url = context.config.get_main_option("sqlalchemy.url")
    assert url, "the caller sets sqlalchemy.url"
    engine = db.connect(url)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATOR_LOCK})
        connection.execute(text("SET statement_timeout = 0"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=sync.models.Base.metadata,
            include_object=include_object,
            process_revision_directives=alembic_helpers.writer,
            render_item=alembic_helpers.render_item,
            compare_server_default=False,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATOR_LOCK})
        connection.commit()
    engine.dispose()


run()
