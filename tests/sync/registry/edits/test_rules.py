"""Tellings about one field: what settles by itself, what waits, and that no order of arrival decides anything."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.registry.edits.fields import Field, Key
from sync.registry.edits.rules import Spot, Telling, Value, apart_m, heads, needed, same, settle
from sync.words import EditField, EditReason, EditState

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
LI, CHEN, ZHAO = (UUID(int=n) for n in (101, 102, 103))
APPLIED, OPEN = EditState.APPLIED, EditState.OPEN
NAMES = "XYZW"


def say(
    n: int, old: Value, new: Value, by: UUID = LI, at: int | None = None, needs: EditReason | None = None
) -> Telling:
    """The n-th telling, said at minute `at`."""
    return Telling(UUID(int=n), by, old, new, NOON + timedelta(minutes=n if at is None else at), needs)


def arrive(tellings: Sequence[Telling], base: Value = "X", decided_at: datetime | None = None) -> Field:
    """Let tellings come one by one."""
    field = Field(UUID(int=1), Key(UUID(int=2), EditField.ADDRESS), base, base, base, decided_at=decided_at)
    for one in tellings:
        field.catch_up()
        field.hear([one])
    return field


def states(field: Field) -> dict[int, EditState | None]:
    return {one.id.int: one.state for one in field.told}


def test_a_telling_that_knew_what_stands_applies() -> None:
    field = arrive([say(1, "X", "Y")])
    assert (field.stored, states(field), field.is_told, field.listed) == ("Y", {1: APPLIED}, True, "X")


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_two_that_did_not_know_of_each_other_wait_for_a_person(order: tuple[int, int]) -> None:
    both = {1: say(1, "X", "Y", LI), 2: say(2, "X", "Z", CHEN)}
    field = arrive([both[n] for n in order])
    assert field.stored == both[order[0]].new  # who came first stands meanwhile
    assert states(field) == {order[0]: APPLIED, order[1]: OPEN}


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (3, 1, 2)])
def test_a_chain_settles_in_any_order(order: tuple[int, ...]) -> None:
    chain = {1: say(1, "X", "Y", LI), 2: say(2, "Y", "Z", CHEN), 3: say(3, "Z", "X", ZHAO)}
    field = arrive([chain[n] for n in order])
    assert (field.stored, set(states(field).values())) == ("X", {APPLIED})


def test_two_who_say_the_same_agree() -> None:
    field = arrive([say(1, "X", "Y", LI), say(2, "X", "Y", CHEN)])
    assert (field.stored, field.opened) == ("Y", [])


def test_what_one_person_says_later_is_his_word() -> None:
    for order in ((1, 2), (2, 1)):
        both = {1: say(1, "X", "Y"), 2: say(2, "X", "Z")}
        assert arrive([both[n] for n in order]).stored == "Z"


def test_a_late_word_does_not_undo_a_newer_one_that_came_back_to_the_same() -> None:
    there_and_back = [say(2, "X", "Y", CHEN), say(3, "Y", "X", CHEN)]
    field = arrive([*there_and_back, say(1, "X", "Y", LI)])
    assert field.stored == "X"


def test_what_needs_a_person_never_applies_but_may_agree() -> None:
    far = say(1, "X", "Q", CHEN, needs=EditReason.NOT_LINKED)
    field = arrive([far, say(2, "X", "Y", LI)])
    assert (field.stored, states(field)) == ("Y", {1: OPEN, 2: APPLIED})
    field.hear([say(3, "Y", "Q", LI)])
    assert (field.stored, field.opened) == ("Q", [])


def test_what_was_said_before_a_decision_waits_again_whatever_it_knew() -> None:
    decided = NOON + timedelta(minutes=5)
    field = arrive([say(1, "V", "W")], base="V", decided_at=decided)
    assert (field.stored, len(field.opened)) == ("V", 1)
    field = arrive([say(9, "V", "W")], base="V", decided_at=decided)
    assert (field.stored, field.opened) == ("W", [])


def test_while_others_are_in_dispute_a_last_word_that_knew_what_stands_still_applies() -> None:
    field = arrive([say(1, "X", "Y", LI), say(2, "X", "Z", CHEN), say(3, "Y", "W", ZHAO)])
    assert (field.stored, states(field)) == ("W", {1: APPLIED, 2: OPEN, 3: APPLIED})
    field.hear([say(0, "W", "V", ZHAO)])  # older than whoever said W
    assert (field.stored, states(field)[0]) == ("W", OPEN)


def test_a_list_or_a_verifier_that_changed_the_registry_begins_a_new_story() -> None:
    field = arrive([say(1, "X", "Y", LI), say(2, "X", "Z", CHEN)])
    field.stored = "L"
    field.catch_up()
    assert (field.base, field.is_told, [one.id.int for one in field.told]) == ("L", False, [2])
    assert field.became[UUID(int=1)] == (APPLIED, False)
    field.hear([say(3, "L", "M", CHEN)])
    assert (field.stored, field.listed) == ("M", "L")


def test_positions_within_a_metre_are_one() -> None:
    here, beside, away = Spot(120.7591, 37.8082), Spot(120.759105, 37.8082), Spot(120.7600, 37.8082)
    assert (same(here, beside), same(here, away), same(here, None)) == (True, False, False)
    assert apart_m(here, away) == pytest.approx(79.2, abs=0.5)


@pytest.mark.parametrize(
    ("field", "old", "new", "base", "given_", "expected"),
    [
        (EditField.NAME, "a", "b", "a", {}, None),
        (EditField.NAME, "a", "b", "a", {"linked": False}, EditReason.NOT_LINKED),
        (EditField.RESIDENCE, "here", "moved_away", "here", {}, None),
        (EditField.RESIDENCE, "here", "dissolved", "here", {}, EditReason.DISSOLVED),
        (EditField.RESIDENCE, "dissolved", "here", "dissolved", {}, EditReason.DISSOLVED),
        (EditField.POSITION, None, Spot(120.0, 37.0), None, {}, EditReason.FIRST_POSITION),
        (EditField.POSITION, Spot(120.0, 37.0), Spot(120.0, 37.0004), Spot(120.0, 37.0), {}, None),
        (EditField.POSITION, Spot(120.0, 37.0), Spot(120.0, 37.0005), Spot(120.0, 37.0), {}, EditReason.MOVED_FAR),
        (
            EditField.POSITION, Spot(120.0, 37.0), Spot(120.0, 37.0001), Spot(120.0, 37.0), {"poor_fix": True},
            EditReason.FIX_DOUBTFUL,
        ),
    ],
)  # fmt: skip
def test_what_waits_for_a_person_anyway(
    field: EditField, old: Value, new: Value, base: Value, given_: dict[str, bool], expected: EditReason | None
) -> None:
    whole = {"linked": True, "poor_fix": False} | given_
    assert needed(field, old, new, base, move_m=50.0, **whole) is expected


TELLINGS = st.lists(
    st.tuples(
        st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from([LI, CHEN, ZHAO]), st.integers(0, 5),
        st.sampled_from([None, None, None, EditReason.NOT_LINKED]),
    ),
    min_size=1, max_size=7,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(TELLINGS, st.data())
def test_whatever_the_order_no_word_is_lost_and_the_same_is_asked(
    drawn: list[tuple[str, str, UUID, int, EditReason | None]], data: st.DataObject
) -> None:
    """Which field waits for a person does not hang on the order; nor does what stands where none is needed, nor what
    stands once a person has said so."""
    told = [say(n, old, new, by, at, needs) for n, (old, new, by, at, needs) in enumerate(drawn, 1)]
    orders = [told, data.draw(st.permutations(told)), data.draw(st.permutations(told))]
    fields = [arrive(order) for order in orders]
    for field in fields:
        assert sorted(one.id.int for one in field.told) == list(range(1, len(told) + 1))
        assert all(one.state in (APPLIED, OPEN) for one in field.told)
        waits = {one.id for one in field.opened}
        for one in heads([one for one in told if not one.needs]):
            assert one.id in waits or same(one.new, field.stored) or waits, "somebody's last word is heard or asked"
    asked = {bool(field.opened) for field in fields}
    assert len(asked) == 1
    if not asked.pop():
        assert len({field.stored for field in fields}) == 1
    at_once = settle("X", "X", None, told)
    assert (OPEN in at_once.states.values()) is bool(fields[0].opened)


@settings(max_examples=200, deadline=None)
@given(TELLINGS, st.data())
def test_a_telling_is_answered_conflict_or_stands_when_it_comes(
    drawn: list[tuple[str, str, UUID, int, EditReason | None]], data: st.DataObject
) -> None:
    """The answer of each record as it comes: applied only if the registry says its value, or a later word's, from then
    on; what the registry said when it came is changed by nobody who had not seen it."""
    told = [say(n, old, new, by, at, needs) for n, (old, new, by, at, needs) in enumerate(drawn, 1)]
    field = arrive([])
    for one in data.draw(st.permutations(told)):
        before, known = field.stored, [*field.told, one]
        field.hear([one])
        if not same(before, field.stored):
            saw = [other for other in known if same(other.new, field.stored) and not other.needs]
            assert saw, "nobody said what stands now"
        if one.needs and not same(one.new, field.stored):
            assert next(other for other in field.told if other.id == one.id).state is OPEN
