"""Bytes of batches without erased content, whatever they are: gzip or not, of a newer app, unreadable."""

import gzip
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, ids, pipeline
from sync.policy import defaults
from sync.privacy import bodies
from sync.words import FeedKind
from tests.factories import batches
from tests.factories.handing import owed, put, results
from tests.factories.village import Village, found

PUSH = defaults().push
HOME = ids.uuid7()


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


def stored(session: Session, village: Village, raw: bytes, encoding: str = "identity", state: str = "received") -> UUID:
    """A batch with these very bytes."""
    batch = ids.uuid7()
    batches.receive(session, village.phone_li, batch, raw)
    facts = {"b": batch, "e": encoding, "s": state}
    session.execute(text("UPDATE batch_body SET encoding = :e WHERE batch_id = :b"), facts)
    session.execute(text("UPDATE batch SET state = :s WHERE id = :b"), facts)
    return batch


def body_of(session: Session, batch: UUID) -> bytes:
    return bytes(session.scalars(text("SELECT body FROM batch_body WHERE batch_id = :b"), {"b": batch}).one())


def blank(session: Session) -> int:
    return bodies.blank(session, bodies.holding(session, [HOME], [], PUSH), [HOME], PUSH)


RECORD = {"kind": "visit", "id": str(ids.uuid7()), "place": str(HOME), "note": "吃药"}
WHOLE = orjson.dumps({"schema": 1, "records": [RECORD]})


def test_a_packed_body_stays_packed_and_another_plain(session: Session, village: Village) -> None:
    packed = stored(session, village, gzip.compress(WHOLE), "gzip")
    plain = stored(session, village, WHOLE)
    before = session.execute(text("SELECT id, sha256 FROM batch ORDER BY id")).all()
    assert blank(session) == 2
    expected = {"schema": 1, "records": [{"kind": "visit", "id": RECORD["id"], "blanked": True}]}
    assert orjson.loads(gzip.decompress(body_of(session, packed))) == expected
    assert orjson.loads(body_of(session, plain)) == expected
    assert session.execute(text("SELECT id, sha256 FROM batch ORDER BY id")).all() == before, "still known by its hash"
    assert changes.take(session).touched == {FeedKind.BATCH: {packed, plain}}
    assert blank(session) == 0


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (WHOLE[:-3], "identity"),
        (gzip.compress(WHOLE)[:-9] + str(HOME).encode(), "gzip"),
        (b'{"a": ' * 5000 + WHOLE, "identity"),
        (b"\xff" + WHOLE, "identity"),
    ],
)
def test_what_cannot_be_read_goes_as_a_whole(session: Session, village: Village, raw: bytes, encoding: str) -> None:
    batch = stored(session, village, raw, encoding, "quarantined")
    assert blank(session) == 1
    left = body_of(session, batch)
    assert orjson.loads(gzip.decompress(left) if encoding == "gzip" else left) == {"blanked": True}


def test_a_body_of_a_newer_app_loses_what_names_the_home_and_stays_parked(session: Session, village: Village) -> None:
    newer = {"schema": 9, "households": [{"place": str(HOME), "words": "吃药"}, {"place": str(ids.uuid7())}]}
    batch = stored(session, village, orjson.dumps(newer), state="parked")
    assert blank(session) == 1
    left = orjson.loads(body_of(session, batch))
    assert (left["schema"], len(left["households"])) == (9, 1)
    assert session.scalar(text("SELECT blanked_at IS NOT NULL FROM batch WHERE id = :b"), {"b": batch})


def test_bytes_that_tell_nothing_of_it_are_left_alone(session: Session, village: Village) -> None:
    other = orjson.dumps({"schema": 1, "records": [RECORD | {"place": str(ids.uuid7()), "note": f"见 {HOME}"}]})
    batch = stored(session, village, other)
    assert blank(session) == 0
    assert body_of(session, batch) == other, "a text that quotes an id is not about it"


def test_other_bytes_under_a_known_number_are_blanked_as_well(session: Session, village: Village) -> None:
    session.execute(
        text(
            "INSERT INTO batch_conflict (device_id, batch_id, sha256, received_at, encoding, body)"
            " VALUES (:d, :b, 'h', now(), 'gzip', :y)"
        ),
        {"d": village.phone_li, "b": ids.uuid7(), "y": gzip.compress(WHOLE)},
    )
    assert blank(session) == 1
    left = bytes(session.scalars(text("SELECT body FROM batch_conflict")).one())
    assert "吃药" not in gzip.decompress(left).decode()


def test_many_batches_are_opened_some_at_a_time(
    session: Session, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "AT_ONCE", 2)
    for _ in range(5):
        stored(session, village, WHOLE)
    assert blank(session) == 5


def test_a_record_that_says_it_is_blank_is_refused_and_its_bytes_are_looked_at(
    session: Session, village: Village
) -> None:
    record: dict[str, Any] = batches.visit(village, batches.this_morning(), note="吃药") | {"blanked": True}
    part = put(session, village.phone_li, record)
    pipeline.apply_batches(session, defaults(), [part])
    [result] = results(session, part)
    assert (result["state"], result["reason"], result["forget"]) == ("rejected", "erased", True)
    [subject] = owed(session, "blank_erased")
    assert subject == f"{part.device_id}/{part.batch_id}"
    for _ in range(2):
        bodies.blank_refused(session, part.device_id, part.batch_id, PUSH)
    assert "吃药" not in body_of(session, part.batch_id).decode()


def test_nothing_is_refused_in_a_batch_that_was_never_applied(session: Session, village: Village) -> None:
    batch = stored(session, village, WHOLE)
    bodies.blank_refused(session, village.phone_li, batch, PUSH)
    assert body_of(session, batch) == WHOLE
