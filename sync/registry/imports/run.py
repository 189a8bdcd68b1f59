"""Running an import: stage, check everything, write by chunks, tell what changed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, db, ids
from sync.geo.datum import to_wgs84
from sync.models import ImportRow
from sync.registry.imports.spec import ColumnError, Differing, Fault, Kind
from sync.words import Datum, FeedKind

CHUNK = 500
Write = Callable[[Callable[[Session], Any]], Any]


@dataclass(slots=True)
class Outcome:
    """What an import did, or why it did nothing. `kept`: what was put right at the door, or decided by a person, and
    stays although the list says something else."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    faults: list[Fault] = field(default_factory=list)
    kept: list[Fault] = field(default_factory=list)

    @property
    def unchanged(self) -> int:
        """Rows that were there already, just so."""
        return self.rows - self.new - self.changed


def import_rows(
    write: Write,
    kind: Kind,
    source: Iterable[tuple[int, dict[str, str]]],
    *,
    datum: Datum | None = None,
    seal: Callable[[str], tuple[bytes, bytes]] | None = None,
    differs: Callable[[Session, Sequence[Differing]], None] | None = None,
    dry_run: bool = False,
    progress: Callable[[int, int], object] = max,
) -> Outcome:
    """Import rows (line, values by column) of one kind.

    `write` runs one transaction (House.write), `progress` is told (rows done, rows in
    all). `datum` is the datum of the coordinates, `seal` seals phone numbers,
    `differs` hears what the list says of fields that are kept as they are, in the transaction of their chunk.
    All rows are checked before the first is written; with faults, or in a dry run, nothing is written. A run that
    was cut off is simply run again.
    """
    staged, faults = _stage(kind, source, datum, seal)
    outcome = Outcome(rows=len(staged), faults=faults)
    import_id = ids.uuid7()
    try:
        ordered = kind.order(staged)
        write(lambda session: _put(session, import_id, ordered))
        outcome.faults += write(lambda session: _check(session, kind, import_id))
        outcome.faults.sort()
        if dry_run and not outcome.faults:
            outcome.kept = _told(write(lambda session: _differing(session, kind, import_id, 0, 2**31 - 1)))
        if outcome.faults or dry_run:
            return outcome
        _bring(write, kind, partial(_apply, kind=kind, import_id=import_id, differs=differs), outcome, progress)
        return outcome
    finally:
        write(lambda session: session.execute(text("DELETE FROM import_row WHERE import_id = :i"), {"i": import_id}))


def _bring(
    write: Write, kind: Kind, apply: Callable[..., Any], outcome: Outcome, progress: Callable[[int, int], object]
) -> None:
    """Write the rows a chunk a transaction, and count what becomes of them."""
    carriers: set[UUID] = set()
    for low in range(0, outcome.rows, CHUNK):
        new, changed, differing = write(partial(apply, low=low))
        outcome.new, outcome.changed = outcome.new + len(new), outcome.changed + len(changed)
        outcome.kept += _told(differing)
        carriers |= changed
        progress(min(low + CHUNK, outcome.rows), outcome.rows)
    if outcome.new or outcome.changed:
        for statement in kind.after:
            write(partial(_run, statement=statement))
    _touch_carried(write, kind, carriers)


def _stage(
    kind: Kind,
    source: Iterable[tuple[int, dict[str, str]]],
    datum: Datum | None,
    seal: Callable[[str], tuple[bytes, bytes]] | None,
) -> tuple[list[dict[str, Any]], list[Fault]]:
    staged: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for line, values in source:
        row: dict[str, Any] = {"line": line, "id": ids.uuid7()}
        for column in kind.columns:
            value = values.get(column.name)
            if value is None:
                if column.required:
                    faults.append(Fault(line, column.name, "", "不能为空", "is required"))
                continue
            try:
                row[column.name] = column.read(value)
            except ColumnError as error:
                faults.append(Fault(line, column.name, value[:60], error.zh, error.en))
        if seal is not None and "phone" in row:
            try:
                cipher, hash_ = seal(row.pop("phone"))
            except ValueError:
                faults.append(Fault(line, "phone", "", "不是电话号码", "is not a phone number"))
            else:
                row["phone_cipher"], row["phone_hash"] = cipher.hex(), hash_.hex()
        staged.append(row)
    if kind.located and datum is not None:
        _convert(staged, datum)
    return staged, faults + kind.inspect(staged)


def _convert(rows: Sequence[dict[str, Any]], datum: Datum) -> None:
    located = [row for row in rows if "lon" in row and "lat" in row]
    if not located:
        return
    lon, lat = to_wgs84(np.array([r["lon"] for r in located]), np.array([r["lat"] for r in located]), datum)
    for row, x, y in zip(located, lon, lat, strict=True):
        row["lon"], row["lat"], row["datum"] = float(x), float(y), datum.value


def _put(session: Session, import_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    data = [(import_id, n, orjson.dumps(row).decode()) for n, row in enumerate(rows)]
    db.put(session, ImportRow, ("import_id", "line", "data"), data)


def _view(kind: Kind) -> str:
    return (
        f"WITH r AS (SELECT i.line AS n, x.* FROM import_row i, jsonb_to_record(i.data) AS x(line int, id uuid,"
        f" {kind.record}) WHERE i.import_id = :import_id AND i.line >= :low AND i.line < :high) "
    )


def _check(session: Session, kind: Kind, import_id: UUID) -> list[Fault]:
    bounds = {"import_id": import_id, "low": 0, "high": 2**31 - 1}
    session.execute(text("ANALYZE import_row"))
    faults = []
    for check in kind.checks:
        for line, value in session.execute(text(_view(kind) + check.sql), bounds):
            faults.append(Fault(line, check.column, str(value or "")[:60], check.zh, check.en))
    return faults


def _differing(session: Session, kind: Kind, import_id: UUID, low: int, high: int) -> list[Differing]:
    if not kind.keeps:
        return []
    bounds = {"import_id": import_id, "low": low, "high": high}
    return [Differing(*row) for row in session.execute(text(_view(kind) + kind.keeps), bounds)]


def _told(differing: Sequence[Differing]) -> list[Fault]:
    zh, en = "现场更正在先,保留现有内容", "was put right since: what stands is kept"
    return sorted(Fault(one.line, one.column, "", zh, en) for one in differing)


def _apply(
    session: Session,
    kind: Kind,
    import_id: UUID,
    low: int,
    differs: Callable[[Session, Sequence[Differing]], None] | None,
) -> tuple[set[UUID], set[UUID], list[Differing]]:
    bounds = {"import_id": import_id, "low": low, "high": low + CHUNK}
    new: set[UUID] = set()
    changed: set[UUID] = set()
    if kind.locks:
        session.execute(text(_view(kind) + kind.locks), bounds)
    differing = _differing(session, kind, import_id, low, low + CHUNK)
    if differs and differing:
        differs(session, differing)
    for statement in kind.writes:
        for id_, is_new in _returned(session.execute(text(_view(kind) + statement), bounds)):
            (new if is_new else changed).add(id_)
    changed -= new
    if kind.touches and not kind.carries:
        changes.touched(session, FeedKind[kind.touches], new | changed)
    return new, changed, differing


def _touch_carried(write: Write, kind: Kind, changed: set[UUID]) -> None:
    """Tell the feed of what shows the rows that changed, a chunk a transaction, so that no head is held long."""
    if not kind.carries or not changed:
        return
    carried = write(lambda session: list(session.scalars(text(kind.carries), {"ids": db.pg_uuids(changed)})))
    for low in range(0, len(carried), CHUNK):
        write(partial(changes.touched, kind=FeedKind[kind.touches], ids=carried[low : low + CHUNK]))


def _run(session: Session, statement: str) -> None:
    session.execute(text(statement))


def _returned(result: Any) -> Iterator[tuple[UUID, bool]]:
    if result.returns_rows:
        yield from result
