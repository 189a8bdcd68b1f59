"""Jobs that do more than call the core by name: what they read from their errand."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from sync import clock, errands, ids, pipeline
from sync.house import House
from sync.words import Job
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.handing import hand_in, open_edges
from tests.factories.village import Village, found
from worker.drain import run
from worker.jobs import JOBS


@pytest.fixture
def village(house: House) -> Village:
    return house.write(found)


def do(house: House, job: Job) -> None:
    """Do every errand of a job that is due, and leave the others."""
    others = text("UPDATE errand SET due_at = due_at + interval '1 day' WHERE job <> :j AND done_at IS NULL")
    house.write(lambda session: session.execute(others, {"j": job.value}))
    while claims := house.write(lambda session: errands.claim(session, 60)):
        run(house, claims)


def count(house: House, statement: str) -> Any:
    return house.read(lambda session: session.scalar(text(statement)))


def test_every_job_has_a_function() -> None:
    assert set(JOBS) == set(Job)


def test_visits_of_merged_places_are_compared_by_the_errands_of_the_merge(house: House, village: Village) -> None:
    at = this_morning()
    mine, theirs = batches.visit(village, at), batches.visit(village, at, place=village.unmapped, fixes=[])
    house.write(lambda session: hand_in(session, village.phone_li, mine))
    house.write(lambda session: hand_in(session, village.phone_chen, theirs))
    assert house.read(open_edges) == []
    house.write(lambda s: pipeline.merge_place(s, ids.uuid7(), village.unmapped, village.home, village.li))
    do(house, Job.LOOK_AGAIN)
    assert [(edge[0], edge[1]) for edge in house.read(open_edges)] == [(theirs["id"], mine["id"])]
    assert count(house, "SELECT count(*) FROM errand WHERE job = 'look_again' AND done_at IS NULL") == 0


def test_silence_confirms_by_the_periodic_errand(house: House, village: Village) -> None:
    visit = batches.visit(village, this_morning(), visitors=[village.li, village.chen])
    house.write(lambda session: hand_in(session, village.phone_li, visit))
    with clock.frozen(clock.now() + timedelta(days=4)):
        now = clock.now() - timedelta(days=4)
        house.write(lambda session: errands.owe(session, Job.CONFIRM_CO_VISITS, "confirm", due_at=now))
        do(house, Job.CONFIRM_CO_VISITS)
    assert count(house, "SELECT count(*) FROM visit_party WHERE confirmed_at IS NULL") == 0
    head = "SELECT count(*) FROM feed_item WHERE kind = 3"  # both cadres learn of it
    assert count(house, head) == 2


def test_obligations_appear_and_lapse_by_the_periodic_errands(house: House, village: Village) -> None:
    house.write(lambda session: errands.owe(session, Job.OWE_VISITS, "owe_visits"))
    do(house, Job.OWE_VISITS)
    owed = count(house, "SELECT count(*) FROM obligation WHERE state = 'owed'")
    assert owed >= 1
    fed = f"SELECT count(*) FROM feed_item WHERE kind = 10 AND scope = 'c:{village.li}' AND op = 'P'"
    assert count(house, fed) == owed
    house.write(
        lambda session: errands.owe(session, Job.OWE_VISITS, f"owe_visits/{ids.uuid7()}")
    )  # after the last link
    do(house, Job.OWE_VISITS)
    assert count(house, "SELECT count(*) FROM obligation") == owed
    house.write(
        lambda s: s.execute(text("UPDATE obligation SET lapses_at = now(), due_at = opens_at WHERE opens_at < now()"))
    )
    house.write(lambda session: errands.owe(session, Job.LAPSE_OBLIGATIONS, "lapse"))
    do(house, Job.LAPSE_OBLIGATIONS)
    assert count(house, "SELECT count(*) FROM obligation WHERE state = 'lapsed'") == 1
