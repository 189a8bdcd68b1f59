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
from sync.access import Actor, HeldRole, above, may, sees, within
from sync.models import (
    Absence,
    Aid,
    Batch,
    Commitment,
    Device,
    Finding,
    LifeEventTold,
    Link,
    Needy,
    Obligation,
    Person,
    PersonRole,
    Place,
    Problem,
    Programme,
    ReadAudit,
    ReadOutlier,
    RetentionReport,
    SealKey,
    Task,
    Unit,
    Visit,
    VisitParty,
)
from sync.roles import SEES, Noun, Verb
from sync.words import (
    AbsenceReason,
    BatchState,
    Cause,
    ClockMethod,
    DeviceState,
    FindingState,
    LifeEvent,
    LinkCategory,
    Mode,
    ObligationState,
    Outcome,
    OwedFor,
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
    Noun.CONTACT: Place,
    Noun.LINK: Link,
    Noun.OBLIGATION: Obligation,
    Noun.VISIT: Visit,
    Noun.EVIDENCE: Visit,
    Noun.FINDING: Finding,
    Noun.STORY: Visit,
    Noun.PROBLEM: Problem,
    Noun.TASK: Task,
    Noun.SEALED: Problem,
    Noun.BATCH: Batch,
    Noun.ACCOUNT: Person,
    Noun.DEVICE: Device,
    Noun.SEAL_KEY: SealKey,
    Noun.READ: ReadAudit,
    Noun.OUTLIER: ReadOutlier,
    Noun.RETENTION: RetentionReport,
    Noun.LIFE_EVENT: LifeEventTold,
    Noun.COMMITMENT: Commitment,
    Noun.AID: Aid,
    Noun.NEEDY: Needy,
    Noun.ABSENCE: Absence,
}
ROW = {Noun.READ: ReadAudit.person_id, Noun.OUTLIER: ReadOutlier.person_id}  # what tells a row, where it is not its id


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


def add_officer(session: Session, unit: UUID, person: UUID | None = None) -> UUID:
    """A public key in use, of somebody who is named for reports on officials."""
    key = SealKey(
        id=ids.uuid7(), unit_id=unit, kind=SealedKind.DISCIPLINE, seat=1, person_id=person or add_person(session),
        public={}, made_at=NOON,
    )  # fmt: skip
    session.add(key)
    session.flush()
    return key.id


def add_obligation(
    session: Session,
    village: UUID,
    place: UUID,
    programme: UUID | None,
    holder: UUID | None,
    origin: OwedFor = OwedFor.CALLBACK,
) -> UUID:
    obligation_id = ids.uuid7()
    session.add(
        Obligation(
            id=obligation_id, place_id=place, unit_id=village, origin=origin, programme_id=programme,
            holder_id=holder, opens_at=NOON, due_at=NOON, lapses_at=NOON, provisional=False, pause_days=7,
            state=ObligationState.OWED, policy_version="1", made_at=NOON,
        )
    )  # fmt: skip
    return obligation_id


def add_life(session: Session, village: UUID, home: UUID, cadre: UUID, visit: UUID) -> dict[Noun, set[UUID]]:
    """What happened in a home, what was promised and given there, and the cadre's leave."""
    told = {"place_id": home, "unit_id": village}
    rows = {
        Noun.LIFE_EVENT: LifeEventTold(
            **told, id=ids.uuid7(), event=LifeEvent.HOSPITAL, happened_on=NOON.date(), told_by=cadre, told_at=NOON,
            device_id=ids.uuid7(), batch_id=ids.uuid7(), received_at=NOON,
        ),
        Noun.COMMITMENT: Commitment(
            **told, id=ids.uuid7(), visit_id=visit, rev=1, cadre_id=cadre, text="送工期表", due_on=NOON.date(),
            made_at=NOON,
        ),
        Noun.AID: Aid(
            **told, id=ids.uuid7(), visit_id=visit, rev=1, cadre_id=cadre, what="煤", source="民政",
            given_on=NOON.date(),
        ),
        Noun.NEEDY: Needy(id=ids.uuid7(), place_id=home, list="低保", valid=Range(NOON.date(), None)),
        Noun.ABSENCE: Absence(
            id=ids.uuid7(), person_id=cadre, deputy_id=add_person(session), valid=Range(NOON.date(), None),
            reason=AbsenceReason.LEAVE, told_by=cadre, told_at=NOON,
        ),
    }  # fmt: skip
    session.add_all(rows.values())
    session.flush()
    return {noun: {row.id} for noun, row in rows.items()}


def add_side(session: Session, county: UUID, holder: UUID, programme: UUID, report: UUID) -> Side:
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
    session.flush()
    finding = Finding(
        id=ids.uuid7(), visit_id=visit, unit_id=village, cause=Cause.SINGLE, cause_key="", reasons=[],
        state=FindingState.OPEN, opened_at=NOON,
    )  # fmt: skip
    session.add(finding)
    task, problem = add_matter(session, village, cadre, holder)
    _, sealed = add_matter(session, village, cadre, holder, SealedKind.DISCIPLINE)
    read = {"person_id": cadre, "unit_id": village, "at": NOON}
    session.add(ReadAudit(on=NOON.date(), fields="name", duty="reason", request="/", **read))
    session.add(
        ReadOutlier(
            week=date(2026, 3, 2), person_id=cadre, opened=99, places=9, without_duty=0, at_night=0, usual=1, why=[],
            at=NOON,
        )
    )  # fmt: skip
    officer = add_officer(session, village)
    session.flush()
    rows = {
        Noun.SEAL_KEY: {officer}, Noun.READ: {cadre}, Noun.OUTLIER: {cadre}, Noun.RETENTION: {report},
        Noun.UNIT: {town, village}, Noun.COUNT: {town, village}, Noun.PLACE: {place, linked}, Noun.LINK: {link.id},
        Noun.OBLIGATION: {add_obligation(session, village, linked, programme, cadre)},
        Noun.CONTACT: {linked},
        Noun.VISIT: {visit}, Noun.EVIDENCE: {visit}, Noun.STORY: {visit}, Noun.PROBLEM: {problem}, Noun.TASK: {task},
        Noun.SEALED: {sealed}, Noun.BATCH: {batch}, Noun.ACCOUNT: {cadre}, Noun.DEVICE: {device},
        Noun.FINDING: {finding.id},
    } | add_life(session, village, linked, cadre, visit)  # fmt: skip
    return Side(town, village, cadre, rows)


@pytest.fixture
def county(session: Session) -> County:
    county = add_unit(session, UnitKind.COUNTY)
    waterworks = add_unit(session, UnitKind.DEPARTMENT, county)
    office = add_unit(session, UnitKind.DEPARTMENT, county)
    programme = Programme(id=ids.uuid7(), code=str(county), name="五联", office_id=office)
    session.add(programme)
    session.flush()
    report = RetentionReport(id=ids.uuid7(), began_at=NOON, policy_version="1", lines={})
    session.add(report)
    north = add_side(session, county, waterworks, programme.id, report.id)
    return County(county, waterworks, office, north, add_side(session, county, county, programme.id, report.id))


def seen(session: Session, actor: Actor, noun: Noun) -> set[UUID]:
    model: Any = MODEL[noun]
    return set(session.scalars(within(actor, select(ROW.get(noun) or model.id), noun)))


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
    expected = set(Noun) - {Noun.PLACE, Noun.UNIT, Noun.COUNT, Noun.SEALED, Noun.ACCOUNT, Noun.FINDING, Noun.NEEDY}
    expected -= {Noun.SEAL_KEY, Noun.READ, Noun.OUTLIER, Noun.RETENTION}
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
    own = (Noun.PROBLEM, Noun.TASK, Noun.BATCH, Noun.DEVICE, Noun.LIFE_EVENT)
    assert shown == {noun: north.rows[noun] for noun in own}


def test_a_verifier_sees_evidence_of_units_below_and_no_word_of_it(session: Session, county: County) -> None:
    north = county.north
    shown = nouns_seen(session, holds(Role.VERIFIER, north.town), county)
    assert shown == {
        noun: north.rows[noun] for noun in (Noun.UNIT, Noun.VISIT, Noun.EVIDENCE, Noun.FINDING, Noun.PLACE)
    }


def test_a_verifier_does_not_judge_the_own_unit(session: Session, county: County) -> None:
    shown = nouns_seen(session, holds(Role.VERIFIER, county.north.village), county)
    assert set(shown) == {Noun.UNIT}


def test_a_dispatcher_sees_problems_and_tasks_and_no_verdict(session: Session, county: County) -> None:
    north = county.north
    shown = nouns_seen(session, holds(Role.DISPATCHER, north.town), county)
    assert shown == {noun: north.rows[noun] for noun in (Noun.UNIT, Noun.PROBLEM, Noun.TASK, Noun.LIFE_EVENT)}


@pytest.mark.parametrize("role", [Role.HANDLER, Role.APPROVER])
def test_a_handling_unit_sees_the_tasks_it_holds_and_no_others(session: Session, county: County, role: Role) -> None:
    shown = nouns_seen(session, holds(role, county.waterworks), county)
    assert shown == {noun: county.north.rows[noun] for noun in (Noun.PROBLEM, Noun.TASK)}


def test_an_office_sees_the_links_of_its_programmes_and_no_visit(session: Session, county: County) -> None:
    shown = nouns_seen(session, holds(Role.PROGRAMME_OFFICE, county.office), county)
    assert set(shown) == {Noun.LINK, Noun.OBLIGATION, Noun.PLACE, Noun.CONTACT, Noun.AID}
    for noun in (Noun.LINK, Noun.OBLIGATION, Noun.AID):
        assert shown[noun] == county.north.rows[noun] | county.south.rows[noun]
    assert nouns_seen(session, holds(Role.PROGRAMME_OFFICE, county.waterworks), county) == {}


def test_a_town_is_shown_what_is_owed_without_a_programme_or_by_nobody(session: Session, county: County) -> None:
    [linked] = county.north.rows[Noun.LINK]
    place = session.scalars(select(Link.place_id).where(Link.id == linked)).one()
    programme = session.scalars(select(Link.programme_id).where(Link.id == linked)).one()
    north, south = county.north, county.south
    event = add_obligation(session, north.village, place, None, north.cadre, OwedFor.LIFE_EVENT)
    nobodys = add_obligation(session, north.village, place, programme, None, OwedFor.PROGRAMME)
    add_obligation(session, south.village, min(south.rows[Noun.PLACE]), None, None, OwedFor.LIFE_EVENT)
    assert seen(session, holds(Role.PROGRAMME_OFFICE, county.north.town), Noun.OBLIGATION) == {event, nobodys}
    assert seen(session, holds(Role.PROGRAMME_OFFICE, county.waterworks), Noun.OBLIGATION) == set()


def test_an_office_of_a_town_sees_what_happened_below_and_who_is_on_the_lists(session: Session, county: County) -> None:
    north = county.north
    shown = nouns_seen(session, holds(Role.PROGRAMME_OFFICE, north.town), county)
    assert shown == {noun: north.rows[noun] for noun in (Noun.UNIT, Noun.LIFE_EVENT, Noun.NEEDY)}


def test_whoever_owes_the_contact_or_stands_in_sees_it_as_his_own(session: Session, county: County) -> None:
    north, chen = county.north, holds(Role.CADRE, county.south.village, county.south.cadre)
    [event], [absence] = north.rows[Noun.LIFE_EVENT], north.rows[Noun.ABSENCE]
    owed = add_obligation(session, north.village, min(north.rows[Noun.PLACE]), None, chen.person_id, OwedFor.LIFE_EVENT)
    session.flush()
    session.get_one(Obligation, owed).life_event_id = event
    session.get_one(Absence, absence).deputy_id = chen.person_id
    session.flush()
    assert seen(session, chen, Noun.LIFE_EVENT) >= {event}
    assert seen(session, chen, Noun.ABSENCE) >= {absence}


def test_a_leader_sees_counts_and_bare_tasks_of_units_below(session: Session, county: County) -> None:
    shown = nouns_seen(session, holds(Role.LEADER, county.north.town), county)
    assert shown == {noun: county.north.rows[noun] for noun in (Noun.UNIT, Noun.COUNT, Noun.TASK)}


def test_sealed_matters_are_seen_by_the_officers_named_for_their_kind_alone(session: Session, county: County) -> None:
    qian = add_person(session)
    officer = holds(Role.SEALED_OFFICER, county.north.town, qian)
    keys = county.north.rows[Noun.SEAL_KEY]
    assert nouns_seen(session, officer, county) == {Noun.SEAL_KEY: keys}, "the role alone opens nothing"
    key = session.get_one(SealKey, add_officer(session, county.north.town, qian))
    assert nouns_seen(session, officer, county) == {
        Noun.SEALED: county.north.rows[Noun.SEALED], Noun.SEAL_KEY: keys,
    }  # fmt: skip
    assert Noun.SEALED not in nouns_seen(session, holds(Role.SEALED_OFFICER, county.id, qian), county), (
        "named elsewhere"
    )
    key.kind = SealedKind.POLITICS_LAW
    session.flush()
    assert nouns_seen(session, officer, county) == {Noun.SEAL_KEY: keys}, "named for another kind"
    key.kind, key.ended_at = SealedKind.DISCIPLINE, NOON
    session.flush()
    assert nouns_seen(session, officer, county) == {Noun.SEAL_KEY: keys}, "named no more"


def test_a_unit_administrator_sees_accounts_and_phones_and_no_household(session: Session, county: County) -> None:
    north = county.north
    shown = nouns_seen(session, holds(Role.UNIT_ADMIN, north.village), county)
    assert shown.pop(Noun.UNIT) == {north.village}
    assert shown == {noun: north.rows[noun] for noun in (Noun.ACCOUNT, Noun.DEVICE, Noun.BATCH, Noun.ABSENCE)}


def test_three_administrators_see_settings_roles_and_trails_apart(session: Session, county: County) -> None:
    security = nouns_seen(session, holds(Role.SECURITY_ADMIN, county.id), county)
    assert set(security) == {Noun.UNIT, Noun.ACCOUNT, Noun.OUTLIER, Noun.SEAL_KEY}
    assert set(nouns_seen(session, holds(Role.AUDIT_ADMIN, county.id), county)) == {Noun.READ}
    assert set(nouns_seen(session, holds(Role.SYSTEM_ADMIN, county.id), county)) == {Noun.RETENTION}


def test_administrators_see_the_units_below_alone(session: Session, county: County) -> None:
    north = county.north
    assert seen(session, holds(Role.AUDIT_ADMIN, north.town), Noun.READ) == north.rows[Noun.READ]
    assert seen(session, holds(Role.SECURITY_ADMIN, north.town), Noun.OUTLIER) == north.rows[Noun.OUTLIER]
    assert seen(session, holds(Role.SECURITY_ADMIN, north.town), Noun.SEAL_KEY) == north.rows[Noun.SEAL_KEY]
    assert seen(session, holds(Role.SYSTEM_ADMIN, north.town), Noun.RETENTION) == set(), "of the whole cell"


def test_only_security_administrators_above_end_an_officers_key(session: Session, county: County) -> None:
    chain = session.scalars(above(county.north.town)).all()
    assert may(holds(Role.SECURITY_ADMIN, county.id), Verb.END_SEAL_KEY, chain)
    assert not may(holds(Role.SECURITY_ADMIN, county.south.town), Verb.END_SEAL_KEY, chain)
    for role in set(Role) - {Role.SECURITY_ADMIN}:
        assert not may(holds(role, county.id), Verb.END_SEAL_KEY, chain)


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


def test_only_verifiers_of_the_units_above_merge_places(session: Session, county: County) -> None:
    chain = session.scalars(above(county.south.village)).all()
    assert may(holds(Role.VERIFIER, county.south.town), Verb.MERGE_PLACES, chain)
    assert not may(holds(Role.VERIFIER, county.south.village), Verb.MERGE_PLACES, chain)
    assert not may(holds(Role.VERIFIER, county.north.town), Verb.MERGE_PLACES, chain)
    for role in set(Role) - {Role.VERIFIER}:
        assert not may(holds(role, county.id), Verb.MERGE_PLACES, chain)
