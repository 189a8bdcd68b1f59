"""The random back-check: what is in the pot, how many are drawn, that nobody can know or escape."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from math import comb
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.house import House
from sync.identity.actions import people
from sync.policy import defaults
from sync.review.drawing import draw_back_checks
from sync.words import Cause, FindingState, Job, Mode, Outcome, Recorded, Role
from tests.factories.review import add_finding, add_place, add_visit
from tests.factories.village import HOME, Village, found
from worker.cron import owe_due
from worker.drain import until_empty

POLICY = defaults().review
DAY = date(2026, 3, 5)
NEXT = datetime.combine(DAY + timedelta(days=1), time(0, 10), clock.local(clock.now()).tzinfo)


def noon(day: date = DAY) -> datetime:
    return datetime.combine(day, time(12), clock.local(clock.now()).tzinfo)


@pytest.fixture
def village(session: Session) -> Village:
    village = found(session)
    hire(session, village.county)
    return village


def hire(session: Session, unit: UUID) -> UUID:
    """One more verifier at a unit."""
    person = people.add_person(session, f"V{ids.digits(9)}", "核验员")
    people.give_role(session, person, Role.VERIFIER, unit)
    return person


def fill(session: Session, village: Village, count: int, at: datetime | None = None, **more: Any) -> list[UUID]:
    """That many homes, each visited that day."""
    return [
        add_visit(
            session, village, place=add_place(session, village, f"{n}号", HOME), spot=HOME,
            at=(at or noon()) - timedelta(hours=1), received_at=at or noon(), **more,
        )
        for n in range(count)
    ]  # fmt: skip


def drawn(session: Session) -> list[UUID]:
    return list(session.scalars(text("SELECT visit_id FROM finding WHERE cause = 'drawn' ORDER BY id")))


def lots(session: Session) -> list[tuple[date, int, int]]:
    rows = session.execute(text("SELECT received_on, eligible, drawn FROM draw ORDER BY received_on, eligible"))
    return [tuple(row) for row in rows]


def test_the_twentieth_part_of_a_day_is_drawn_once_it_is_over(session: Session, village: Village) -> None:
    visits = fill(session, village, 59)
    draw_back_checks(session, POLICY, NEXT - timedelta(seconds=1))
    assert lots(session) == []
    draw_back_checks(session, POLICY, NEXT)
    assert lots(session) == [(DAY, 59, 2)]
    chosen = drawn(session)
    assert len(set(chosen)) == 2
    assert set(chosen) < set(visits)
    draw_back_checks(session, POLICY, NEXT)
    draw_back_checks(session, POLICY, NEXT + timedelta(hours=5))
    assert drawn(session) == chosen
    row = session.execute(text("SELECT cause_key, state, reasons, unit_id, town_id FROM finding LIMIT 1")).one()
    assert tuple(row) == (f"{DAY}/{village.town}", "open", [], village.village, village.town)
    told = session.execute(text("SELECT verb, subject_id, facts FROM event ORDER BY id DESC LIMIT 1")).one()
    assert tuple(told) == ("lot.drawn", village.town, {"day": str(DAY), "drawn": 2})


@pytest.mark.parametrize(
    ("more", "eligible"),
    [
        ({}, 20),
        ({"recorded": Recorded.AFTERWARDS}, 20),  # whoever writes all up afterwards is not out of reach
        ({"mode": Mode.FIELD}, 20),
        ({"mode": Mode.PHONE}, 0),
        ({"mode": Mode.HOSPITAL}, 0),
        ({"outcome": Outcome.NOBODY_HOME}, 0),
        ({"outcome": Outcome.REFUSED}, 0),
    ],
)
def test_somebody_was_met_in_person(session: Session, village: Village, more: dict[str, Any], eligible: int) -> None:
    fill(session, village, 20, **more)
    draw_back_checks(session, POLICY, NEXT)
    assert lots(session) == [(DAY, eligible, eligible // 20)]


def test_what_a_verifier_has_or_had_before_him_is_not_drawn(session: Session, village: Village) -> None:
    first, second, third, *_ = fill(session, village, 42)
    add_finding(session, first)
    add_finding(session, second, state=FindingState.DECIDED)
    add_finding(session, third, state=FindingState.SETTLED)
    draw_back_checks(session, POLICY, NEXT)
    assert lots(session) == [(DAY, 40, 2)]
    assert not {first, second} & set(drawn(session))


def test_a_repeat_of_another_record_is_not_drawn(session: Session, village: Village) -> None:
    child, parent, *_ = fill(session, village, 20)
    session.execute(
        text(
            "INSERT INTO same_visit (id, child_id, parent_id, kind, method, at)"
            " VALUES (:i, :c, :p, 'repeat', 'fixes', now())"
        ),
        {"i": ids.uuid7(), "c": child, "p": parent},
    )
    draw_back_checks(session, POLICY, NEXT)
    assert lots(session) == [(DAY, 19, 0)]


def test_one_back_check_a_home_a_quarter_even_after_a_merge(session: Session, village: Village) -> None:
    old = add_place(session, village, "旧", HOME)
    [earlier] = [add_visit(session, village, place=old, at=noon(DAY - timedelta(days=80)), received_at=noon(DAY))]
    add_finding(
        session, earlier, Cause.DRAWN, "x", state=FindingState.DECIDED, opened_at=noon(DAY - timedelta(days=80))
    )
    session.execute(text("UPDATE place SET merged_into_id = :h WHERE id = :o"), {"h": village.home, "o": old})
    for _ in range(20):
        add_visit(session, village, at=noon(), received_at=noon())
    draw_back_checks(session, POLICY, NEXT)
    assert lots(session) == [(DAY, 0, 0)]
    draw_back_checks(session, replace(POLICY, draw_home_days=79), NEXT + timedelta(days=1))
    assert lots(session) == [(DAY, 0, 0)]
    session.execute(text("DELETE FROM draw"))
    draw_back_checks(session, replace(POLICY, draw_home_days=79), NEXT)
    assert lots(session) == [(DAY, 20, 1)]


def test_of_one_home_at_most_one_visit_of_a_lot_is_drawn(session: Session, village: Village) -> None:
    for _ in range(60):
        add_visit(session, village, at=noon(), received_at=noon())
    draw_back_checks(session, POLICY, NEXT)
    assert lots(session) == [(DAY, 60, 1)]


def test_a_late_visit_falls_into_the_lot_of_the_day_on_which_it_came(session: Session, village: Village) -> None:
    fill(session, village, 20)
    draw_back_checks(session, POLICY, NEXT)
    late = DAY + timedelta(days=1)
    for n in range(20):
        place = add_place(session, village, f"晚{n}", HOME)
        add_visit(session, village, place=place, at=noon(DAY - timedelta(days=9)), received_at=noon(late))
    draw_back_checks(session, POLICY, NEXT + timedelta(days=1))
    assert lots(session) == [(DAY, 20, 1), (late, 20, 1)]


def test_a_town_too_small_for_a_lot_of_its_own_stays_in_the_pot(session: Session, village: Village) -> None:
    """Else whoever works in a small town would know that nobody ever looks."""
    for n in range(4):
        fill(session, village, 9, noon(DAY + timedelta(days=n)))
        draw_back_checks(session, POLICY, NEXT + timedelta(days=n))
    days = [DAY + timedelta(days=n) for n in range(4)]
    assert lots(session) == [(days[0], 9, 0), (days[1], 18, 0), (days[3], 9, 0), (days[2], 27, 1)] or lots(session) == [
        (days[0], 9, 0), (days[1], 18, 0), (days[2], 27, 1), (days[3], 9, 0),
    ]  # fmt: skip


def test_days_that_nobody_drew_are_caught_up(session: Session, village: Village) -> None:
    for n in range(3):
        fill(session, village, 20, noon(DAY + timedelta(days=n)))
    draw_back_checks(session, POLICY, NEXT + timedelta(days=2))
    assert lots(session) == [(DAY + timedelta(days=n), 20, 1) for n in range(3)]
    fill(session, village, 20, noon(DAY - timedelta(days=60)))
    draw_back_checks(session, POLICY, NEXT + timedelta(days=2))
    assert len(lots(session)) == 3


def test_no_more_than_verifiers_can_do_less_what_waits(session: Session, village: Village) -> None:
    fill(session, village, 100)
    small = replace(POLICY, draw_a_verifier=3)
    draw_back_checks(session, small, NEXT)
    assert lots(session) == [(DAY, 100, 3)]
    fill(session, village, 100, noon(DAY + timedelta(days=1)))
    draw_back_checks(session, small, NEXT + timedelta(days=1))
    assert lots(session)[1][2] == 0
    hire(session, village.town)
    hire(session, village.waterworks)  # sees nothing of the town
    hire(session, village.village)  # sees nothing but what lies under the village
    session.execute(text("UPDATE finding SET state = 'decided' WHERE id IN (SELECT id FROM finding LIMIT 2)"))
    fill(session, village, 200, noon(DAY + timedelta(days=2)))
    draw_back_checks(session, small, NEXT + timedelta(days=2))
    assert lots(session)[2][2] == 5


def test_without_a_verifier_nothing_is_drawn(session: Session) -> None:
    village = found(session)
    fill(session, village, 40)
    draw_back_checks(session, POLICY, NEXT)
    assert lots(session) == [(DAY, 40, 0)]


def test_visits_of_a_unit_in_no_town_have_a_lot_too(session: Session, village: Village) -> None:
    visits = fill(session, village, 20, unit=village.waterworks)
    session.execute(text("UPDATE visit SET town_id = NULL WHERE id = ANY(:v)"), {"v": visits})
    draw_back_checks(session, POLICY, NEXT)
    assert lots(session) == [(DAY, 20, 1)]
    key = session.scalar(text("SELECT cause_key FROM finding"))
    assert key == f"{DAY}/{village.waterworks}"


def test_every_visit_is_as_likely_as_every_other(session: Session, village: Village) -> None:
    """600 lots of 2 out of 40. Under a fair draw each of these fails with p < 1e-9: the chi-square of 39 degrees of
    freedom stays below 119, no visit is drawn 74 times or more (mean 30), none less than 3 times."""
    visits = fill(session, village, 40)
    counts = dict.fromkeys(visits, 0)
    pairs = set()
    for _ in range(600):
        draw_back_checks(session, POLICY, NEXT)
        chosen = drawn(session)
        assert len(set(chosen)) == 2
        pairs.add(frozenset(chosen))
        for visit in chosen:
            counts[visit] += 1
        session.execute(text("DELETE FROM finding"))
        session.execute(text("DELETE FROM draw"))
    mean = 600 * 2 / 40
    assert sum((count - mean) ** 2 / mean for count in counts.values()) < 119
    assert max(counts.values()) < 74
    assert min(counts.values()) >= 3
    assert len(pairs) > comb(40, 2) * 0.35


def test_who_comes_first_where_verifiers_are_few_is_chance_too(
    session: Session, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    shuffled = ids.shuffled
    monkeypatch.setattr(ids, "shuffled", lambda items: seen.append(list(items)) or shuffled(items))
    fill(session, village, 20)
    draw_back_checks(session, POLICY, NEXT)
    assert [len(items) for items in seen] == [1, 20]


def test_two_workers_at_once_draw_one_lot(house: House) -> None:
    def prepare(session: Session) -> None:
        village = found(session)
        hire(session, village.county)
        fill(session, village, 60)

    house.write(prepare)
    with ThreadPoolExecutor(4) as pool:
        work: Callable[[int], None] = lambda _: house.write(lambda s: draw_back_checks(s, POLICY, NEXT))  # noqa: E731
        list(pool.map(work, range(4)))
    assert house.read(lots) == [(DAY, 60, 3)]
    assert len(house.read(drawn)) == 3


def test_the_errand_comes_by_itself_and_draws(house: House) -> None:
    def prepare(session: Session) -> None:
        village = found(session)
        hire(session, village.county)
        fill(session, village, 20, clock.now() - timedelta(days=2))
        owe_due(session, house.policy)

    house.write(prepare)
    until_empty(house, 30, 0, lambda: False)
    assert len(house.read(drawn)) == 1
    left = text("SELECT count(*) FROM errand WHERE job = :j AND done_at IS NULL")
    assert house.read(lambda s: s.scalar(left, {"j": Job.DRAW_BACK_CHECKS.value})) == 0
