"""Reading bodies, whatever they are."""

import gzip
import resource
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import ids
from sync.intake import parse
from sync.intake.parse import Bad, Later, Newer, Parsed, ParsedBatch, Unreadable, parse_body
from sync.policy import defaults
from tests.factories import batches
from tests.factories.village import Village

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
LIMITS = defaults().push


def read(records: list[Any], /, **changes: Any) -> ParsedBatch | Newer | Unreadable:
    batch, json = batches.body(records, changes)
    return parse_body(json, "identity", batch, LIMITS)


def one(record: Any) -> Parsed | Later | Bad:
    parsed = read([record])
    assert isinstance(parsed, ParsedBatch)
    return parsed.records[0]


def visit(**changes: Any) -> dict[str, Any]:
    return batches.visit(Village(), NOON, **changes)


def test_a_gzipped_batch_reads_like_a_plain_one() -> None:
    batch, json = batches.body([visit()])
    plain = parse_body(json, "identity", batch, LIMITS)
    assert parse_body(gzip.compress(json), "gzip", batch, LIMITS) == plain
    assert isinstance(plain, ParsedBatch)
    assert isinstance(plain.records[0], Parsed)


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_answered(body: bytes) -> None:
    for encoding in ("identity", "gzip"):
        assert isinstance(parse_body(body, encoding, UUID(int=1), LIMITS), Unreadable | ParsedBatch | Newer)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 2**60) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.sampled_from(["fixes", "note", "started", "problems", "answers", "mode", "place"]), JSON)
@settings(max_examples=200, deadline=None)
def test_a_field_of_any_value_spoils_its_own_record_at_most(name: str, value: Any) -> None:
    try:
        spoilt = orjson.dumps(visit() | {name: value})
    except (TypeError, ValueError):
        return
    parsed = read([orjson.Fragment(spoilt), visit()])
    assert isinstance(parsed, ParsedBatch)
    assert isinstance(parsed.records[1], Parsed)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"fixes": [{"lon": 500, "lat": 1, "at": NOON}]}, "/fixes/0/lon"),
        ({"mode": "levitating"}, "/mode"),
        ({"started": {"wall": "2026-03-10T12:00:00"}}, "/started/wall"),
        ({"note": "x" * 20_001}, "/note"),
        ({"fixes": [{"lon": 1, "lat": 1, "at": NOON}] * 201}, "/fixes"),
        ({"note": "NUL \0"}, ""),
        ({"problems": [{"id": ids.uuid7()}]}, "/problems"),
    ],
)
def test_a_bad_record_is_quarantined_with_a_pointer(changes: dict[str, Any], pointer: str) -> None:
    bad = one(visit(**changes))
    assert isinstance(bad, Bad)
    assert (bad.kind, bad.pointer, bad.rejected) == ("visit", pointer, False)


def test_nested_answers_are_bounded() -> None:
    deep: Any = "x"
    for _ in range(30):
        deep = [deep]
    bad = one(visit(answers=[{"form": "f", "version": "1", "values": {"a": deep}}]))
    assert isinstance(bad, Bad)
    assert bad.pointer == "/answers"
    fine = one(visit(answers=[{"form": "f", "version": "1", "values": {"a": [["x"]]}}]))
    assert isinstance(fine, Parsed)


@pytest.mark.parametrize("raw", [rb'"\ud800"', b"NaN"])
def test_what_is_not_json_does_not_pass(raw: bytes) -> None:
    record = orjson.dumps(visit(note="HERE")).replace(b'"HERE"', raw)
    batch, json = batches.body(["RECORD"])
    parsed = parse_body(json.replace(b'"RECORD"', record), "identity", batch, LIMITS)
    assert isinstance(parsed, Unreadable) or (isinstance(parsed, ParsedBatch) and isinstance(parsed.records[0], Bad))


def test_an_id_twice_in_a_batch_is_quarantined_once() -> None:
    same = visit()
    parsed = read([same, same])
    assert isinstance(parsed, ParsedBatch)
    assert [type(record) for record in parsed.records] == [Parsed, Bad]


def test_kinds_of_a_newer_app_are_left_for_later() -> None:
    later = one({"kind": "callback", "id": ids.uuid7(), "what": ["ever"]})
    assert isinstance(later, Later)
    assert later.kind == "callback"


def test_a_problem_outside_a_visit_names_where_it_is() -> None:
    bad = one({"kind": "problem", "id": ids.uuid7(), "told": {"wall": NOON}, "text": "路坏了"})
    assert isinstance(bad, Bad)
    assert bad.pointer == "/unit"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"schema": 0}, "schema"),
        ({"device_seq": 0}, "device_seq"),
        ({"batch": ids.uuid7()}, "id of the URL"),
        ({"records": [{}] * 501}, "more than 500"),
        ({"records": "none"}, "records"),
    ],
)
def test_an_envelope_that_makes_no_sense_is_unreadable(body: dict[str, Any], words: str) -> None:
    unreadable = read([], **body)
    assert isinstance(unreadable, Unreadable)
    assert words in unreadable.reason


def test_a_depth_bomb_is_unreadable_or_quarantined_and_costs_little_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for bomb in (b"[" * 4_000_000, b'{"a":' * 1_000_000):
        assert isinstance(parse_body(bomb, "identity", UUID(int=1), LIMITS), Unreadable)
    batch, json = batches.body(["HERE"])
    inside = json.replace(b'"HERE"', b"[" * 100_000 + b"]" * 100_000)
    assert isinstance(parse_body(inside, "identity", batch, LIMITS), Unreadable | ParsedBatch)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_a_gzip_that_unpacks_beyond_the_bound_or_ends_early_is_unreadable() -> None:
    for body in (gzip.compress(b" " * 9_000_000), gzip.compress(b"{}" * 100)[:-9]):
        assert isinstance(parse_body(body, "gzip", UUID(int=1), LIMITS), Unreadable)


def test_a_newer_schema_is_told_apart() -> None:
    assert read([], schema=2) == Newer(2)


def test_an_older_schema_is_brought_up_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "SCHEMA", 2)
    monkeypatch.setitem(parse.UPCASTS, 1, lambda body: body | {"device_seq": body["number"]})
    batch, json = batches.body([], schema=1, number=7)
    parsed = parse_body(json, "identity", batch, LIMITS)
    assert isinstance(parsed, ParsedBatch)
    assert (parsed.schema, parsed.device_seq) == (1, 7)
