"""What many visits tell together: phones and places in another datum, positions that nobody had."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import errands, ids
from sync.geo.datum import from_wgs84
from sync.pipeline import count_datum_votes, learn_positions
from sync.registry import positions
from sync.words import Datum, Job
from tests.factories.batches import this_morning
from tests.factories.village import HOME, Village, add_phone
from tests.sync.pipeline.conftest import Add, Verdicts
from tests.sync.pipeline.test_context import visit


def gcj(lonlat: tuple[float, float]) -> tuple[float, float]:
    lon, lat = from_wgs84([lonlat[0]], [lonlat[1]], Datum.GCJ02)
    return float(lon[0]), float(lat[0])


def called(session: Session, device: UUID, model: str) -> UUID:
    about = "jsonb_build_object('model', CAST(:m AS text), 'app_version', '1')"
    session.execute(text(f"UPDATE device SET about = {about} WHERE id = :d"), {"m": model, "d": device})
    return device


def learn(verdicts: Verdicts) -> None:
    """As a worker does, with whatever is left over."""
    errands.owe(verdicts.session, Job.LEARN_POSITIONS, "learn_positions", dedupe_key="learn_positions")
    while True:
        owed = text("UPDATE errand SET due_at = now() - interval '1 s', priority = 1 WHERE job = 'learn_positions'")
        verdicts.session.execute(owed)
        [claim] = errands.claim(verdicts.session, 60) or [None]
        if claim is None or claim.job is not Job.LEARN_POSITIONS:
            verdicts.session.execute(text("UPDATE errand SET lease_until = NULL, attempt = 0 WHERE done_at IS NULL"))
            return
        learn_positions(verdicts.session, verdicts.policy, claim)
        errands.finish(verdicts.session, [claim])


def test_phones_that_are_shifted_at_many_places_are_read_so_from_now_on(
    session: Session, village: Village, verdicts: Verdicts, add_home: Add
) -> None:
    called(session, village.phone_li, "Redmi 9")
    at, spots = this_morning(), [(HOME[0] + 0.01 * n, HOME[1]) for n in range(3)]
    homes = [add_home(f"{n}户", spot) for n, spot in enumerate(spots)]
    told = [visit(village, at - timedelta(hours=n), homes[n % 3], gcj(spots[n % 3])) for n in range(5)]
    verdicts.hand_in(*told[:4])
    count_datum_votes(session, verdicts.policy)
    assert session.scalar(text("SELECT count(*) FROM datum_group")) == 0
    verdicts.hand_in(told[4])
    for _ in range(2):
        count_datum_votes(session, verdicts.policy)
    row = session.execute(text("SELECT model, app_version, provider, datum, votes FROM datum_group")).one()
    assert tuple(row) == ("Redmi 9", "1", "g", "g", {"visits": 5, "places": 3})
    assert verdicts.owed() == {"group/Redmi 9|1|g"}
    verdicts.run()
    assert {verdicts.of(one) for one in told} == {"verified"}
    straight = [visit(village, at - timedelta(days=1, hours=n), homes[n % 3], spots[n % 3]) for n in range(9)]
    verdicts.hand_in(*straight)
    assert {verdicts.of(one) for one in straight} == {"verified"}
    count_datum_votes(session, verdicts.policy)
    assert session.scalar(text("SELECT count(*) FROM datum_group")) == 0
    verdicts.run()
    assert {verdicts.of(one) for one in (*told, *straight)} == {"verified"}


def test_a_place_where_phones_are_shifted_that_are_not_so_elsewhere_waits_for_a_person(
    session: Session, village: Village, verdicts: Verdicts, add_home: Add
) -> None:
    """The import converted a position that was WGS 84 already: now every phone seems to speak GCJ-02 there."""
    at, real = this_morning(), (HOME[0] + 0.02, HOME[1])
    back = (2 * real[0] - gcj(real)[0], 2 * real[1] - gcj(real)[1])
    place = add_home("换算错的一户", back)
    for n, model in enumerate(("A", "B", "C")):
        device = ids.uuid7()
        add_phone(session, device, village.li)
        called(session, device, model)
        start = at - timedelta(days=n)
        verdicts.hand_in(visit(village, start, place, real), visit(village, start - timedelta(hours=2)), device=device)
    assert session.scalars(text("SELECT DISTINCT verdict FROM visit")).all() == ["verified"]
    for _ in range(2):
        tally = count_datum_votes(session, verdicts.policy)
    assert list(tally.places) == [place]
    [finding] = verdicts.findings()
    assert (finding.cause, finding.cause_key, finding.state) == ("address", str(place), "open")
    session.execute(text("UPDATE visit SET spot = NULL"))
    verdicts.again({"id": finding.visit_id})
    assert [one.state for one in verdicts.findings()] == ["open"]


def test_a_place_without_a_position_learns_it_and_nobody_teaches_himself(
    session: Session, village: Village, verdicts: Verdicts
) -> None:
    at = this_morning()
    taught = [visit(village, at - timedelta(days=n), village.unmapped) for n in (1, 2, 3)]
    verdicts.hand_in(*taught[:2])
    assert {verdicts.of(one) for one in taught[:2]} == {"unverifiable"}
    assert "PLACE_LEARNING" in verdicts.codes(taught[0])
    learn(verdicts)
    assert session.scalar(text("SELECT count(*) FROM place_position")) == 0
    verdicts.hand_in(taught[2], device=village.phone_chen)
    learn(verdicts)
    row = session.execute(text("SELECT n, method, visits, without FROM place_position")).one()
    assert (row.n, row.method) == (1, "learned")
    assert set(row.visits) == {one["id"] for one in taught}
    assert row.without[str(village.li)] is None
    assert row.without[str(village.chen)] is not None
    verdicts.run()
    assert [verdicts.of(one) for one in taught] == ["unverifiable", "unverifiable", "verified"]
    assert "PLACE_LEARNING" in verdicts.codes(taught[0])
    newcomer = visit(village, at, village.unmapped)
    verdicts.hand_in(newcomer, device=add(session, village))
    assert verdicts.of(newcomer) == "verified"


def add(session: Session, village: Village) -> UUID:
    """The phone of somebody new in the village."""
    person, device = ids.uuid7(), ids.uuid7()
    session.execute(text("INSERT INTO person (id, staff_no, name) VALUES (:i, 'N1', '新')"), {"i": person})
    role = "INSERT INTO person_role (id, person_id, unit_id, role) VALUES (:i, :p, :u, 'cadre')"
    session.execute(text(role), {"i": ids.uuid7(), "p": person, "u": village.village})
    add_phone(session, device, person)
    return device


def test_a_learned_place_whose_later_visits_agree_on_another_spot_needs_a_person(
    session: Session, village: Village, verdicts: Verdicts
) -> None:
    at, elsewhere = this_morning(), (HOME[0] + 0.008, HOME[1])
    for n in (1, 2, 3, 4):
        device = village.phone_li if n % 2 else village.phone_chen
        verdicts.hand_in(visit(village, at - timedelta(days=n + 10), village.unmapped), device=device)
    learn(verdicts)
    verdicts.run()
    session.execute(text("UPDATE place_position SET at = :at"), {"at": at - timedelta(days=10)})
    for n in (1, 2, 3, 4):
        device = village.phone_li if n % 2 else village.phone_chen
        verdicts.hand_in(visit(village, at - timedelta(days=n), village.unmapped, elsewhere), device=device)
    position = text("SELECT ST_AsText(position) FROM place WHERE id = :i")
    before = session.scalar(position, {"i": village.unmapped})
    [moved], further = positions.moved(session, verdicts.policy.verify, UUID(int=0), 500)
    assert (moved.place_id, further) == (village.unmapped, None)
    assert 600 < moved.metres < 800
    learn(verdicts)
    assert session.scalar(position, {"i": village.unmapped}) == before
    causes = {(one.cause, one.cause_key, one.state) for one in verdicts.findings()}
    assert causes == {("address", str(village.unmapped), "open")}


@pytest.mark.parametrize("mode", ["field", "phone"])
def test_visits_held_elsewhere_teach_nothing(session: Session, village: Village, verdicts: Verdicts, mode: str) -> None:
    for n in (1, 2, 3, 4):
        device = village.phone_li if n % 2 else village.phone_chen
        verdicts.hand_in(visit(village, this_morning() - timedelta(days=n), village.unmapped, mode=mode), device=device)
    learn(verdicts)
    assert session.scalar(text("SELECT count(*) FROM place_position")) == 0
