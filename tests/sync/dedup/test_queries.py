"""What is read around new visits: everything that could tie, each once."""

from datetime import timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.dedup.queries import spans
from sync.dedup.rules import tie_of
from tests.sync.dedup.test_rules import CHEN, LI, NINE, POLICY, told

GAP = timedelta(seconds=1800)


def test_visits_that_meet_are_one_span() -> None:
    two = [told(1), told(2, 60), told(3, 200)]
    assert spans(two, GAP) == [
        (two[0].door, NINE - GAP, NINE + timedelta(minutes=70) + GAP),
        (two[0].door, NINE + timedelta(minutes=170), NINE + timedelta(minutes=240)),
    ]


def test_each_door_has_spans_of_its_own() -> None:
    other = told(2, door=UUID(int=8))
    assert {door for door, *_ in spans([told(1), other], GAP)} == {other.door, told(1).door}


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3000), st.sampled_from([1, 10, 90, 2000])), min_size=1, max_size=4),
    st.tuples(st.integers(0, 3000), st.sampled_from([1, 10, 90, 2000])),
    st.sampled_from([LI, CHEN]),
)
def test_whatever_ties_is_read(new: list[tuple[int, int]], known: tuple[int, int], cadre: UUID) -> None:
    """The condition of the statement, in Python, against the rule."""
    fresh = [told(n + 1, *one) for n, one in enumerate(new)]
    stored = told(99, *known, cadre=cadre)
    look = timedelta(days=POLICY.look_days)
    read = any(low - look <= stored.started_at <= high and stored.ended_at >= low for _, low, high in spans(fresh, GAP))
    assert read or not any(tie_of(one, stored, POLICY) for one in fresh)
