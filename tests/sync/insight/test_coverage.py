"""When homes were last met and tried: kept by batches, found anew where a time may have to go back."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.access import Actor, HeldRole
from sync.insight import coverage
from sync.insight.rules import is_met
from sync.pipeline import Part, apply_batches
from sync.pipeline.effects import Turned, places_regrouped, verdicts_turned
from sync.policy import defaults
from sync.words import Mode, Outcome, Role, Verdict
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.counted import assert_numbers, seen
from tests.factories.village import Village, found


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


def hand_in(session: Session, village: Village, *records: Any) -> None:
    """Apply a batch that was sent and received in the same instant, so that no time is corrected."""
    with clock.frozen(clock.now()):
        batch, json = batches.body(list(records))
        batches.receive(session, village.phone_li, batch, json)
    apply_batches(session, defaults(), [Part(village.phone_li, batch)])


def numbers(
    session: Session, village: Village, under: UUID, since: datetime | None = None, role: Role = Role.VERIFIER
) -> dict[str, tuple[int, int, int]]:
    actor = Actor(village.zhou, (HeldRole(role, village.county),))
    rows = session.execute(coverage.of_children(actor, [under], since))
    return {row.name: (row.places, row.met, row.tried) for row in rows}


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("mode", list(Mode))
def test_who_was_met_is_said_once_for_batches_and_for_looking_again(
    session: Session, village: Village, outcome: Outcome, mode: Mode
) -> None:
    at = this_morning()
    hand_in(session, village, batches.visit(village, at, outcome=outcome.value, mode=mode.value))
    kept = seen(session)
    assert kept == {village.home: (at if is_met(outcome, mode) else None, at)}
    coverage.recount(session, [village.home])
    assert seen(session) == kept


def test_a_call_counts_for_who_lives_away_and_for_nobody_else() -> None:
    assert is_met(Outcome.LIVES_AWAY, Mode.PHONE)
    assert not is_met(Outcome.MET, Mode.PHONE)
    assert is_met(Outcome.MET, Mode.FIELD)
    assert not any(is_met(outcome, Mode.HOME) for outcome in (Outcome.NOBODY_HOME, Outcome.REFUSED, Outcome.EMPTY))


def test_the_last_time_stays_whatever_arrives_later(session: Session, village: Village) -> None:
    at = this_morning()
    hand_in(session, village, batches.visit(village, at))
    hand_in(session, village, batches.visit(village, at - timedelta(days=9)))
    hand_in(session, village, batches.visit(village, at + timedelta(minutes=30), outcome="nobody_home"))
    assert seen(session) == {village.home: (at, at + timedelta(minutes=30))}


def test_a_visit_written_afterwards_counts(session: Session, village: Village) -> None:
    at = this_morning()
    hand_in(session, village, batches.visit(village, at, recorded="afterwards", fixes=[]))
    assert seen(session) == {village.home: (at, at)}


def test_a_refused_visit_counts_no_longer_and_again_when_that_is_undone(session: Session, village: Village) -> None:
    at = this_morning()
    before, last = batches.visit(village, at - timedelta(days=3)), batches.visit(village, at)
    for fix in before["fixes"]:
        fix["at"] -= timedelta(days=3)
    hand_in(session, village, before, last)

    def turn(after: Verdict) -> None:
        shown = Verdict(session.scalar(text("SELECT verdict FROM visit WHERE id = :i"), {"i": last["id"]}))
        session.execute(text("UPDATE visit SET verdict = :v WHERE id = :i"), {"v": after.value, "i": last["id"]})
        verdicts_turned(session, [Turned(last["id"], shown, after)])

    turn(Verdict.REFUSED)
    assert seen(session) == {village.home: (at - timedelta(days=3),) * 2}
    turn(Verdict.VERIFIED)
    assert seen(session) == {village.home: (at, at)}
    assert_numbers(session)


def test_a_revision_that_tells_another_outcome_takes_the_meeting_back(session: Session, village: Village) -> None:
    at = this_morning()
    visit = batches.visit(village, at)
    hand_in(session, village, visit)
    hand_in(session, village, visit | {"outcome": "nobody_home"})
    assert seen(session) == {village.home: (None, at)}


def test_merged_homes_are_seen_as_one_and_parted_ones_as_two(session: Session, village: Village) -> None:
    at = this_morning()
    later = at + timedelta(minutes=40)
    hand_in(
        session, village, batches.visit(village, at), batches.visit(village, later, place=village.unmapped, fixes=[])
    )
    merge = text("UPDATE place SET merged_into_id = :into, state = :state WHERE id = :away")
    session.execute(merge, {"into": village.home, "state": "merged", "away": village.unmapped})
    places_regrouped(session, [village.home, village.unmapped])
    assert seen(session) == {village.home: (later, later)}
    assert numbers(session, village, village.town) == {"北沟村": (1, 1, 0)}
    session.execute(merge, {"into": None, "state": "active", "away": village.unmapped})
    places_regrouped(session, [village.home, village.unmapped])
    assert seen(session) == {village.home: (at, at), village.unmapped: (later, later)}


def test_a_home_out_of_service_is_nobodys_gap(session: Session, village: Village) -> None:
    hand_in(session, village, batches.visit(village, this_morning()))
    session.execute(text("UPDATE place SET state = 'gone' WHERE id = :i"), {"i": village.home})
    places_regrouped(session, [village.home])
    assert numbers(session, village, village.town) == {"北沟村": (1, 0, 0)}


def test_met_since_tried_since_and_neither(session: Session, village: Village) -> None:
    at = this_morning()
    hand_in(session, village, batches.visit(village, at - timedelta(days=20), fixes=[]))
    hand_in(session, village, batches.visit(village, at, outcome="nobody_home", fixes=[]))
    assert numbers(session, village, village.county) == {"北沟镇": (2, 1, 0)}
    assert numbers(session, village, village.county, at - timedelta(days=1)) == {"北沟镇": (2, 0, 1)}
    assert numbers(session, village, village.county, at - timedelta(days=30)) == {"北沟镇": (2, 1, 0)}
    assert numbers(session, village, village.county, clock.now()) == {"北沟镇": (2, 0, 0)}


def test_homes_that_hang_on_the_asked_unit_itself_are_told_beside_its_children(
    session: Session, village: Village
) -> None:
    session.execute(
        text("INSERT INTO place (id, kind, unit_id, name, state) VALUES (:i, 'office', :u, '镇政府', 'active')"),
        {"i": ids.uuid7(), "u": village.town},
    )
    assert numbers(session, village, village.town) == {"北沟镇": (1, 0, 0), "北沟村": (2, 0, 0)}


@pytest.mark.parametrize(
    ("role", "homes"), [(Role.VERIFIER, {}), (Role.LEADER, {"北沟村": (2, 0, 0)}), (Role.DISPATCHER, {})]
)
def test_a_verifier_does_not_see_the_own_unit_and_a_leader_does(
    session: Session, village: Village, role: Role, homes: dict[str, tuple[int, int, int]]
) -> None:
    actor = Actor(village.zhou, (HeldRole(role, village.village),))
    rows = session.execute(coverage.of_children(actor, [village.village], None))
    assert {row.name: (row.places, row.met, row.tried) for row in rows} == homes
