"""Who may do what with a visit, and how many back-checks are drawn: pure."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.review.rules import (
    LOCATION,
    MOVES,
    QUESTIONS,
    Seen,
    Standing,
    asked_since,
    common_shift,
    may,
    may_appeal,
    middle,
    offered,
    refused_because,
    share_out,
    wanted,
)
from sync.words import Cause, Deciding, Verdict

NOW = datetime(2026, 3, 5, 4, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
OPEN = Standing([Seen(Cause.ADDRESS)])


def town(n: int) -> UUID:
    return UUID(int=n)


def test_every_decision_and_every_cause_has_its_place() -> None:
    assert set(MOVES) == set(Deciding)
    assert set(QUESTIONS) == set(Cause)
    assert all(any(cause in move.causes for move in MOVES.values()) for cause in Cause)
    assert all(move.for_groups <= move.causes for move in MOVES.values())


def test_a_drawn_visit_is_closed_by_a_verdict_and_by_nothing_else() -> None:
    closing = {deciding for deciding, move in MOVES.items() if Cause.DRAWN in move.closes}
    assert closing == {deciding for deciding, move in MOVES.items() if move.verdict} == {
        Deciding.CONFIRM, Deciding.REFUSE,
    }  # fmt: skip
    assert Cause.DRAWN not in LOCATION


def test_only_a_refusal_is_never_given_to_a_group() -> None:
    assert Deciding.REFUSE not in {deciding for cause in Cause for deciding in offered(cause)}
    assert offered(Cause.AREA) == [Deciding.CONFIRM, Deciding.ASK, Deciding.CORRECT_DATUM]


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (Standing([Seen(Cause.ADDRESS)], is_own_unit=True, took_part=True, is_held=True), "own-unit"),
        (Standing([Seen(Cause.ADDRESS)], took_part=True, is_held=True), "took-part"),
        (Standing([]), "already-decided"),
        (Standing([], repeats=True), "visit-repeats"),
        (Standing([Seen(Cause.ADDRESS)], is_held=True), "row-held"),
        (Standing([Seen(Cause.REPEAT)]), "not-for-this-cause"),
        (Standing([Seen(Cause.REPEAT), Seen(Cause.ADDRESS)]), None),
        (OPEN, None),
    ],
)
def test_why_a_visit_is_not_confirmed(standing: Standing, code: str | None) -> None:
    assert refused_because(Deciding.CONFIRM, standing, NOW, None) == code


@pytest.mark.parametrize(
    ("seen", "opens", "code"),
    [
        (Seen(Cause.ADDRESS), None, "refuse-too-early"),
        (Seen(Cause.ADDRESS, asked_at=NOW), LATER, "refuse-too-early"),
        (Seen(Cause.ADDRESS, asked_at=NOW), NOW, None),
        (Seen(Cause.ADDRESS, answered_at=NOW), None, None),
        (Seen(Cause.APPEAL), None, None),
    ],
)
def test_refusing_opens_when_the_cadre_was_heard(seen: Seen, opens: datetime | None, code: str | None) -> None:
    assert refused_because(Deciding.REFUSE, Standing([seen]), NOW, opens) == code


def test_a_phone_is_shared_only_where_another_than_its_holder_wrote_with_it() -> None:
    lent, own = Standing([Seen(Cause.DEVICE)], is_lent=True), Standing([Seen(Cause.DEVICE)])
    assert refused_because(Deciding.DECLARE_SHARING, lent, NOW, None) is None
    assert refused_because(Deciding.DECLARE_SHARING, own, NOW, None) == "not-for-this-cause"
    elsewhere = Standing([Seen(Cause.ADDRESS)], is_lent=True)
    assert refused_because(Deciding.DECLARE_SHARING, elsewhere, NOW, None) == "not-for-this-cause"
    assert offered(Cause.DEVICE) == [Deciding.CONFIRM, Deciding.ASK, Deciding.DECLARE_SHARING]


def test_an_appeal_is_judged_by_another_than_the_one_who_refused() -> None:
    appeal, other = Seen(Cause.APPEAL, answered_at=NOW), Seen(Cause.REPEAT)
    mine = Standing([appeal, other], refused_it=True)
    codes = {deciding: refused_because(deciding, mine, LATER, NOW) for deciding in MOVES}
    assert {deciding for deciding, code in codes.items() if code == "own-refusal"} == {
        Deciding.CONFIRM, Deciding.ASK, Deciding.REFUSE, Deciding.CORRECT_ADDRESS,
    }  # fmt: skip
    assert codes[Deciding.SAME_VISIT] is None
    assert codes[Deciding.CORRECT_DATUM] == "not-for-this-cause"
    assert refused_because(Deciding.CONFIRM, Standing([appeal]), LATER, NOW) is None
    assert refused_because(Deciding.CONFIRM, Standing([Seen(Cause.DRAWN)], refused_it=True), LATER, NOW) is None


@given(
    st.lists(st.sampled_from(Cause)), st.booleans(), st.booleans(), st.booleans(),
    st.none() | st.just(NOW), st.none() | st.just(LATER),
)  # fmt: skip
def test_nobody_refuses_whom_nobody_heard(
    causes: list[Cause], own: bool, took_part: bool, held: bool, asked: datetime | None, opens: datetime | None
) -> None:
    standing = Standing([Seen(cause, asked) for cause in causes], own, took_part, held)
    open_to = may(standing, NOW, opens)
    if Cause.APPEAL not in causes:
        assert not open_to[Deciding.REFUSE]
    if own or took_part or held or not causes:
        assert not any(open_to.values())


def test_the_first_question_begins_the_term() -> None:
    assert asked_since([Seen(Cause.ADDRESS, LATER), Seen(Cause.DRAWN, NOW), Seen(Cause.PHOTO)]) == NOW
    assert asked_since([Seen(Cause.ADDRESS)]) is None


def test_only_against_a_refusal_and_once_at_a_time_one_appeals() -> None:
    assert may_appeal(Verdict.REFUSED, [])
    assert not may_appeal(Verdict.REFUSED, [Cause.APPEAL])
    assert not may_appeal(Verdict.DOUBTFUL, [])


def test_the_middle_is_what_most_agree_on() -> None:
    assert middle([(1.0, 1.0), (1.0, 1.0), (90.0, 50.0)]) == (1.0, 1.0)
    assert middle([]) is None


def test_a_home_that_is_visited_often_weighs_no_more_than_another() -> None:
    often = [(5.0, 5.0)] * 20
    assert common_shift({town(1): often, town(2): [(1.0, 0.0)], town(3): [(1.0, 0.0)]}) == (1.0, 0.0)
    assert common_shift({}) is None


@given(st.integers(0, 100_000))
def test_never_more_than_the_share(eligible: int) -> None:
    assert 0.05 * eligible - 1 < wanted(eligible, 0.05) <= 0.05 * eligible + 1e-6


def test_exact_shares_are_not_lost_to_rounding() -> None:
    assert [wanted(n * 20, 0.05) for n in range(1, 300)] == list(range(1, 300))


def test_local_verifiers_work_first_so_that_nobody_is_idle_while_another_is_full() -> None:
    local, county = UUID(int=100), UUID(int=200)
    seers = {town(1): [county, local], town(2): [county]}
    assert share_out({town(1): 5, town(2): 5}, {}, seers, 5) == {town(1): 5, town(2): 5}


def test_what_waits_already_takes_its_part() -> None:
    only = UUID(int=100)
    assert share_out({town(1): 9}, {town(1): 4, town(3): 7}, {town(1): [only]}, 5) == {town(1): 1}
    assert share_out({town(1): 9}, {town(1): 50}, {town(1): [only]}, 5) == {town(1): 0}
    assert share_out({town(1): 9}, {}, {}, 5) == {town(1): 0}


@given(
    st.dictionaries(st.integers(1, 6).map(town), st.integers(0, 40), min_size=1),
    st.dictionaries(st.integers(1, 6).map(town), st.integers(0, 20)),
    st.dictionaries(st.integers(1, 6).map(town), st.sets(st.integers(100, 104).map(town))),
    st.integers(0, 20),
)
def test_nobody_gets_more_than_he_can_do(
    lots: dict[UUID, int], waiting: dict[UUID, int], seers: dict[UUID, set[UUID]], each: int
) -> None:
    given_ = share_out(lots, waiting, seers, each)
    people = {person for able in seers.values() for person in able}
    assert sum(given_.values()) <= each * len(people)
    assert all(0 <= given_[one] <= lots[one] for one in lots)
    assert all(given_[one] == 0 for one in lots if not seers.get(one))
