"""A village committee's year in a minute: five cadres with five links each, life events, homes locked up, a hand-over.

Batches, jobs and hand-overs are the real ones, day by day under a clock that is set; what the cadres do is drawn. All
of it happens in a database of its own, which is thrown away.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from csv import DictReader
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import orjson
from alembic import command
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.cli.database import config
from api.cli.private import Postgres, end, free_port, new_password
from sync import clock, ids, pipeline
from sync.access import Actor, HeldRole
from sync.duty.owing import Owed, owe_contacts
from sync.duty.sheets import Sheet, year_of
from sync.house import House
from sync.identity.actions import people
from sync.intake.actions import Offer, accept_batch
from sync.models import Device, Link, Person, Place
from sync.pipeline import handing_over
from sync.registry.handover import Asked, Holder
from sync.registry.imports.kinds import KINDS
from sync.registry.imports.run import import_rows
from sync.registry.workdays import replace_workdays, shipped_holidays
from sync.settings import Settings
from sync.words import Datum, DeviceState, LinkCategory, OwedFor, Role

VILLAGE, TOWN, COUNTY = "V1", "T1", "C1"
CADRES, HOMES = 5, 40
CATEGORIES = (
    LinkCategory.NEEDY, LinkCategory.OLD_PARTY_MEMBER, LinkCategory.LEFT_BEHIND, LinkCategory.ABLE_PERSON,
    LinkCategory.PETITION_MATTER,
)  # fmt: skip
EVENTS_A_YEAR = 24
# How likely each goes on a day: five cadres with links, and who is on duty for homes without.
ZEAL = {"S0": 0.16, "S1": 0.1, "S2": 0.07, "S3": 0.04, "S4": 0.02, "D0": 0.12}
CALLS = ("met", "met", "met", "met", "met", "nobody_home", "lives_away", "inconvenient")
EXCUSES = ("resident_declines", "unreachable", "other")
HANDED_OVER = (7, 1)  # month and day on which one cadre's links go to another
DUTY_FROM = (6, 1)  # until then nobody is on duty for homes without a link


@dataclass
class Cadre:
    """Somebody who visits: how likely on a day, and his phone."""

    id: UUID
    phone: UUID
    zeal: float
    batches: int = 0


@dataclass
class Committee:
    """The village with its people."""

    house: House
    random: Random
    unit: UUID
    office: Actor
    homes: list[UUID]
    cadres: list[Cadre]


def live(house: House, year: int, seed: int, told: Callable[[date], None]) -> Sheet:
    """Let a year pass in an empty installation, and one month more for what may still be late; its sheet."""
    first, last = date(year, 1, 1), date(year + 1, 1, 31)
    with clock.frozen(_at(first, 7)):
        committee = _found(house, Random(seed))  # noqa: S311  # the same seed lives the same year
    events = sorted(committee.random.sample(range(360), EVENTS_A_YEAR))
    day = first
    while day <= last:
        with clock.frozen(_at(day, 8)):
            house.write(lambda session: pipeline.owe_visits(session, house.policy, "owe_visits"))
            house.write(lambda session: pipeline.lapse_obligations(session, house.policy))
            if (day - first).days in events:
                _befall(committee)
            if (day.month, day.day) == HANDED_OVER:
                _hand_over(committee, committee.cadres[CADRES - 1], committee.cadres[0], day)
            if (day.month, day.day) == DUTY_FROM and day.year == year:
                _on_duty(committee)
        for cadre in committee.cadres:
            _work(committee, cadre, day)
        told(day)
        day += timedelta(days=1)
    with clock.frozen(_at(last, 23)):
        house.write(lambda session: pipeline.lapse_obligations(session, house.policy))
        return house.read(lambda session: year_of(session, committee.unit, year))


@contextmanager
def throwaway(folder: Path) -> Iterator[House]:
    """An empty installation on a PostgreSQL of its own, gone at the end."""
    server = Postgres(folder / "postgres", free_port(), new_password(), durable=False)
    process = server.start()
    try:
        server.create_database()
        command.upgrade(config(server.url()), "head")
        house = House.open(
            Settings(
                database_url=server.url(), redis_url="redis://127.0.0.1:1/0", secret_key=ids.token("year"),
                contact_keys="", blob_dir=folder / "blobs", durability_check=False,
            ),
            pool_size=1,
        )  # fmt: skip
        try:
            yield house
        finally:
            house.close()
    finally:
        server.stop("immediate")
        end(process)


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return clock.midnight(day) + timedelta(hours=hour, minutes=minute)


def _found(house: House, random: Random) -> Committee:
    units = [
        {"code": COUNTY, "name": "演示市", "kind": "county"},
        {"code": TOWN, "name": "演示镇", "kind": "town", "parent_code": COUNTY},
        {"code": VILLAGE, "name": "演示村", "kind": "village", "parent_code": TOWN},
    ]
    shipped = files("sync.duty").joinpath("programmes.csv").read_text(encoding="utf-8")
    programmes = [dict(row) for row in DictReader(shipped.splitlines()) if row["code"] in ("WULIAN", "WUBIFANG")]
    cadres = [_person(f"S{n}", f"干部{n}", "cadre", VILLAGE) for n in range(CADRES)]
    homes = [
        {"code": f"H{n:02d}", "kind": "household", "unit_code": VILLAGE, "name": f"{n + 1}号"} for n in range(HOMES)
    ]
    links = [
        {"programme": "WULIAN", "category": category.value, "staff_no": f"S{n}", "place_code": f"H{n * 5 + i:02d}"}
        for n in range(CADRES)
        for i, category in enumerate(CATEGORIES)
    ]
    plan: list[tuple[str, list[dict[str, str]]]] = [
        ("units", [unit | {"edition": "2026"} for unit in units]),
        (
            "cadres",
            [*cadres, _person("D0", "值班员", "reporter", VILLAGE), _person("O0", "主管", "programme_office", COUNTY)],
        ),
        ("programmes", [row | {"office_code": COUNTY} for row in programmes]),
        ("places", homes),
        ("links", links[:-1]),  # one cadre has found no petitioner's household: a gap
    ]
    house.write(lambda session: replace_workdays(session, shipped_holidays(), "holiday-cn"))
    for name, rows in plan:
        numbered = [(n, {key: value for key, value in row.items() if value}) for n, row in enumerate(rows, 2)]
        outcome = import_rows(house.write, KINDS[name], numbered, datum=Datum.WGS84)
        assert not outcome.faults, outcome.faults[:5]
    return house.write(lambda session: _committee(session, house, random))


def _person(staff_no: str, name: str, role: str, unit: str) -> dict[str, str]:
    return {"staff_no": staff_no, "name": name, "unit_code": unit, "role": role}


def _committee(session: Session, house: House, random: Random) -> Committee:
    unit = session.scalars(text("SELECT id FROM unit WHERE kind = 'village'")).one()
    county = session.scalars(text("SELECT id FROM unit WHERE kind = 'county'")).one()
    staff = {row.staff_no: row.id for row in session.query(Person.staff_no, Person.id)}
    cadres = []
    for staff_no, zeal in ZEAL.items():
        phone, now = ids.uuid7(), clock.now()
        session.add(
            Device(
                id=phone, person_id=staff[staff_no], state=DeviceState.ACTIVE, state_at=now, token_hash=phone.bytes,
                token_expires_at=now, token_ends_at=now, receipt_key=b"demo", enrolled_at=now, about={},
            )
        )  # fmt: skip
        cadres.append(Cadre(staff[staff_no], phone, zeal))
    homes = [row.id for row in session.query(Place.id).order_by(Place.code)]
    office = Actor(staff["O0"], (HeldRole(Role.PROGRAMME_OFFICE, county),))
    return Committee(house, random, unit, office, homes, cadres)


def _on_duty(committee: Committee) -> None:
    def work(session: Session) -> None:
        person = people.person_of_staff_no(session, "D0")
        people.give_role(session, person.id, Role.DUTY_PERSON, committee.unit)

    committee.house.write(work)


def _befall(committee: Committee) -> None:
    """A life event in any home: contact is owed within the hours of the policy."""
    now, policy = clock.now(), committee.house.policy
    owed = Owed(
        place_id=committee.random.choice(committee.homes), origin=OwedFor.LIFE_EVENT, opens_at=now,
        due_at=now + timedelta(hours=policy.duty.life_event_hours), life_event_id=ids.uuid7(),
    )  # fmt: skip
    committee.house.write(lambda session: owe_contacts(session, policy, [owed]))


def _hand_over(committee: Committee, giver: Cadre, taker: Cadre, day: date) -> None:
    asked = Asked(Holder(giver.id, None), Holder(taker.id, None), day)
    policy, now = committee.house.policy.feed, clock.now()

    def work(session: Session) -> None:
        if session.query(Link.id).filter(Link.cadre_id == giver.id, Link.valid.contains(day)).first():
            handing_over.hand_over(session, committee.office, ids.uuid7(), asked, policy, now)

    committee.house.write(work)


def _work(committee: Committee, cadre: Cadre, day: date) -> None:
    """A cadre looks at what is owed and goes to some of it; urgent matters more likely; sometimes an excuse."""
    random, records = committee.random, []
    start = _at(day, 9, random.randrange(60))
    query = text(
        "SELECT o.id, o.place_id, o.origin, o.due_at FROM obligation o JOIN place p ON p.id = o.place_id"
        " WHERE o.holder_id = :me AND o.state = 'owed' AND o.opens_at <= :at ORDER BY o.due_at, p.code, o.opens_at"
    )
    owed = committee.house.read(lambda session: session.execute(query, {"me": cadre.id, "at": start}).all())
    for one in owed:
        is_urgent = one.origin == OwedFor.LIFE_EVENT or one.due_at - start < timedelta(days=10)
        if random.random() < cadre.zeal * (3 if is_urgent else 0.4):
            records.append(_visit(one.place_id, start, random))
            start += timedelta(minutes=40)
        elif random.random() < 0.002:
            records.append(_excuse(one.id, start, random))
    if records:
        with clock.frozen(start + timedelta(hours=2)):
            _hand_in(committee.house, cadre, records)


def _visit(place: UUID, at: datetime, random: Random) -> dict[str, Any]:
    outcome = random.choice(CALLS)
    mode = "phone" if outcome == "lives_away" else random.choice(("home", "home", "door", "field"))
    return {
        "kind": "visit", "id": ids.uuid7(), "place": place, "outcome": outcome, "mode": mode,
        "recorded": random.choice(("now", "afterwards")), "started": {"wall": at},
        "ended": {"wall": at + timedelta(minutes=15)}, "note": f"演示记录 {random.randrange(10**6)}",
    }  # fmt: skip


def _excuse(obligation: UUID, at: datetime, random: Random) -> dict[str, Any]:
    return {
        "kind": "obligation_excuse", "id": ids.uuid7(), "obligation": obligation,
        "excuse": random.choice(EXCUSES), "text": "演示说明", "said": {"wall": at},
    }  # fmt: skip


def _hand_in(house: House, cadre: Cadre, records: list[dict[str, Any]]) -> None:
    cadre.batches += 1
    batch = ids.uuid7()
    body = orjson.dumps(
        {"schema": 1, "batch": batch, "device_seq": cadre.batches, "sent": {"at": clock.now()}, "records": records}
    )
    offer = Offer(cadre.phone, batch, hashlib.sha256(body).digest(), len(body), "identity", body)
    house.write(lambda session: accept_batch(session, offer))
    house.write(lambda session: pipeline.apply_batches(session, house.policy, [pipeline.Part(cadre.phone, batch)]))
