"""Reading a batch: bytes to typed records, record by record; whatever the bytes are, this answers and never raises."""

import hashlib
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args
from uuid import UUID

import msgspec

from sync.intake import wire, wire_basics, wire_edits, wire_life
from sync.policy import Push
from sync.words import Attestation

BUILT = frozenset(str(kind.__struct_config__.tag) for kind in get_args(wire.Record))
SCHEMA = 1
ERASED = "erased"  # why a record is refused whose household, or which itself, was erased
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # escaped as JSON does; not an escaped backslash before u0000
GZIP = 16 + zlib.MAX_WBITS

# Schema n -> n+1, as pure functions over the decoded body; every schema ever released stays readable.
UPCASTS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The whole body makes no sense; it is kept and quarantined."""

    reason: str


@dataclass(frozen=True, slots=True)
class Newer:
    """The body has a schema newer than this server; it is parked until the upgrade."""

    schema: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """A record that was understood; `sha256` is over its bytes as sent."""

    ord: int
    record: wire.Record
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Later:
    """A record of a kind that this server does not know yet: parked."""

    ord: int
    kind: str
    id: UUID | None


@dataclass(frozen=True, slots=True)
class Bad:
    """A record that cannot be understood: quarantined (or rejected) with where and why."""

    ord: int
    kind: str
    id: UUID | None
    reason: str
    pointer: str
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    """An envelope with its records, in the order sent."""

    schema: int
    device_seq: int
    sent: wire_basics.Sent
    records: list[Parsed | Later | Bad]


def parse_body(body: bytes, encoding: str, batch_id: UUID, limits: Push) -> ParsedBatch | Newer | Unreadable:
    """Decode a stored body. Memory is bounded by the limits; depth and size bombs come out as Unreadable."""
    try:
        plain = unpacked(body, encoding, limits.json_bytes_max)
        schema = wire.decode_schema(plain).schema
        if schema > SCHEMA:
            return Newer(schema)
        envelope = wire.decode_envelope(_upcast(plain, schema))
    except (ValueError, RecursionError, zlib.error) as error:
        return Unreadable(str(error)[:300])
    if envelope.batch != batch_id:
        return Unreadable("`batch` is not the id of the URL")
    if len(envelope.records) > limits.records_max:
        return Unreadable(f"more than {limits.records_max} records")
    seen: set[UUID] = set()
    records = [_read(ord_, bytes(raw), limits, seen) for ord_, raw in enumerate(envelope.records)]
    return ParsedBatch(schema, envelope.device_seq, envelope.sent, records)


def unpacked(body: bytes, encoding: str, bytes_max: int) -> bytes:
    """The JSON of a stored body. Raises ValueError and zlib.error."""
    if encoding != "gzip":
        return body
    unpack = zlib.decompressobj(GZIP)
    plain = unpack.decompress(body, bytes_max + 1)
    if len(plain) > bytes_max or not unpack.eof:
        raise ValueError("gzip body is too large or cut off")
    return plain


def _upcast(plain: bytes, schema: int) -> bytes:
    if schema == SCHEMA:
        return plain
    tree = msgspec.json.decode(plain)
    for step in range(schema, SCHEMA):
        tree = UPCASTS[step](tree)
    return msgspec.json.encode(tree)


def _read(ord_: int, raw: bytes, limits: Push, seen: set[UUID]) -> Parsed | Later | Bad:
    kind, id_ = "", None
    try:
        head = wire.decode_head(raw)
        kind, id_ = head.kind, head.id
        if head.blanked:
            return Bad(ord_, kind, id_, ERASED, "", rejected=True)
        if kind not in BUILT:
            return Later(ord_, kind, id_)
        record = wire.decode_record(raw)
    except msgspec.ValidationError as error:
        reason, pointer = _where(str(error))
        return Bad(ord_, kind, id_, reason, pointer)
    except (ValueError, RecursionError) as error:
        return Bad(ord_, kind, id_, str(error)[:300], "")
    fault = _fault(raw, record, limits)
    if fault:
        return Bad(ord_, kind, id_, *fault)
    if record.id in seen:
        return Bad(ord_, kind, id_, "the id stands twice in this batch", "/id")
    seen.add(record.id)
    return Parsed(ord_, record, hashlib.sha256(raw).digest())


Fault = tuple[str, str] | tuple[str, str, bool]


def _fault(raw: bytes, record: wire.Record, limits: Push) -> Fault | None:
    if b"\\u0000" in raw and NUL.search(msgspec.json.encode(record)):
        return "a text holds a NUL character", ""
    match record:
        case wire.VisitRecord():
            if len(record.fixes) > limits.fixes_max:
                return f"more than {limits.fixes_max} fixes", "/fixes"
            if record.answers and _depth([answers.values for answers in record.answers]) > limits.depth_max:
                return f"answers are nested deeper than {limits.depth_max}", "/answers"
            return _problem_fault(record.problems)
        case wire.ProblemRecord():
            if record.place is None and record.unit is None:
                return "a problem outside a visit names its place or its unit", "/unit"
            return _problem_fault([record])
        case wire_life.LifeEventRecord() | wire_life.AbsenceRecord():
            return wire_life.fault(record)
        case wire.AnswerRecord() | wire.AttestationRecord():
            if not record.text and set(record.codes) <= {Attestation.OTHER}:
                return "a statement has a code or says it in words", "/text"
        case wire_edits.PlaceEditRecord():
            return wire_edits.fault(record)
    return None


def _problem_fault(problems: list[wire.ProblemTold]) -> Fault | None:
    for problem in problems:
        if problem.sealed is not None and (problem.text or problem.wish):
            return "sealed-in-clear", "/problems", True
        if problem.sealed is None and not problem.text:
            return "a problem has no text", "/problems"
    return None


def _depth(value: Any) -> int:
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
        ]
    return deepest


_PATH = re.compile(r"^(?P<reason>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)


def _where(message: str) -> tuple[str, str]:
    """msgspec's `… - at `$.fixes[3].lon`` as a reason and a JSON pointer `/fixes/3/lon` (RFC 6901)."""
    match = _PATH.match(message)
    assert match, "the pattern matches any text"
    path = match["path"] or ""
    pointer = re.sub(r"\[(\d+|\.\.\.)\]", r"/\1", path).replace(".", "/") if path else ""
    return match["reason"][:300], pointer.replace("///", "/-")
