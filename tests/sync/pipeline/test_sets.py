"""Batches applied together: neighbours of a culprit, batches of one phone, what a set costs."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from sync import errands, ids
from sync.pipeline import Part, apply_batches
from sync.policy import defaults
from sync.words import Job
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.village import Village, add_phone, found


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


def hand_in(session: Session, device: UUID, records: list[Any]) -> Part:
    batch, json = batches.body(records)
    batches.receive(session, device, batch, json)
    return Part(device, batch)


def states(session: Session, part: Part) -> list[str]:
    results = session.scalars(text("SELECT results FROM batch WHERE id = :b"), {"b": part.batch_id}).one()
    return [result["state"] for result in results]


def phones(session: Session, village: Village, count: int) -> list[UUID]:
    devices = [ids.uuid7() for _ in range(count)]
    for device in devices:
        add_phone(session, device, village.li)
    return devices


def test_a_record_the_database_refuses_harms_no_neighbour_and_no_neighbouring_batch(
    session: Session, village: Village
) -> None:
    session.execute(text("ALTER TABLE visit ADD CONSTRAINT ck_no_empty CHECK (outcome <> 'empty')"))
    parts = []
    for number, device in enumerate(phones(session, village, 4)):
        records = [batches.visit(village, this_morning() + timedelta(minutes=20 * i + 5 * number)) for i in range(3)]
        if number == 2:
            records[1]["outcome"] = "empty"
        parts.append(hand_in(session, device, records))
    apply_batches(session, defaults(), parts)
    assert [states(session, part) for part in parts] == [
        ["applied", "applied", "applied"],
        ["applied", "applied", "applied"],
        ["applied", "quarantined", "applied"],
        ["applied", "applied", "applied"],
    ]
    assert session.scalar(text("SELECT count(*) FROM visit")) == 11
    waiting = session.execute(text("SELECT batch_id, ord, state FROM waiting_record")).all()
    assert waiting == [(parts[2].batch_id, 1, "quarantined")]


def test_an_unreadable_batch_harms_no_neighbouring_batch(session: Session, village: Village) -> None:
    sound = hand_in(session, village.phone_li, [batches.visit(village, this_morning())])
    broken = Part(village.phone_chen, ids.uuid7())
    batches.receive(session, broken.device_id, broken.batch_id, b'{"schema": 1, "records": [')
    apply_batches(session, defaults(), [broken, sound])
    assert states(session, sound) == ["applied"]
    assert session.scalar(text("SELECT state FROM batch WHERE id = :b"), {"b": broken.batch_id}) == "quarantined"


def test_batches_of_one_phone_follow_each_other(session: Session, village: Village) -> None:
    told = batches.visit(village, this_morning())
    retold = told | {"revision": 2, "note": "补充:水表也坏了"}
    parts = [hand_in(session, village.phone_li, [one]) for one in (told, told, retold)]
    apply_batches(session, defaults(), parts)
    assert [states(session, part) for part in parts] == [["applied"], ["duplicate"], ["applied"]]
    assert session.scalars(text("SELECT rev FROM visit_rev ORDER BY rev")).all() == [1, 2]


def test_the_same_visit_told_by_two_phones_at_once_is_one_visit(session: Session, village: Village) -> None:
    """A cadre changed phones and both hand in what was restored from the backup."""
    told = batches.visit(village, this_morning(), problems=[batches.problem()])
    parts = [hand_in(session, device, [told]) for device in phones(session, village, 2)]
    apply_batches(session, defaults(), parts)
    assert sorted(states(session, part)[0] for part in parts) == ["applied", "duplicate"]
    assert session.scalar(text("SELECT count(*) FROM task")) == 1


def test_four_batches_cost_hardly_more_statements_than_one(session: Session, village: Village) -> None:
    def cost(devices: Sequence[UUID]) -> int:
        parts = [
            hand_in(session, device, [batches.visit(village, this_morning(), problems=[batches.problem()])])
            for device in devices
        ]
        told: list[str] = []
        connection = session.connection()

        def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            told.append(statement)

        event.listen(connection, "before_cursor_execute", count)
        apply_batches(session, defaults(), parts)
        event.remove(connection, "before_cursor_execute", count)
        return len(told)

    one, four = cost(phones(session, village, 1)), cost(phones(session, village, 4))
    assert one > 0
    assert four <= one + 4


def owe(session: Session, subject: str, **more: Any) -> None:
    errands.owe(session, Job.APPLY_BATCH, subject, **more)


def test_fresh_batches_are_claimed_together(session: Session) -> None:
    for number in range(6):
        owe(session, f"device/{number}")
    claimed = [len(errands.claim(session, 60, at_most=4)) for _ in range(3)]
    assert claimed == [4, 2, 0]


@pytest.mark.parametrize("first", [True, False])
def test_a_batch_that_was_tried_before_is_claimed_alone(session: Session, first: bool) -> None:
    owe(session, "device/tried", priority=1 if first else 5)
    [tried] = errands.claim(session, 60)
    errands.fail(session, tried, "KeyError", 0)
    for number in range(2):
        owe(session, f"device/{number}", priority=3)
    session.execute(text("UPDATE errand SET due_at = clock_timestamp() - interval '1 s'"))
    taken = [[claim.subject for claim in errands.claim(session, 60, at_most=4)] for _ in range(2)]
    assert ["device/tried"] in taken
    assert sorted(len(one) for one in taken) == [1, 2]


def test_a_part_of_a_batch_is_claimed_alone(session: Session) -> None:
    owe(session, "device/one", facts='{"span": [0, 5]}', priority=3)
    owe(session, "device/two")
    owe(session, "device/three")
    assert [len(errands.claim(session, 60, at_most=4)) for _ in range(2)] == [1, 2]
