"""Who sees what: each role once with what it is for, once with what it never sees, once beyond its units."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from sync import ids
from sync.access import SEES, Actor, HeldRole, Noun, Verb, above, may, sees, within
from sync.models import (
    Batch,
    Device,
    Link,
    Person,
    PersonRole,
    Place,
    Problem,
    Programme,
    Task,
    Unit,
    Visit,
    VisitParty,
)
from sync.words import (
    BatchState,
    ClockMethod,
    DeviceState,
    LinkCategory,
    Mode,
    Outcome,
    PlaceKind,
    PlaceState,
    Recorded,
    Role,
    SealedKind,
    TaskKind,
    TaskState,
    UnitKind,
    Urgency,
    Verdict,
)

NOON = datetime(2026, 3, 5, 4, tzinfo=UTC)
MODEL = {
    Noun.UNIT: Unit,
    Noun.COUNT: Unit,
    Noun.PLACE: Place,
    Noun.LINK: Link,
    Noun.VISIT: Visit,
    Noun.EVIDENCE: Visit,
    Noun.STORY: Visit,
    Noun.PROBLEM: Problem,
    Noun.TASK: Task,
    Noun.SEALED: Problem,
    Noun.BATCH: Batch,
    Noun.ACCOUNT: Person,
    Noun.DEVICE: Device,
}


@dataclass
class Side:
    """One half of the county: a town with one village, its cadre, and one row of every kind."""

    town: UUID
    village: UUID
    cadre: UUID
    rows: dict[Noun, set[UUID]]


@dataclass
class County:
    """Two halves, and the waterworks that handle the northern task."""

    id: UUID
    waterworks: UUID
    office: UUID
    north: Side
    south: Side


def add_unit(session: Session, kind: UnitKind, *above: UUID) -> UUID:
    unit = Unit(id=ids.uuid7(), kind=kind, name=kind.zh, sort_code="1", parent_id=above[0] if above else None)
    session.add(unit)
    session.flush()
    for depth, one in enumerate([unit.id, *above]):
        session.execute(text("INSERT INTO unit_above VALUES (:u, :a, :d)"), {"u": unit.id, "a": one, "d": depth})
    return unit.id


def add_person(session: Session) -> UUID:
    person_id = ids.uuid7()
    session.add(Person(id=person_id, staff_no=str(person_id), name="某人"))
    session.flush()
    return person_id


def add_visit(session: Session, village: UUID, place: UUID, cadre: UUID, device: UUID) -> UUID:
    visit_id = ids.uuid7()
    session.add(
        Visit(
            id=visit_id, place_id=place, unit_id=village, recorder_id=cadre, device_id=device, rev=1,
            outcome=Outcome.MET, mode=Mode.HOME, recorded=Recorded.NOW, started_at=NOON, ended_at=NOON,
            clock_method=ClockMethod.WALL, clock_uncertainty_s=1, received_at=NOON, verdict=Verdict.VERIFIED,
        )
    )  # fmt: skip
    return visit_id


def add_matter(
    session: Session, village: UUID, cadre: UUID, holder: UUID, sealed: SealedKind | None = None
) -> tuple[UUID, UUID]:
    task_id, problem_id = ids.uuid7(), ids.uuid7()
    session.add(
        Task(
            id=task_id, kind=TaskKind.HANDLING, state=TaskState.DISPATCHED, urgency=Urgency.ORDINARY, unit_id=village,
            holder_unit_id=holder, received_at=NOON, policy_version="1", sealed=sealed is not None,
        )
    )  # fmt: skip
    session.add(
        Problem(
            id=problem_id, unit_id=village, reporter_id=cadre, told_at=NOON, received_at=NOON, read_back=True,
            urgency=Urgency.ORDINARY, confidential=False, sealed_kind=sealed, task_id=task_id,
            text=None if sealed else "水管漏水",
        )
    )  # fmt: skip
    return task_id, problem_id


def add_side(session: Session, county: UUID, holder: UUID, programme: UUID) -> Side:
    town = add_unit(session, UnitKind.TOWN, county)
    village = add_unit(session, UnitKind.VILLAGE, town, county)
    cadre = add_person(session)
    session.add(PersonRole(id=ids.uuid7(), person_id=cadre, unit_id=village, role=Role.CADRE, valid=Range(None, None)))
    place, linked, device, batch = (ids.uuid7() for _ in range(4))
    for one in (place, linked):
        session.add(Place(id=one, kind=PlaceKind.HOUSEHOLD, unit_id=village, name="某户", state=PlaceState.ACTIVE))
    session.add(
        Device(
            id=device, person_id=cadre, state=DeviceState.ACTIVE, state_at=NOON, token_hash=device.bytes,
            token_expires_at=NOON, token_ends_at=NOON, receipt_key=b"k", enrolled_at=NOON, about={},
        )
    )  # fmt: skip
    session.flush()
    link = Link(
        id=ids.uuid7(), programme_id=programme, category=LinkCategory.NEEDY, cadre_id=cadre, place_id=linked,
        valid=Range(date(2020, 1, 1), None),
    )  # fmt: skip
    session.add(link)
    session.add(
        Batch(
            device_id=device, id=batch, sha256=b"h", size=1, received_at=NOON, received_on=NOON.date(),
            state=BatchState.DONE,
        )
    )  # fmt: skip
    visit = add_visit(session, village, place, cadre, device)
    task, problem = add_matter(session, village, cadre, holder)
    _, sealed = add_matter(session, village, cadre, holder, SealedKind.DISCIPLINE)
    session.flush()
    rows = {
        Noun.UNIT: {town, village}, Noun.COUNT: {town, village}, Noun.PLACE: {place, linked}, Noun.LINK: {link.id},
        Noun.VISIT: {visit}, Noun.EVIDENCE: {visit}, Noun.STORY: {visit}, Noun.PROBLEM: {problem}, Noun.TASK: {task},
        Noun.SEALED: {sealed}, Noun.BATCH: {batch}, Noun.ACCOUNT: {cadre}, Noun.DEVICE: {device},
    }  # fmt: skip
    return Side(town, village, cadre, rows)


@pytest.fixture
def county(session: Session) -> County:
    county = add_unit(session, UnitKind.COUNTY)
    waterworks = add_unit(session, UnitKind.DEPARTMENT, county)
    office = add_unit(session, UnitKind.DEPARTMENT, county)
    programme = Programme(id=ids.uuid7(), code=str(county), name="五联", office_id=office)
    session.add(programme)
    session.flush()
    north = add_side(session, county, waterworks, programme.id)
    return County(county, waterworks, office, north, add_side(session, county, county, programme.id))


def seen(session: Session, actor: Actor, noun: Noun) -> set[UUID]:
    model: Any = MODEL[noun]
    return set(session.scalars(within(actor, select(model.id), noun)))


def nouns_seen(session: Session, actor: Actor, county: County) -> dict[Noun, set[UUID]]:
    """All that somebody sees of the two halves, by noun; nothing is left out of a select that shows nothing."""
    known = {noun: county.north.rows[noun] | county.south.rows[noun] for noun in Noun}
    found = {noun: seen(session, actor, noun) & known[noun] for noun in Noun}
    return {noun: rows for noun, rows in found.items() if rows}


def holds(role: Role, unit: UUID, person: UUID | None = None) -> Actor:
    return Actor(person or ids.uuid7(), (HeldRole(role, unit),))


def test_somebody_without_a_role_sees_nothing(session: Session, county: County) -> None:
    assert nouns_seen(session, Actor(county.north.cadre), county) == {}


@pytest.mark.parametrize("role", [role for role in Role if role not in SEES])
def test_a_role_of_responsibility_opens_nothing_by_itself(session: Session, county: County, role: Role) -> None:
    assert nouns_seen(session, holds(role, county.id), county) == {}


def test_a_cadre_sees_own_links_visits_and_matters_and_no_other_home(session: Session, county: County) -> None:
    north = county.north
    shown = nouns_seen(session, holds(Role.CADRE, north.village, north.cadre), county)
    [link] = north.rows[Noun.LINK]
    linked = session.scalars(select(Link.place_id).where(Link.id == link)).one()
    assert shown.pop(Noun.PLACE) == {linked}
    assert shown.pop(Noun.UNIT) == {north.village}
    expected = set(Noun) - {Noun.PLACE, Noun.UNIT, Noun.COUNT, Noun.SEALED, Noun.ACCOUNT}
    assert shown == {noun: north.rows[noun] for noun in expected}


def test_a_cadre_sees_a_visit_made_together(session: Session, county: County) -> None:
    [visit] = county.north.rows[Noun.VISIT]
    session.add(VisitParty(visit_id=visit, person_id=county.south.cadre, is_recorder=False))
    session.flush()
    chen = holds(Role.CADRE, county.south.village, county.south.cadre)
    assert seen(session, chen, Noun.VISIT) == county.north.rows[Noun.VISIT] | county.south.rows[Noun.VISIT]


def test_a_link_that_has_ended_shows_its_place_no_more(session: Session, county: County) -> None:
    [link] = county.north.rows[Noun.LINK]
    session.get_one(Link, link).valid = Range(date(2020, 1, 1), date(2021, 1, 1))
    session.flush()
    assert seen(session, holds(Role.CADRE, county.north.village, county.north.cadre), Noun.PLACE) == set()


def test_a_reporter_sees_own_reports_and_no_household(session: Session, county: County) -> None:
    north = county.north
    shown = nouns_seen(session, holds(Role.REPORTER, north.village, north.cadre), county)
    assert shown == {noun: north.rows[noun] for noun in (Noun.PROBLEM, Noun.TASK, Noun.BATCH, Noun.DEVICE)}


def test_a_verifier_sees_evidence_of_units_below_and_no_word_of_it(session: Session, county: County) -> None:
    north = county.north
    shown = nouns_seen(session, holds(Role.VERIFIER, north.town), county)
    assert shown == {noun: north.rows[noun] for noun in (Noun.UNIT, Noun.VISIT, Noun.EVIDENCE, Noun.PLACE)}


def test_a_verifier_does_not_judge_the_own_unit(session: Session, county: County) -> None:
    shown = nouns_seen(session, holds(Role.VERIFIER, county.north.village), county)
    assert set(shown) == {Noun.UNIT}


def test_a_dispatcher_sees_problems_and_tasks_and_no_verdict(session: Session, county: County) -> None:
    north = county.north
    shown = nouns_seen(session, holds(Role.DISPATCHER, north.town), county)
    assert shown == {noun: north.rows[noun] for noun in (Noun.UNIT, Noun.PROBLEM, Noun.TASK)}


@pytest.mark.parametrize("role", [Role.HANDLER, Role.APPROVER])
def test_a_handling_unit_sees_the_tasks_it_holds_and_no_others(session: Session, county: County, role: Role) -> None:
    shown = nouns_seen(session, holds(role, county.waterworks), county)
    assert shown == {noun: county.north.rows[noun] for noun in (Noun.PROBLEM, Noun.TASK)}


def test_an_office_sees_the_links_of_its_programmes_and_no_visit(session: Session, county: County) -> None:
    shown = nouns_seen(session, holds(Role.PROGRAMME_OFFICE, county.office), county)
    assert set(shown) == {Noun.LINK, Noun.PLACE}
    assert shown[Noun.LINK] == county.north.rows[Noun.LINK] | county.south.rows[Noun.LINK]
    assert nouns_seen(session, holds(Role.PROGRAMME_OFFICE, county.waterworks), county) == {}


def test_a_leader_sees_counts_and_bare_tasks_of_units_below(session: Session, county: County) -> None:
    shown = nouns_seen(session, holds(Role.LEADER, county.north.town), county)
    assert shown == {noun: county.north.rows[noun] for noun in (Noun.UNIT, Noun.COUNT, Noun.TASK)}


def test_sealed_matters_are_seen_by_sealed_officers_alone(session: Session, county: County) -> None:
    shown = nouns_seen(session, holds(Role.SEALED_OFFICER, county.north.town), county)
    assert shown == {Noun.SEALED: county.north.rows[Noun.SEALED]}


def test_a_unit_administrator_sees_accounts_and_phones_and_no_household(session: Session, county: County) -> None:
    north = county.north
    shown = nouns_seen(session, holds(Role.UNIT_ADMIN, north.village), county)
    assert shown.pop(Noun.UNIT) == {north.village}
    assert shown == {noun: north.rows[noun] for noun in (Noun.ACCOUNT, Noun.DEVICE, Noun.BATCH)}


def test_a_security_administrator_sees_accounts_alone(session: Session, county: County) -> None:
    shown = nouns_seen(session, holds(Role.SECURITY_ADMIN, county.id), county)
    assert set(shown) == {Noun.UNIT, Noun.ACCOUNT}


def test_somebody_with_two_roles_sees_their_union(session: Session, county: County) -> None:
    both = Actor(
        ids.uuid7(), (HeldRole(Role.VERIFIER, county.north.town), HeldRole(Role.DISPATCHER, county.south.town))
    )
    shown = nouns_seen(session, both, county)
    assert shown[Noun.EVIDENCE] == county.north.rows[Noun.EVIDENCE]
    assert shown[Noun.PROBLEM] == county.south.rows[Noun.PROBLEM]
    assert shown[Noun.UNIT] == county.north.rows[Noun.UNIT] | county.south.rows[Noun.UNIT]


def test_a_role_held_at_two_units_gives_each_row_once(session: Session, county: County) -> None:
    twice = Actor(ids.uuid7(), (HeldRole(Role.LEADER, county.id), HeldRole(Role.LEADER, county.north.town)))
    rows = session.scalars(within(twice, select(Task.id), Noun.TASK)).all()
    assert len(rows) == len(set(rows)) == 2


def test_a_screen_has_the_blocks_of_its_roles(county: County) -> None:
    assert sees(holds(Role.VERIFIER, county.id), Noun.EVIDENCE)
    assert not sees(holds(Role.LEADER, county.id), Noun.EVIDENCE)
    assert not sees(Actor(ids.uuid7()), Noun.UNIT)


def test_codes_are_issued_by_an_administrator_above_and_by_nobody_else(session: Session, county: County) -> None:
    chain = session.scalars(above(county.north.village)).all()
    assert chain == [county.north.village, county.north.town, county.id]
    for unit in chain:
        assert may(holds(Role.UNIT_ADMIN, unit), Verb.ISSUE_CODE, chain)
    assert not may(holds(Role.UNIT_ADMIN, county.south.town), Verb.ISSUE_CODE, chain)
    assert not may(holds(Role.LEADER, county.id), Verb.ISSUE_CODE, chain)
    assert not may(holds(Role.UNIT_ADMIN, county.id), Verb.ISSUE_CODE)
