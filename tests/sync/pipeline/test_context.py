"""What visits say about each other, through the road: travel, equal coordinates, phones, units."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.geo.datum import from_wgs84
from sync.models import DeviceShare
from sync.pipeline import owe_rejudge
from sync.registry import overrides
from sync.words import Datum
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.village import HOME, Village
from tests.sync.pipeline.conftest import Add, Verdicts

FAR_HOME = (HOME[0] + 0.35, HOME[1])  # about 31 km to the east
DIGITS = iter(range(1, 10_000))


def fixes(at: datetime, lonlat: tuple[float, float], count: int = 5, **changes: Any) -> list[dict[str, Any]]:
    """Fixes every two minutes, no two of which are equal to 6 decimals."""
    return [
        {
            "lon": lonlat[0] + next(DIGITS) * 1e-6 % 2e-4, "lat": lonlat[1] + i * 1e-5 + next(DIGITS) * 1e-6 % 1e-4,
            "at": at + timedelta(minutes=2 * i), "accuracy_m": 12.0, "provider": "gps",
        } | changes
        for i in range(count)
    ]  # fmt: skip


def visit(
    village: Village, at: datetime, place: UUID | None = None, lonlat: tuple[float, float] = HOME, **changes: Any
) -> dict[str, Any]:
    told = {"place": place or village.home, "fixes": fixes(at, lonlat)}
    return batches.visit(village, at, **(told | changes))


def test_two_homes_half_an_hour_apart_in_a_minute_are_doubtful_together(
    village: Village, verdicts: Verdicts, add_home: Add
) -> None:
    at, far = this_morning(), add_home("远处一户", FAR_HOME)
    near, distant = visit(village, at), visit(village, at + timedelta(minutes=11), far, FAR_HOME)
    verdicts.hand_in(near, distant)
    assert [verdicts.of(one) for one in (near, distant)] == ["doubtful", "doubtful"]
    told = verdicts.reason(distant, "LOC_TELEPORT")["facts"]
    assert told["visits"] == [str(near["id"])]
    assert told["kmh"] > 120
    assert {finding.cause for finding in verdicts.findings()} == {"single"}


def test_a_phone_lent_undeclared_cannot_be_in_two_places_either(
    session: Session, village: Village, verdicts: Verdicts, add_home: Add
) -> None:
    """Chen and Zhou write with Li's phone, at the same time, 31 km apart; declared sharing asks nothing."""
    at, far = this_morning(), add_home("远处一户", FAR_HOME)
    chens = visit(village, at, recorder=village.chen)
    zhous = visit(village, at + timedelta(minutes=3), far, FAR_HOME, recorder=village.zhou)
    verdicts.hand_in(chens)
    verdicts.hand_in(zhous)
    verdicts.run()
    assert [verdicts.of(one) for one in (chens, zhous)] == ["doubtful", "doubtful"]
    assert {"LOC_TELEPORT", "DEVICE_SHARED"} <= verdicts.codes(zhous)
    assert {finding.cause for finding in verdicts.findings()} == {"device"}
    for person in (village.chen, village.zhou):
        session.add(DeviceShare(device_id=village.phone_li, person_id=person, by=village.li, at=clock.now()))
    session.flush()
    for one in (chens, zhous):
        owe_rejudge(session, f"visit/{one['id']}")
    verdicts.run()
    assert [verdicts.of(one) for one in (chens, zhous)] == ["verified", "verified"]


def test_the_drive_that_a_car_can_make_is_no_sign(village: Village, verdicts: Verdicts, add_home: Add) -> None:
    at, far = this_morning(), add_home("远处一户", FAR_HOME)
    near, distant = visit(village, at), visit(village, at + timedelta(minutes=45), far, FAR_HOME)
    verdicts.hand_in(near, distant)
    assert [verdicts.of(one) for one in (near, distant)] == ["verified", "verified"]
    assert verdicts.findings() == []


def test_a_later_batch_owes_the_stored_neighbour_a_second_look(
    village: Village, verdicts: Verdicts, add_home: Add
) -> None:
    at, far = this_morning(), add_home("远处一户", FAR_HOME)
    near, distant = visit(village, at), visit(village, at + timedelta(minutes=11), far, FAR_HOME)
    verdicts.hand_in(near)
    assert verdicts.of(near) == "verified"
    verdicts.hand_in(distant)
    assert verdicts.of(distant) == "doubtful"
    assert verdicts.owed() == {f"visit/{near['id']}"}
    verdicts.run()
    assert verdicts.of(near) == "doubtful"
    assert [row.verdict for row in verdicts.history(near)] == ["verified", "doubtful"]
    assert {finding.visit_id for finding in verdicts.findings()} == {near["id"], distant["id"]}


def test_the_order_of_batches_decides_nothing(village: Village, verdicts: Verdicts, add_home: Add) -> None:
    at, far = this_morning(), add_home("远处一户", FAR_HOME)
    near, distant = visit(village, at), visit(village, at + timedelta(minutes=11), far, FAR_HOME)
    verdicts.hand_in(distant)
    verdicts.hand_in(near)
    verdicts.run()
    backwards = [verdicts.history(one)[-1][1:4] for one in (near, distant)]
    again = [one | {"id": ids.uuid7()} for one in (near, distant)]
    verdicts.session.execute(text("TRUNCATE visit, visit_verdict, visit_delta, place_seen CASCADE"))
    verdicts.hand_in(*again)
    assert [verdicts.history(one)[-1].verdict for one in again] == [row[0] for row in backwards]
    assert [verdicts.history(one)[-1].numbers for one in again] == [row[2] for row in backwards]


def test_a_visit_outside_its_place_taints_no_neighbour(village: Village, verdicts: Verdicts, add_home: Add) -> None:
    """The second was written in the office 31 km away; the first was honestly made."""
    at, other = this_morning(), add_home("另一户", (HOME[0] + 0.002, HOME[1]))
    honest = visit(village, at)
    elsewhere = visit(village, at + timedelta(minutes=11), other, FAR_HOME)
    verdicts.hand_in(honest, elsewhere)
    assert (verdicts.of(honest), verdicts.of(elsewhere)) == ("verified", "doubtful")
    assert verdicts.codes(elsewhere) == {"LOC_OUTSIDE"}


def test_one_cadre_at_two_doors_at_once_is_doubtful(village: Village, verdicts: Verdicts, add_home: Add) -> None:
    at, lonlat = this_morning(), (HOME[0] + 0.02, HOME[1])
    other = add_home("另一户", lonlat)
    one = visit(village, at, ended={"wall": at + timedelta(minutes=30)}, fixes=fixes(at, HOME, 15))
    two = visit(village, at + timedelta(minutes=10), other, lonlat)
    verdicts.hand_in(one, two)
    assert "OVERLAP_SELF" in verdicts.codes(one) & verdicts.codes(two)


def test_an_end_that_was_forgotten_is_no_overlap(village: Village, verdicts: Verdicts, add_home: Add) -> None:
    """Li pressed "end" at the next door: the fixes show when he had left."""
    at, lonlat = this_morning(), (HOME[0] + 0.02, HOME[1])
    other = add_home("另一户", lonlat)
    one = visit(village, at, ended={"wall": at + timedelta(minutes=40)})
    two = visit(village, at + timedelta(minutes=20), other, lonlat)
    verdicts.hand_in(one, two)
    assert [verdicts.of(visit_) for visit_ in (one, two)] == ["verified", "verified"]


def test_what_was_written_down_afterwards_or_by_telephone_is_nowhere(
    village: Village, verdicts: Verdicts, add_home: Add
) -> None:
    at, far = this_morning(), add_home("远处一户", FAR_HOME)
    near = visit(village, at)
    evening = visit(village, at + timedelta(minutes=5), far, FAR_HOME, recorded="afterwards")
    called = visit(village, at + timedelta(minutes=6), far, FAR_HOME, mode="phone")
    verdicts.hand_in(near, evening, called)
    assert [verdicts.of(one) for one in (near, evening, called)] == ["verified", "unverifiable", "unverifiable"]


def test_a_leaders_visit_written_by_the_secretary_is_never_held_against_them(
    village: Village, verdicts: Verdicts, add_home: Add
) -> None:
    """代录: Chen visited, Li wrote it in the office; two such records at the desk share coordinates."""
    at, far = this_morning(), add_home("远处一户", FAR_HOME)
    desk = fixes(at, HOME, 1, lon=HOME[0], lat=HOME[1])
    own = visit(village, at - timedelta(minutes=12))
    written = [
        visit(village, at, far, visitors=[village.chen], fixes=desk),
        visit(village, at, village.unmapped, visitors=[village.chen], fixes=desk),
    ]
    verdicts.hand_in(own, *written)
    assert [verdicts.of(one) for one in (own, *written)] == ["verified", "unverifiable", "unverifiable"]
    assert "RECORDED_BY_OTHER" in verdicts.codes(written[0])
    spots = "SELECT count(*) FROM visit WHERE spot IS NOT NULL"
    assert verdicts.session.scalar(text(spots)) == 1


def test_the_same_satellite_coordinates_at_three_doors_are_doubtful(
    village: Village, verdicts: Verdicts, add_home: Add
) -> None:
    at = this_morning()
    frozen = {"lon": HOME[0], "lat": HOME[1]}
    homes = [village.home, add_home("二户", (HOME[0] + 0.001, HOME[1])), add_home("三户", (HOME[0], HOME[1] + 0.001))]
    told = [
        visit(village, start, home, fixes=fixes(start, HOME, **frozen))
        for home, start in zip(homes, (at - timedelta(hours=n) for n in (2, 1, 0)), strict=True)
    ]
    verdicts.hand_in(*told[:2])
    assert verdicts.reason(told[0], "LOC_FROZEN")["weight"] == 0.5
    assert [verdicts.of(one) for one in told[:2]] == ["verified", "verified"]
    verdicts.hand_in(told[2])
    verdicts.run()
    assert [verdicts.of(one) for one in told] == ["doubtful"] * 3
    assert {(finding.cause, finding.cause_key) for finding in verdicts.findings()} == {
        ("device", str(village.phone_li))
    }


@pytest.mark.parametrize("provider", ["gps", "network"])
def test_a_kept_position_at_one_home_on_two_days_weighs_nothing(
    village: Village, verdicts: Verdicts, provider: str
) -> None:
    kept = {"lon": HOME[0], "lat": HOME[1], "provider": provider}
    days = [this_morning() - timedelta(days=n) for n in (2, 0)]
    told = [visit(village, day, fixes=fixes(day, HOME, **kept)) for day in days]
    for one in told:
        verdicts.hand_in(one)
    verdicts.run()
    assert [verdicts.of(one) for one in told] == ["verified", "verified"]
    assert verdicts.findings() == []


def test_network_positions_repeat_honestly_at_many_doors(village: Village, verdicts: Verdicts, add_home: Add) -> None:
    at = this_morning()
    kept = {"lon": HOME[0], "lat": HOME[1], "provider": "network", "accuracy_m": 30.0}
    homes = [add_home(f"{n}户", (HOME[0] + 0.0005 * n, HOME[1])) for n in range(4)]
    told = [
        visit(village, at - timedelta(minutes=30 * n), home, fixes=fixes(at - timedelta(minutes=30 * n), HOME, **kept))
        for n, home in enumerate(homes)
    ]
    verdicts.hand_in(*told)
    assert {verdicts.of(one) for one in told} == {"verified"}


def test_a_phone_in_other_hands_weighs_something_unless_it_is_declared(
    session: Session, village: Village, verdicts: Verdicts
) -> None:
    at = this_morning()
    lent = visit(village, at, recorder=village.chen)
    verdicts.hand_in(lent)
    assert verdicts.reason(lent, "DEVICE_SHARED")["weight"] == 0.3
    session.execute(
        text("INSERT INTO device_share VALUES (:d, :p, :p, now())"), {"d": village.phone_li, "p": village.chen}
    )
    declared = visit(village, at + timedelta(hours=1), recorder=village.chen)
    verdicts.hand_in(declared)
    assert "DEVICE_SHARED" not in verdicts.codes(declared)
    verdicts.again(lent)
    assert "DEVICE_SHARED" not in verdicts.codes(lent)


def test_a_device_group_in_another_datum_is_read_so(session: Session, village: Village, verdicts: Verdicts) -> None:
    about = '{"model": "Redmi 9", "app_version": "1.2"}'
    session.execute(text("UPDATE device SET about = CAST(:a AS jsonb)"), {"a": about})
    session.execute(text("INSERT INTO datum_group VALUES ('Redmi 9', '1.2', 'g', 'g', '{}', NULL, now())"))
    at = this_morning()
    [lon], [lat] = from_wgs84([HOME[0]], [HOME[1]], Datum.GCJ02)
    shifted, plain = visit(village, at, lonlat=(float(lon), float(lat))), visit(village, at + timedelta(hours=1))
    verdicts.hand_in(shifted, plain)
    assert [verdicts.of(one) for one in (shifted, plain)] == ["verified", "verified"]
    assert verdicts.reason(shifted, "LOC_DATUM_GCJ02")["weight"] == 0
    assert "LOC_DATUM_GCJ02" not in verdicts.codes(plain)


def test_the_nearest_other_home_of_the_cadre_is_told(village: Village, verdicts: Verdicts, add_home: Add) -> None:
    at, lonlat = this_morning(), (HOME[0] + 0.02, HOME[1])
    add_home("王家", (lonlat[0] + 0.0004, lonlat[1]))
    add_home("别人联系的一户", lonlat, linked=False)
    mistaken = visit(village, at, lonlat=lonlat)
    verdicts.hand_in(mistaken)
    told = verdicts.reason(mistaken, "LOC_OUTSIDE")["facts"]
    assert told["other_name"] == "王家"
    assert told["other_m"] < 60


@pytest.mark.usefixtures("at_noon")
def test_a_unit_that_collects_no_location_has_its_visits_unverifiable(
    session: Session, village: Village, verdicts: Verdicts
) -> None:
    overrides.set_override(session, verdicts.policy, village.town, "evidence.location", "off")
    far = visit(village, clock.now() - timedelta(minutes=20), lonlat=FAR_HOME)
    before = visit(village, this_morning() - timedelta(days=2))
    verdicts.hand_in(far, before)
    assert verdicts.of(far) == "unverifiable"
    assert "EVIDENCE_OFF" in verdicts.codes(far)
    [row] = verdicts.history(far)
    assert row.numbers["fixes"] == 0
    assert row.policy_version == f"{verdicts.policy.version}+evidence.location=off"
    [row] = verdicts.history(before)
    assert (row.verdict, row.policy_version) == ("verified", verdicts.policy.version)


def test_a_village_that_is_shifted_as_a_whole_is_one_group(village: Village, verdicts: Verdicts, add_home: Add) -> None:
    at = this_morning()
    told = []
    for n in range(6):
        real = (HOME[0] + 0.003 * n, HOME[1] + 0.001 * n)
        place = add_home(f"{n}户", (real[0] + 0.006, real[1] + 0.002))
        told.append(visit(village, at - timedelta(minutes=30 * n), place, real))
    lone = visit(village, at - timedelta(days=1), lonlat=(HOME[0] - 0.05, HOME[1]))
    verdicts.hand_in(*told[:3], lone)
    assert {finding.cause for finding in verdicts.findings()} == {"address"}
    verdicts.hand_in(*told[3:])
    groups = {(finding.cause, finding.cause_key) for finding in verdicts.findings() if finding.visit_id != lone["id"]}
    assert groups == {("area", str(village.village))}
    assert [f.cause for f in verdicts.findings() if f.visit_id == lone["id"]] == ["address"]
    assert verdicts.reason(told[0], "LOC_OUTSIDE")["facts"].keys() >= {"least_m"}


def test_context_costs_a_few_statements_however_many_visits(
    session: Session, village: Village, verdicts: Verdicts, add_home: Add
) -> None:
    homes = [add_home(f"{n}户", (HOME[0] + 0.001 * n, HOME[1])) for n in range(20)]
    counted: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *a: counted.append(a[2]))
    costs = []
    for count, start in ((5, this_morning()), (200, this_morning() - timedelta(days=20))):
        counted.clear()
        verdicts.hand_in(*(visit(village, start - timedelta(minutes=30 * n), homes[n % 20]) for n in range(count)))
        costs.append(len(counted))
    assert costs[1] <= costs[0] + 1
    assert costs[1] < 40
    ours = [one for one in counted if "FROM visit" in one]
    assert len(ours) < 10


def test_two_phones_that_hand_in_one_series_of_fixes_are_both_asked_about(village: Village, verdicts: Verdicts) -> None:
    at = this_morning()
    series = fixes(at, HOME)
    mine, hers = visit(village, at, fixes=series), visit(village, at + timedelta(minutes=1), fixes=series)
    verdicts.hand_in(mine)
    assert verdicts.of(mine) == "verified"
    verdicts.hand_in(hers, device=village.phone_chen)
    assert verdicts.of(hers) == "doubtful"
    verdicts.run()
    told = [verdicts.reason(one, "JOINT_SHARED_EVIDENCE")["facts"]["visits"] for one in (mine, hers)]
    assert told == [[str(hers["id"])], [str(mine["id"])]]
    before = [verdicts.history(one) for one in (mine, hers)]
    verdicts.again(mine, hers)
    assert [verdicts.history(one) for one in (mine, hers)] == before


def _shifted(lonlat: tuple[float, float]) -> tuple[float, float]:
    """Where GCJ-02 draws a point: half a kilometre away, which is also where another house may stand."""
    [lon], [lat] = from_wgs84([lonlat[0]], [lonlat[1]], Datum.GCJ02)
    return float(lon), float(lat)


@pytest.fixture
def round_of(village: Village, add_home: Add) -> Any:
    """Three homes visited one after the other with Li's phone; the first is registered where the shift would put it."""

    def round_of(**changes: Any) -> list[dict[str, Any]]:
        at, spots = this_morning(), [(HOME[0] + 0.001 * n, HOME[1] + 0.0005) for n in (1, 2)]
        told = [visit(village, at, fixes=fixes(at, _shifted(HOME), **changes))]
        for n, spot in enumerate(spots, 1):
            when, home = at + timedelta(minutes=25 * n), add_home(f"北沟村近{n}号", spot)
            told.append(visit(village, when, home, fixes=fixes(when, spot, **changes)))
        return told

    return round_of


def test_a_wrong_address_is_not_put_down_to_a_datum_that_the_phone_does_not_tell(
    verdicts: Verdicts, round_of: Any, session: Session
) -> None:
    wrong, *others = round_of()
    verdicts.hand_in(wrong, *others)
    assert [verdicts.of(one) for one in (wrong, *others)] == ["doubtful", "verified", "verified"]
    assert verdicts.codes(wrong) == {"LOC_OUTSIDE"}
    facts = verdicts.reason(wrong, "LOC_OUTSIDE")["facts"]
    assert facts["witnesses"] == sorted(str(one["id"]) for one in others)
    assert [(one.visit_id, one.cause) for one in verdicts.findings()] == [(wrong["id"], "address")]
    before = verdicts.history(wrong)
    verdicts.again(wrong)
    verdicts.again(wrong, *others)
    assert verdicts.history(wrong) == before
    assert verdicts.owed() == set()
    point = text("SELECT ST_X(CAST(point AS geometry)) FROM visit WHERE id = :i")
    assert session.scalar(point, {"i": wrong["id"]}) == pytest.approx(_shifted(HOME)[0], abs=3e-4)


def test_witnesses_that_come_later_are_heard(verdicts: Verdicts, round_of: Any) -> None:
    wrong, first, second = round_of()
    verdicts.hand_in(wrong)
    assert (verdicts.of(wrong), verdicts.codes(wrong)) == ("verified", {"LOC_DATUM_GCJ02"})
    verdicts.hand_in(first)
    assert verdicts.owed() == {f"visit/{wrong['id']}"}
    verdicts.run()
    assert verdicts.of(wrong) == "verified"  # one home alone may be registered wrong itself
    verdicts.hand_in(second)
    verdicts.run()
    assert verdicts.of(wrong) == "doubtful"
    numbers = verdicts.history(wrong)[-1].numbers
    assert (numbers["datum"], numbers["d_m"] > 300) == ("wgs84", True)


def test_a_phone_that_does_tell_another_datum_stays_explained(
    village: Village, verdicts: Verdicts, add_home: Add
) -> None:
    at, told = this_morning(), []
    for n in range(4):
        spot, when = (HOME[0] + 0.001 * n, HOME[1]), at + timedelta(minutes=25 * n)
        told.append(visit(village, when, add_home(f"北沟村近{n}号", spot), fixes=fixes(when, _shifted(spot))))
    verdicts.hand_in(*told)
    assert {verdicts.of(one) for one in told} == {"verified"}
    assert all("LOC_DATUM_GCJ02" in verdicts.codes(one) for one in told)
    assert verdicts.owed() == set()


@pytest.mark.parametrize("changes", [{"provider": "fused"}, {"accuracy_m": 90.0}])
def test_fixes_that_may_be_of_several_sources_or_too_vague_witness_nothing(
    verdicts: Verdicts, round_of: Any, changes: dict[str, Any]
) -> None:
    wrong, *others = round_of(**changes)
    verdicts.hand_in(wrong, *others)
    assert "LOC_OUTSIDE" not in verdicts.codes(wrong)
    assert "LOC_DATUM_GCJ02" in verdicts.codes(wrong)


def test_homes_of_another_village_or_another_phone_witness_nothing(
    session: Session, village: Village, verdicts: Verdicts, round_of: Any
) -> None:
    """Their positions came by another import, which may be the shifted one."""
    wrong, first, second = round_of()
    elsewhere = text("UPDATE place SET unit_id = :u WHERE id = ANY(:ids)")
    session.execute(elsewhere, {"u": village.town, "ids": [first["place"], second["place"]]})
    verdicts.hand_in(wrong, first, second)
    assert verdicts.of(wrong) == "verified"
    again = [one | {"id": ids.uuid7(), "recorder": village.li} for one in (first, second)]
    session.execute(elsewhere, {"u": village.village, "ids": [first["place"], second["place"]]})
    verdicts.hand_in(*again, device=village.phone_chen)
    verdicts.run()
    assert verdicts.of(wrong) == "verified"


def test_a_witnessed_visit_stands_nowhere_and_taints_no_other(
    village: Village, verdicts: Verdicts, round_of: Any, add_home: Add
) -> None:
    """Read in the other datum it would be at a door from which nobody reaches the next one in time."""
    wrong, *others = round_of()
    at = wrong["started"]["wall"]
    far = visit(village, at + timedelta(minutes=11), add_home("远处一户", FAR_HOME), FAR_HOME)
    verdicts.hand_in(wrong, *others, far)
    assert "LOC_TELEPORT" not in verdicts.codes(wrong)
    named = verdicts.reason(far, "LOC_TELEPORT")["facts"]["visits"] if "LOC_TELEPORT" in verdicts.codes(far) else []
    assert str(wrong["id"]) not in named
