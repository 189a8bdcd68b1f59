"""Whose data it is: found once for erasing and copying, or refused by name."""

from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from sync.errors import Problem
from sync.privacy import exporting, subjects
from tests.factories import rows
from tests.factories.village import found

NOBODY = UUID(int=1)


@pytest.mark.parametrize("find", [subjects.household, subjects.one_contact, subjects.colleague])
def test_what_is_not_there_is_told(session: Session, find: object) -> None:
    assert callable(find)
    with pytest.raises(Problem) as caught:
        find(session, NOBODY)
    assert caught.value.code == "subject-unknown"
    assert subjects.of_places(session, NOBODY) == subjects.Subject()


def test_a_home_has_all_that_its_other_names_have(session: Session) -> None:
    village = found(session)
    shed = rows.add_place(session, village, "偏房")
    rows.merge_places(session, shed, village.home)
    rows.add_task(session, village, village.li, shed, text="在办")
    rows.add_task(session, village, village.li, village.home, text="办结", state="closed")
    rows.add_task(session, village, village.li, village.home, sealed=True)
    held = subjects.household(session, shed)
    assert set(held.places) == {village.home, shed}
    assert (len(held.problems), len(held.open)) == (1, 1), "sealed matters are nobody's but the officers'"
    assert len(subjects.whole(held).problems) == 2
    free = subjects.of_places(session, shed)
    assert (set(free.places), free.problems, free.open) == (set(held.places), held.problems, held.open)


def test_values_are_told_as_a_resident_reads_them() -> None:
    told = exporting.plain({"note": "x", "answers": [{"a": 1}, {"b": [2, 3]}]})
    assert told == "note: x\nanswers: a: 1; b: 2; 3"
