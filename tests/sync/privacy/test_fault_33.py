"""Fault 33: a reader while a home is erased, a copy while homes are merged: two connections, real locks."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids, pipeline
from sync.access import Actor, HeldRole
from sync.house import House
from sync.pipeline import case
from sync.privacy import exporting
from sync.registry import doors
from sync.words import Asker, Role
from tests.factories import review, rows
from tests.factories.batches import problem, this_morning, visit
from tests.factories.everywhere import where
from tests.factories.handing import put, results
from tests.factories.village import Village, found
from worker.drain import until_empty

NAME = "北沟村王家"


@pytest.fixture
def village(house: House) -> Village:
    return house.write(found)


@pytest.fixture
def home(house: House, village: Village) -> UUID:
    return house.write(lambda s: rows.add_place(s, village, NAME))


@contextmanager
def beside(work: Callable[[], Any]) -> Iterator[list[Any]]:
    """Do it in another thread; what it answered is in the list after the block."""
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(work()))
    thread.start()
    yield answers
    thread.join(30)
    assert not thread.is_alive()


def waits(house: House) -> bool:
    """Whether a connection of this database waits for a lock of another, soon."""
    query = text("SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
                 " WHERE NOT l.granted AND d.datname = current_database()")  # fmt: skip
    transactions = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    limit = monotonic() + 10
    while monotonic() < limit:
        if house.read(lambda s: (s.scalar(query) or 0) + (s.scalar(transactions) or 0)):
            return True
        sleep(0.02)
    return False


def erasure(house: House, village: Village, home: UUID) -> Callable[[], Any]:
    """The dry run now; the deed when it is called."""
    request, _ = house.write(lambda s: pipeline.ask_to_erase(s, Asker.SELF, "申请33", village.chen, place_id=home))
    return lambda: house.write(lambda s: pipeline.erase(s, house.policy, request))


def verifier(session: Session, village: Village) -> Actor:
    person = ids.uuid7()
    session.execute(
        text("INSERT INTO person (id, staff_no, name) VALUES (:i, :n, '王')"), {"i": person, "n": str(person)}
    )
    return Actor(person, (HeldRole(Role.VERIFIER, village.town),))


def test_whoever_reads_finishes_first_and_the_next_reader_sees_nothing(
    house: House, village: Village, home: UUID
) -> None:
    told = house.write(lambda s: review.add_visit(s, village, place=home))
    house.write(lambda s: review.add_finding(s, told))
    wang = house.write(lambda s: verifier(s, village))

    def opened(session: Session) -> Any:
        return case.open_case(session, house.policy, wang, told, None, "/review", clock.now())

    go = erasure(house, village, home)
    with house.sessions() as reader:
        first = opened(reader)
        with beside(go) as done:
            assert waits(house), "erasing waits for the reader"
            assert reader.scalar(text("SELECT name FROM place WHERE id = :p"), {"p": home}) == NAME
            assert done == []
            reader.commit()
    assert done
    after = house.write(opened)
    assert (first.visit.place, len(first.fixes) > 0) == (NAME, True)
    assert (after.visit.place, after.fixes, after.findings) == ("(已删除)", [], [])
    assert not {"lon", "lat"} & after.numbers.keys()
    audited = text("SELECT count(*) FROM read_audit WHERE place_id = :p")
    assert house.read(lambda s: s.scalar(audited, {"p": home})) == 2, "I12: both openings are on the trail"


def test_a_reader_who_comes_while_it_is_erased_waits_and_sees_nothing(
    house: House, village: Village, home: UUID
) -> None:
    request, _ = house.write(lambda s: pipeline.ask_to_erase(s, Asker.SELF, "申请33", village.chen, place_id=home))

    def name() -> Any:
        def work(session: Session) -> Any:
            doors.read(session, [home])
            return session.scalar(text("SELECT name FROM place WHERE id = :p"), {"p": home})

        return house.write(work)

    with house.sessions() as eraser:
        pipeline.erase(eraser, house.policy, request)
        with beside(name) as answers:
            assert waits(house), "the reader waits"
            eraser.commit()
    assert answers == ["(已删除)"]


def test_what_is_handed_in_while_it_is_erased_is_refused(house: House, village: Village, home: UUID) -> None:
    request, _ = house.write(lambda s: pipeline.ask_to_erase(s, Asker.SELF, "申请33", village.chen, place_id=home))
    records = [
        visit(village, this_morning(), place=home, note=NAME),
        problem(kind="problem", place=home, told={"wall": clock.now()}, text=NAME),
    ]
    parts = [house.write(lambda s, one=one: put(s, village.phone_li, one)) for one in records]

    def apply() -> None:
        house.write(lambda s: pipeline.apply_batches(s, house.policy, parts))

    with house.sessions() as eraser:
        pipeline.erase(eraser, house.policy, request)
        with beside(apply):
            assert waits(house)
            eraser.commit()
    for part in parts:
        [result] = house.read(lambda s, part=part: results(s, part))
        assert (result["state"], result["reason"]) == ("rejected", "erased")
    until_empty(house, 30, 0, lambda: False)
    assert house.read(lambda s: where(s, NAME)) == set(), "the bytes that were being read meanwhile went afterwards"


def test_a_copy_made_while_homes_are_merged_shows_both_or_waits(house: House, village: Village, home: UUID) -> None:
    shed = house.write(lambda s: rows.add_place(s, village, "王家偏房"))

    def copied() -> Any:
        def work(session: Session) -> Any:
            return exporting.export(
                session, house.policy, Asker.SELF, "申请34", village.chen, lambda sealed: "", place_id=shed
            )

        return house.write(work)

    def names(copy: Any) -> set[str]:
        [section] = [one for one in copy.sections if one.what.en == "the home"]
        return {row[section.columns.index("name")] for row in section.rows}

    with house.sessions() as merger:
        pipeline.merge_place(merger, ids.uuid7(), shed, home, village.chen)
        with beside(copied) as answers:
            assert waits(house), "the copy waits for the merge"
            merger.commit()
    assert names(answers[0]) == {NAME, "王家偏房"}
    assert answers[0].at


def test_homes_that_are_merged_meanwhile_are_erased_together(house: House, village: Village, home: UUID) -> None:
    shed = house.write(lambda s: rows.add_place(s, village, "王家偏房"))
    go = erasure(house, village, shed)
    with house.sessions() as merger:
        pipeline.merge_place(merger, ids.uuid7(), shed, home, village.chen)
        with beside(go) as done:
            assert waits(house)
            merger.commit()
    assert done[0]["gone"]["place"] == 2
    left = text("SELECT count(*) FROM place WHERE name IN (:one, '王家偏房')")
    assert house.read(lambda s: s.scalar(left, {"one": NAME})) == 0
