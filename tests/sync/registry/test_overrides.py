"""What a unit replaces of the policy: down the tree, from day to day, within the bounds of Restraint."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from sync import clock
from sync.errors import Problem
from sync.policy import defaults
from sync.registry.overrides import (
    end_override,
    evidence_told,
    overrides_at,
    resolve,
    set_override,
)
from tests.factories.village import Village, found

POLICY = defaults()


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


def radius_at(session: Session, unit: UUID, days: int = 0) -> float:
    [held] = resolve(session, POLICY, [(unit, clock.today() + timedelta(days=days))])
    return held.verify.radius_village_m


def test_without_overrides_the_file_holds_and_is_one_object(session: Session, village: Village) -> None:
    held = resolve(session, POLICY, [(village.village, clock.today()), (village.town, clock.today())])
    assert held[0] is held[1]
    assert (held[0].version, held[0].verify) == (POLICY.version, POLICY.verify)


def test_the_nearest_unit_decides_from_its_day_on(session: Session, village: Village) -> None:
    set_override(session, POLICY, village.county, "verify.radius_village_m", "300")
    set_override(session, POLICY, village.village, "verify.radius_village_m", "500")
    assert radius_at(session, village.village) == 500
    assert radius_at(session, village.town) == 300
    assert radius_at(session, village.waterworks) == 300
    assert radius_at(session, village.village, -1) == POLICY.verify.radius_village_m


def test_a_value_that_is_set_again_or_ended_holds_no_longer(session: Session, village: Village) -> None:
    set_override(session, POLICY, village.town, "verify.dwell_s", "60")
    set_override(session, POLICY, village.town, "verify.dwell_s", "120")
    [held] = resolve(session, POLICY, [(village.village, clock.today())])
    assert held.verify.dwell_s == 120
    assert held.version == f"{POLICY.version}+verify.dwell_s=120.0"
    end_override(session, village.town, "verify.dwell_s")
    assert resolve(session, POLICY, [(village.village, clock.today())])[0].version == POLICY.version
    with pytest.raises(Problem, match="not-found"):
        end_override(session, village.town, "verify.dwell_s")
    verbs = session.scalars(text("SELECT verb FROM event ORDER BY id")).all()
    assert verbs == ["policy.set", "policy.set", "policy.ended"]


def test_a_set_of_many_units_and_days_costs_one_statement(session: Session, village: Village) -> None:
    set_override(session, POLICY, village.village, "evidence.photos", "off")
    session.flush()
    counted: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *a: counted.append(a[2]))
    units = (village.village, village.town)
    asked = [(unit, clock.today() - timedelta(days=n)) for n in range(-5, 5) for unit in units]
    held = resolve(session, POLICY, asked)
    assert len(counted) == 1
    assert {one.takes_photos for one in held} == {True, False}
    assert len({id(one) for one in held}) == 2


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("verify.dwell_s", "soon"), ("verify.dwell_s", "-5"), ("verify.dwell_s", "nan"), ("verify.dwell_s", "inf"),
        ("verify.odd_hour_from", "22.5"), ("verify.nothing", "1"), ("push.records_max", "5"), ("version", "x"),
        ("verify.rejudge_chunk", "5"), ("evidence.location", "always"), ("evidence.asked_days_max", "900"),
        ("evidence.location", "asked"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_suit_is_refused(session: Session, village: Village, key: str, told: str) -> None:
    with pytest.raises(Problem, match="policy-invalid"):
        set_override(session, POLICY, village.town, key, told)
    assert overrides_at(session, village.town, clock.today()) == []


@pytest.mark.parametrize(("basis", "days"), [("", 30), (" ", 30), ("鲁办〔2026〕3号", None), ("鲁办〔2026〕3号", 91)])
def test_asked_needs_a_basis_and_an_end(session: Session, village: Village, basis: str, days: int | None) -> None:
    until = clock.today() + timedelta(days=days) if days else None
    with pytest.raises(Problem, match="policy-invalid"):
        set_override(session, POLICY, village.town, "evidence.location", "asked", until=until, basis=basis)


def test_asked_with_both_holds_until_its_end(session: Session, village: Village) -> None:
    until = clock.today() + timedelta(days=90)
    set_override(session, POLICY, village.town, "evidence.photos", "asked", until=until, basis="鲁办〔2026〕3号")
    [row] = overrides_at(session, village.village, clock.today())
    assert (row.value, row.until, row.basis, row.unit) == ("asked", until, "鲁办〔2026〕3号", "北沟镇")
    told = evidence_told(session, POLICY, [village.village], clock.today())["photos"]
    assert (told["mode"], told["basis"], told["until"]) == ("asked", "鲁办〔2026〕3号", until)
    after = evidence_told(session, POLICY, [village.village], until)["photos"]
    assert after.keys() == {"mode", "purpose", "days"}
    assert after["mode"] == "offered"
    with pytest.raises(Problem, match="policy-invalid"):
        set_override(session, POLICY, village.town, "evidence.photos", "off", until=clock.today())


def test_who_belongs_to_several_units_is_asked_the_least(session: Session, village: Village) -> None:
    set_override(session, POLICY, village.waterworks, "evidence.location", "off")
    held = evidence_told(session, POLICY, [village.village, village.waterworks], clock.today())
    assert [held[kind]["mode"] for kind in ("location", "photos")] == ["off", "offered"]
    nobody = evidence_told(session, POLICY, [], clock.today())
    assert [nobody[kind]["mode"] for kind in ("location", "photos")] == ["offered", "offered"]
