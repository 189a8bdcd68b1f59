"""What simulated cadres put right gives the screens something to show: corrections that apply and such that wait."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.demo import corrections
from api.demo.phone import Phone
from sync import clock
from tests.factories.edits import NUMBERS, add_contact, hand_in
from tests.factories.village import HOME, Village, found


@pytest.fixture
def village(session: Session) -> Village:
    village = found(session)
    add_contact(session, village.home)
    return village


def test_a_demo_phone_tells_what_its_home_is_like_and_some_of_it_waits_for_a_person(
    session: Session, village: Village
) -> None:
    home = (str(village.home), *HOME, str(village.village))
    phone = Phone("http://127.0.0.1:1", [home], seed=7)
    facts = corrections.facts_of(session, [home], NUMBERS)
    assert {one.is_own for one in facts.values()} == {True, False}  # a neighbour's home stands beside it
    results: Counter[tuple[str, str]] = Counter()
    now = clock.now()
    for n in range(400):
        records = corrections.told(phone, facts, home, now - timedelta(minutes=1000 - n))
        for result in hand_in(session, village.phone_li, *records) if records else ():
            results[result["state"], result.get("reason", "")] += 1
    assert {state for state, _ in results} == {"applied", "conflict"}
    reasons = {reason for state, reason in results if state == "conflict"}
    assert {"changed", "moved_far", "not_linked", "dissolved"} <= reasons
    assert session.scalar(text("SELECT count(*) FROM place WHERE state = 'proposed'"))
    fields = set(session.scalars(text("SELECT DISTINCT field FROM place_edit")))
    assert fields == {"phone", "contact_name", "name", "address", "position", "residence", "household"}


def test_most_doors_bring_no_correction_and_unknown_homes_none(session: Session, village: Village) -> None:
    home = (str(village.home), *HOME, str(village.village))
    phone = Phone("http://127.0.0.1:1", [home], seed=3)
    facts = corrections.facts_of(session, [home], NUMBERS)
    told = [corrections.told(phone, facts, home, clock.now()) for _ in range(200)]
    assert 5 < sum(bool(one) for one in told) < 60
    assert not any(corrections.told(phone, {}, home, clock.now()) for _ in range(200))
