"""Counts of the map: whatever happened to visits, they are what one would count."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from sync import ids
from sync.house import House
from sync.insight import counting
from sync.insight.counting import COARSE, FINE
from sync.insight.days import next_month
from sync.pipeline import Part, apply_batches, catch_up
from sync.pipeline.effects import Turned, points_moved, repeats_turned, verdicts_turned
from sync.policy import defaults
from sync.words import SameKind, Verdict
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.counted import Key, assert_numbers, counted, counted_by_hand
from tests.factories.village import HOME, Village, found


def hand_in(session: Session, village: Village, *records: Any, device: UUID | None = None) -> None:
    batch, json = batches.body(list(records))
    batches.receive(session, device or village.phone_li, batch, json)
    apply_batches(session, defaults(), [Part(device or village.phone_li, batch)])


def months_of(session: Session, level: int) -> Counter[Key]:
    rows = session.execute(
        text(
            'SELECT cell, "on", unit_id, verdict, visits FROM visit_count'
            " WHERE span = 'm' AND level = :l AND visits <> 0"
        ),
        {"l": level},
    )
    return Counter({tuple(row[:4]): row[4] for row in rows})  # type: ignore[misc]


class Histories(RuleBasedStateMachine):
    """Batches, judgements, edges, their undoing, moved points, an older server: in any order."""

    engine: Engine

    @initialize()
    def begin(self) -> None:
        self.connection = self.engine.connect()
        self.transaction = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        self.village = found(self.session)

    def teardown(self) -> None:
        self.session.close()
        self.transaction.rollback()
        self.connection.close()

    def visits(self, where: str = "true") -> list[Any]:
        return list(self.session.execute(text(f"SELECT id, verdict FROM visit v WHERE {where} ORDER BY id")))

    @rule(days=st.lists(st.integers(0, 70), min_size=1, max_size=4), fixed=st.booleans(), again=st.booleans())
    def a_batch(self, days: list[int], fixed: bool, again: bool) -> None:
        at = this_morning()
        told = [
            batches.visit(self.village, at - timedelta(days=ago, minutes=20 * n), **({} if fixed else {"fixes": []}))
            for n, ago in enumerate(days)
        ]
        for one in told:
            for n, fix in enumerate(one["fixes"]):
                fix["at"] = one["started"]["wall"] + timedelta(minutes=2 * n)
        repeated = [one | {"id": ids.uuid7()} for one in told if again and one["fixes"]]
        hand_in(self.session, self.village, *told, *repeated)

    @precondition(lambda self: self.visits())
    @rule(data=st.data(), after=st.sampled_from(list(Verdict)))
    def a_verdict_turns(self, data: st.DataObject, after: Verdict) -> None:
        some = data.draw(st.lists(st.sampled_from(self.visits()), min_size=1, max_size=3, unique=True))
        change = text("UPDATE visit SET verdict = :v WHERE id = ANY(:ids)")
        self.session.execute(change, {"v": after.value, "ids": [one.id for one in some]})
        verdicts_turned(self.session, [Turned(one.id, Verdict(one.verdict), after) for one in some])

    @precondition(lambda self: len(self.roots()) > 1)
    @rule(data=st.data(), kind=st.sampled_from(list(SameKind)))
    def an_edge_is_made(self, data: st.DataObject, kind: SameKind) -> None:
        parent, child = data.draw(st.lists(st.sampled_from(self.roots()), min_size=2, max_size=2, unique=True))
        edge = text(
            "INSERT INTO same_visit (id, child_id, parent_id, kind, method, at)"
            " VALUES (:i, :c, :p, :k, 'person', now())"
        )
        self.session.execute(edge, {"i": ids.uuid7(), "c": child, "p": parent, "k": kind.value})
        if kind is SameKind.REPEAT:
            repeats_turned(self.session, [child], repeats=True)

    def roots(self) -> list[UUID]:
        free = "NOT EXISTS (SELECT FROM same_visit s WHERE v.id IN (s.child_id, s.parent_id) AND s.undone_at IS NULL)"
        return [one.id for one in self.visits(free)]

    @rule()
    def edges_are_undone(self) -> None:
        undone = text("UPDATE same_visit SET undone_at = now() WHERE undone_at IS NULL RETURNING child_id, kind")
        rows = self.session.execute(undone).all()
        repeats_turned(self.session, [row.child_id for row in rows if row.kind == "repeat"], repeats=False)

    @precondition(lambda self: self.visits())
    @rule(data=st.data(), east=st.none() | st.integers(-3, 3))
    def a_point_moves(self, data: st.DataObject, east: int | None) -> None:
        visit = data.draw(st.sampled_from(self.visits()))
        where = None if east is None else (round(HOME[0] + east / 100, 4), HOME[1])
        points_moved(self.session, [(visit.id, where)])

    @precondition(lambda self: self.visits())
    @rule(data=st.data())
    def an_older_server_stored_one(self, data: st.DataObject) -> None:
        visit = data.draw(st.sampled_from(self.visits()))
        self.session.execute(
            text(
                "INSERT INTO visit SELECT (jsonb_populate_record(v,"
                "  jsonb_build_object('id', CAST(:new AS uuid), 'cell', null))).* FROM visit v WHERE id = :old"
            ),
            {"new": ids.uuid7(), "old": visit.id},
        )

    @rule()
    def it_is_caught_up(self) -> None:
        catch_up(self.session, 2)

    @rule(most=st.integers(1, 5))
    def some_are_folded(self, most: int) -> None:
        counting.fold(self.session, most)

    @invariant()
    def counts_are_right(self) -> None:
        assert_numbers(self.session)
        assert counting.differences(self.session) == 0

    @invariant()
    def months_are_the_sums_of_days(self) -> None:
        days = self.session.execute(
            text("SELECT cell, \"on\", unit_id, verdict, visits FROM visit_count WHERE span = 'd'")
        )
        sums: dict[int, Counter[Key]] = {FINE: Counter(), COARSE: Counter()}
        for cell, on, unit, verdict, visits in days:
            for level, kept in sums.items():
                kept[cell >> 2 * (FINE - level), on.replace(day=1), unit, verdict] += visits
        for level, kept in sums.items():
            assert months_of(self.session, level) == Counter({key: n for key, n in kept.items() if n})


def test_counts_are_what_one_would_count_after_any_history(engine: Engine) -> None:
    class Here(Histories):
        pass

    Here.engine = engine
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=20,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


def test_a_batch_appends_what_it_adds_up_to_and_touches_no_count(session: Session, village: Village) -> None:
    at = this_morning()
    hand_in(session, village, *(batches.visit(village, at - timedelta(minutes=15 * n), fixes=[]) for n in range(20)))
    assert session.execute(text("SELECT cell, visits FROM visit_delta")).all() == [(-1, 20)]
    assert session.scalar(text("SELECT count(*) FROM visit_count")) == 0


def test_a_difference_is_folded_once_however_often(session: Session, village: Village) -> None:
    hand_in(session, village, batches.visit(village, this_morning()))
    assert [counting.fold(session, 10) for _ in range(3)] == [1, 0, 0]
    assert session.execute(text("SELECT span, level, visits FROM visit_count ORDER BY 1, 2")).all() == [
        ("d", FINE, 1),
        ("m", COARSE, 1),
        ("m", FINE, 1),
    ]


def test_what_adds_up_to_nothing_leaves_no_row(session: Session, village: Village) -> None:
    hand_in(session, village, batches.visit(village, this_morning()))
    counting.fold(session, 10)
    [visit] = session.scalars(text("SELECT id FROM visit")).all()
    for before, after in ((Verdict.VERIFIED, Verdict.DOUBTFUL), (Verdict.DOUBTFUL, Verdict.VERIFIED)):
        counting.count_turned(session, [(visit, before, after)])
    assert session.scalar(text("SELECT count(*) FROM visit_delta")) == 4
    counting.fold(session, 10)
    assert session.scalar(text("SELECT count(*) FROM visit_count")) == 3


def test_wrong_counts_are_found_and_mended(session: Session, village: Village) -> None:
    hand_in(session, village, batches.visit(village, this_morning()))
    counting.fold(session, 10)
    session.execute(text("UPDATE visit_count SET visits = 4 WHERE span = 'd'"))
    session.execute(
        text("INSERT INTO visit_delta (cell, \"on\", unit_id, verdict, visits) VALUES (9, now(), :u, 'refused', 2)"),
        {"u": village.town},
    )
    assert counting.differences(session) == 5
    counting.mend(session)
    assert counting.differences(session) == 0
    assert counted(session) == counted_by_hand(session)


def test_two_folds_at_once_take_different_rows_and_lose_none(house: House) -> None:
    village = house.write(found)

    def each_day(session: Session, n: int) -> None:
        hand_in(session, village, batches.visit(village, this_morning() - timedelta(days=n)))

    for n in range(6):
        house.write(partial(each_day, n=n))
    with house.sessions() as one, ThreadPoolExecutor(1) as beside:
        assert counting.fold(one, 3) == 3
        other = beside.submit(house.write, partial(counting.fold, most=10))
        assert not wait([other], timeout=0.2).done  # it waits for the months that both add to
        one.commit()
        assert other.result() == 3
    assert house.read(counting.differences) == 0
    assert house.read(lambda session: session.scalar(text("SELECT sum(visits) FROM visit_count WHERE span = 'd'"))) == 6


def test_the_first_day_of_the_next_month_follows_every_day() -> None:
    assert {next_month(date(2024, 12, day)) for day in range(1, 32)} == {date(2025, 1, 1)}
