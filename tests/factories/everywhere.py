"""Whether a word is anywhere in the database: every table as text, every body unpacked."""

import gzip

from sqlalchemy import text
from sqlalchemy.orm import Session

_TABLES = text(
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'"
    " AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT IN ('spatial_ref_sys', 'alembic_version')"
)
_BODIES = text("SELECT encoding, body FROM batch_body UNION ALL SELECT encoding, body FROM batch_conflict")


def where(session: Session, *words: str) -> set[str]:
    """The tables that hold one of the words; `batch_body` also stands for bytes kept under another's number."""
    found = set()
    for table in session.scalars(_TABLES).all():
        held = text(f"SELECT EXISTS (SELECT FROM {table} x WHERE CAST(x AS text) LIKE ANY(:words))")
        if session.scalar(held, {"words": [f"%{word}%" for word in words]}):
            found.add(table)
    for encoding, body in session.execute(_BODIES):
        plain = (gzip.decompress(body) if encoding == "gzip" else bytes(body)).decode(errors="replace")
        if any(word in plain for word in words):
            found.add("batch_body")
    return found
