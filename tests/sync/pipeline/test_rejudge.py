"""Judging again: nothing without a change, history with one, a person's decision above both."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db, ids
from sync.geo.datum import from_wgs84
from sync.insight import counting
from sync.models import Picture
from sync.pipeline import owe_rejudge
from sync.pipeline.effects import Turned, verdicts_turned
from sync.registry import overrides
from sync.words import Attestation, Datum, Recorded, Verdict
from tests.factories.batches import this_morning
from tests.factories.village import HOME, Village
from tests.sync.pipeline.conftest import Add, Verdicts
from tests.sync.pipeline.test_context import FAR_HOME, fixes, visit

PHOTO = "ab" * 32


def photo(**changes: Any) -> dict[str, Any]:
    return {"id": ids.uuid7(), "sha256": PHOTO, "size": 7} | changes


def look_at(session: Session, device: UUID, sha256: str = PHOTO, **told: Any) -> None:
    """The bytes came from that phone, and a worker read them."""
    facts = {"h": bytes.fromhex(sha256), "d": device, "now": clock.now()}
    for statement in (
        "INSERT INTO blob (sha256, size, stored_at) VALUES (:h, 7, :now) ON CONFLICT DO NOTHING",
        "INSERT INTO blob_upload VALUES (:h, :d, :now) ON CONFLICT DO NOTHING",
        "UPDATE photo SET state = 'present', present_at = :now WHERE sha256 = :h AND device_id = :d",
    ):
        session.execute(text(statement), facts)
    if not session.get(Picture, facts["h"]):
        columns = {"sha256": facts["h"], "state": "read", "read_at": clock.now(), "dhash": 12345} | told
        db.put(session, Picture, list(columns), [list(columns.values())])
    owe_rejudge(session, f"photo/{sha256}")


def test_judging_again_without_a_change_writes_nothing(village: Village, verdicts: Verdicts, add_home: Add) -> None:
    """I6: the verdict is a function of evidence and policy, fresh and stored."""
    at, far = this_morning(), add_home("远处一户", FAR_HOME)
    attested = [{"code": "PHONE_DEAD"}, {"code": "INDOORS"}]
    told = [
        visit(village, at),
        visit(village, at + timedelta(minutes=11), far, FAR_HOME),
        visit(village, at - timedelta(hours=3), lonlat=(HOME[0] + 0.05, HOME[1])),
        visit(village, at - timedelta(hours=4), village.unmapped),
        visit(village, at - timedelta(hours=5), fixes=[], attestations=attested),
        visit(village, at - timedelta(hours=6), recorded="afterwards"),
        visit(village, at - timedelta(hours=7), visitors=[village.chen]),
        visit(village, at - timedelta(hours=8), recorder=village.chen, mode="hospital"),
        visit(village, at - timedelta(hours=9), fixes=fixes(at - timedelta(hours=9), HOME, accuracy_m=23.7)),
        visit(village, at - timedelta(hours=10), fixes=fixes(at - timedelta(hours=10), HOME, 2, mock=True)),
        visit(village, at - timedelta(hours=11), started={"wall": at - timedelta(hours=11, minutes=1)}),
    ]  # fmt: skip
    verdicts.hand_in(*told)
    verdicts.run()
    findings, before = verdicts.findings(), [verdicts.history(one) for one in told]
    assert {history[-1].verdict for history in before} == {"verified", "doubtful", "unverifiable"}
    verdicts.again(*told)
    for one in told:
        verdicts.again(one)
    assert [verdicts.history(one) for one in told] == before
    assert verdicts.findings() == findings
    assert verdicts.owed() == set()


def test_a_position_that_is_mended_verifies_its_visits_and_settles_their_findings(
    session: Session, village: Village, verdicts: Verdicts
) -> None:
    far = visit(village, this_morning(), lonlat=(HOME[0] + 0.02, HOME[1]))
    verdicts.hand_in(far)
    assert [finding.state for finding in verdicts.findings()] == ["open"]
    move = "UPDATE place SET position = CAST(:p AS geography) WHERE id = :i"
    session.execute(text(move), {"i": village.home, "p": f"SRID=4326;POINT({HOME[0] + 0.02} {HOME[1]})"})
    owe_rejudge(session, f"place/{village.home}")
    verdicts.run()
    assert verdicts.of(far) == "verified"
    assert [row.verdict for row in verdicts.history(far)] == ["doubtful", "verified"]
    assert [finding.state for finding in verdicts.findings()] == ["settled"]


def test_a_persons_decision_stands_and_only_the_history_grows(
    session: Session, village: Village, verdicts: Verdicts
) -> None:
    far = visit(village, this_morning(), lonlat=(HOME[0] + 0.02, HOME[1]))
    verdicts.hand_in(far)
    decide = (
        "INSERT INTO decision (id, visit_id, deciding, verdict, before, by, at)"
        " VALUES (:i, :v, 'refuse', 'refused', 'doubtful', :p, now())"
    )
    session.execute(text(decide), {"i": ids.uuid7(), "v": far["id"], "p": village.zhou})
    session.execute(text("UPDATE visit SET verdict = 'refused'"))
    session.execute(text("UPDATE finding SET state = 'decided'"))
    session.execute(text("UPDATE place SET position = NULL"))
    owe_rejudge(session, f"place/{village.home}")
    verdicts.run()
    assert verdicts.of(far) == "refused"
    assert [row.verdict for row in verdicts.history(far)] == ["doubtful", "unverifiable"]
    assert [finding.state for finding in verdicts.findings()] == ["decided"]
    session.execute(text("UPDATE decision SET undone_at = now()"))
    session.execute(text("UPDATE visit SET verdict = 'doubtful'"))
    session.execute(text("UPDATE place SET radius_m = 150"))
    verdicts.again(far)
    assert verdicts.of(far) == "doubtful"


def test_a_photo_that_served_another_door_before_speaks_against_the_later_visit_alone(
    session: Session, village: Village, verdicts: Verdicts, add_home: Add
) -> None:
    at, other = this_morning(), add_home("另一户", (HOME[0] + 0.002, HOME[1]))
    first = visit(village, at - timedelta(hours=2), photos=[photo()])
    second = visit(village, at, other, (HOME[0] + 0.002, HOME[1]), photos=[photo()])
    verdicts.hand_in(second, first)
    assert [verdicts.of(one) for one in (first, second)] == ["verified", "verified"]
    look_at(session, village.phone_li)
    verdicts.run()
    assert [verdicts.of(one) for one in (first, second)] == ["verified", "doubtful"]
    told = verdicts.reason(second, "PHOTO_REUSED_EXACT")["facts"]
    assert (told["visits"], told["sha256"]) == ([str(first["id"])], PHOTO)
    assert [(finding.cause, finding.cause_key) for finding in verdicts.findings()] == [("photo", PHOTO)]


def test_a_first_user_that_comes_late_takes_the_doubt_along(
    session: Session, village: Village, verdicts: Verdicts, add_home: Add
) -> None:
    """The later visit came first; when the earlier one is handed in, the later one is looked at again."""
    at, other = this_morning(), add_home("另一户", (HOME[0] + 0.002, HOME[1]))
    second = visit(village, at, other, (HOME[0] + 0.002, HOME[1]), photos=[photo()])
    verdicts.hand_in(second)
    look_at(session, village.phone_li)
    verdicts.run()
    assert verdicts.of(second) == "verified"
    first = visit(village, at - timedelta(hours=2), photos=[photo()])
    verdicts.hand_in(first)
    assert verdicts.owed() == {f"visit/{first['id']}"}
    verdicts.run()
    assert [verdicts.of(one) for one in (first, second)] == ["verified", "doubtful"]


def test_one_photo_that_went_round_the_group_of_a_joint_visit_weighs_nothing(
    session: Session, village: Village, verdicts: Verdicts
) -> None:
    at = this_morning().replace(hour=0, minute=5) + timedelta(hours=10)
    mine, hers = visit(village, at, photos=[photo()]), visit(village, at + timedelta(minutes=1), photos=[photo()])
    verdicts.hand_in(mine)
    verdicts.hand_in(hers, device=village.phone_chen)
    edge = "INSERT INTO same_visit (id, child_id, parent_id, kind, method, at) VALUES (:i, :c, :p, 'joint', 'x', now())"
    session.execute(text("DELETE FROM same_visit"))
    session.execute(text(edge), {"i": ids.uuid7(), "c": hers["id"], "p": mine["id"]})
    for device in (village.phone_li, village.phone_chen):
        look_at(session, device)
    verdicts.run()
    assert [verdicts.of(one) for one in (mine, hers)] == ["verified", "verified"]
    assert "PHOTO_REUSED_EXACT" not in verdicts.codes(mine) | verdicts.codes(hers)


def test_two_phones_of_a_joint_visit_with_one_series_of_fixes_are_asked_about(
    session: Session, village: Village, verdicts: Verdicts
) -> None:
    at = this_morning()
    series = fixes(at, HOME)
    mine, hers = visit(village, at, fixes=series), visit(village, at, fixes=series)
    verdicts.hand_in(mine)
    verdicts.hand_in(hers, device=village.phone_chen)
    edge = "INSERT INTO same_visit (id, child_id, parent_id, kind, method, at) VALUES (:i, :c, :p, 'joint', 'x', now())"
    session.execute(text("DELETE FROM same_visit"))
    session.execute(text(edge), {"i": ids.uuid7(), "c": hers["id"], "p": mine["id"]})
    verdicts.again(mine, hers)
    assert "JOINT_SHARED_EVIDENCE" in verdicts.codes(mine) & verdicts.codes(hers)
    session.execute(text("UPDATE same_visit SET undone_at = now()"))
    verdicts.again(mine, hers)
    assert "JOINT_SHARED_EVIDENCE" not in verdicts.codes(mine) | verdicts.codes(hers)


@pytest.mark.usefixtures("at_noon")
def test_what_the_camera_wrote_weighs_and_a_unit_may_leave_photos_out(
    session: Session, village: Village, verdicts: Verdicts
) -> None:
    at = clock.now() - timedelta(minutes=30)
    overrides.set_override(session, verdicts.policy, village.village, "verify.weight_odd_hours", "0")
    one = visit(village, at, photos=[photo()])
    verdicts.hand_in(one)
    look_at(session, village.phone_li, taken_at=at - timedelta(hours=5), lon=FAR_HOME[0], lat=FAR_HOME[1])
    verdicts.run()
    assert {"PHOTO_EXIF_TIME", "PHOTO_EXIF_GPS"} <= verdicts.codes(one)
    assert verdicts.of(one) == "doubtful"
    overrides.set_override(session, verdicts.policy, village.village, "evidence.photos", "off")
    owe_rejudge(session, f"unit/{village.village}")
    verdicts.run()
    assert (verdicts.of(one), verdicts.codes(one)) == ("verified", set())
    assert "evidence.photos=off" in verdicts.history(one)[-1].policy_version


@pytest.mark.usefixtures("at_noon")
def test_a_policy_that_changes_is_applied_to_the_visits_of_its_days(
    session: Session, village: Village, verdicts: Verdicts
) -> None:
    far = visit(village, clock.now() - timedelta(minutes=20), lonlat=(HOME[0], HOME[1] - 0.0035))
    verdicts.hand_in(far)
    assert verdicts.of(far) == "doubtful"
    overrides.set_override(session, verdicts.policy, village.county, "verify.radius_village_m", "500")
    owe_rejudge(session, f"unit/{village.county}")
    verdicts.run()
    assert verdicts.of(far) == "verified"
    assert [finding.state for finding in verdicts.findings()] == ["settled"]


def test_met_elsewhere_said_afterwards_takes_the_doubt_away(
    session: Session, village: Village, verdicts: Verdicts
) -> None:
    far = visit(village, this_morning(), lonlat=(HOME[0] + 0.02, HOME[1]))
    verdicts.hand_in(far)
    say = (
        "INSERT INTO said (id, visit_id, kind, codes, text, person_id, device_id, batch_id, at)"
        " VALUES (:i, :v, 'answer', :c, '在地头见的面', :p, :d, :i, now())"
    )
    facts = {"i": ids.uuid7(), "v": far["id"], "p": village.li, "d": village.phone_li}
    session.execute(text(say), facts | {"c": [Attestation.MET_ELSEWHERE.value]})
    owe_rejudge(session, f"visit/{far['id']}")
    verdicts.run()
    assert verdicts.of(far) == "unverifiable"
    assert verdicts.codes(far) >= {"MET_ELSEWHERE"}
    assert verdicts.history(far)[-1].numbers["said"] == ["MET_ELSEWHERE"]
    assert [finding.state for finding in verdicts.findings()] == ["settled"]


def test_without_its_fixes_a_verdict_stays_as_it_is(session: Session, village: Village, verdicts: Verdicts) -> None:
    one = visit(village, this_morning())
    verdicts.hand_in(one)
    session.execute(text("DELETE FROM trace"))
    session.execute(text("UPDATE place SET position = NULL"))
    verdicts.again(one)
    assert [row.verdict for row in verdicts.history(one)] == ["verified"]


def test_a_subject_with_many_visits_is_done_in_chunks(
    session: Session, village: Village, verdicts: Verdicts, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    verdicts.policy = replace(verdicts.policy, verify=replace(verdicts.policy.verify, rejudge_chunk=2))
    told = [visit(village, this_morning() - timedelta(hours=n)) for n in range(5)]
    verdicts.hand_in(*told)
    session.execute(text("UPDATE place SET position = NULL"))
    owe_rejudge(session, f"place/{village.home}")
    assert verdicts.run() == 3
    assert {len(verdicts.history(one)) for one in told} == {2}


def test_single_visits_that_are_owed_are_judged_together(
    session: Session, village: Village, verdicts: Verdicts
) -> None:
    told = [visit(village, this_morning() - timedelta(hours=n)) for n in range(4)]
    verdicts.hand_in(*told)
    session.execute(text("UPDATE place SET position = NULL"))
    for one in told:
        owe_rejudge(session, f"visit/{one['id']}")
    assert verdicts.run() == 1
    assert {verdicts.of(one) for one in told} == {"unverifiable"}
    owe_rejudge(session, f"visit/{ids.uuid7()}")
    assert verdicts.run() == 1


def test_a_group_of_phones_is_judged_again(session: Session, village: Village, verdicts: Verdicts) -> None:
    about = '{"model": "M", "app_version": "2"}'
    session.execute(text("UPDATE device SET about = CAST(:a AS jsonb)"), {"a": about})
    one = visit(village, this_morning())
    verdicts.hand_in(one)
    session.execute(text("UPDATE place SET position = NULL"))
    owe_rejudge(session, "group/M|2|g")
    verdicts.run()
    assert verdicts.of(one) == "unverifiable"


def test_a_revision_that_changes_the_mode_is_judged_again(village: Village, verdicts: Verdicts) -> None:
    one = visit(village, this_morning(), lonlat=(HOME[0] + 0.02, HOME[1]))
    verdicts.hand_in(one)
    verdicts.hand_in(one | {"mode": "field", "note": "在地头"})
    verdicts.run()
    assert verdicts.of(one) == "unverifiable"


def test_a_point_that_moves_is_counted_where_it_is_now(
    session: Session, village: Village, verdicts: Verdicts, add_home: Add
) -> None:
    """Reading the fixes in another datum, or not at all, moves the one point that the map shows."""
    session.execute(text("UPDATE device SET about = CAST(:a AS jsonb)"), {"a": '{"model": "M", "app_version": "2"}'})
    [lon], [lat] = from_wgs84([HOME[0]], [HOME[1]], Datum.GCJ02)
    shown = visit(village, this_morning(), village.unmapped, (float(lon), float(lat)))
    verdicts.hand_in(shown)
    told = text("SELECT ST_X(point::geometry), cell FROM visit WHERE id = :i")
    before = session.execute(told, {"i": shown["id"]}).one()
    session.execute(text("INSERT INTO datum_group VALUES ('M', '2', 'g', 'g', '{}', NULL, now())"))
    owe_rejudge(session, "group/M|2|g")
    verdicts.run()
    after = session.execute(told, {"i": shown["id"]}).one()
    assert before[0] - after[0] > 0.004
    assert before.cell != after.cell
    assert counting.differences(session) == 0
    for one in (Recorded.AFTERWARDS, Recorded.NOW):
        session.execute(text("UPDATE visit SET recorded = :r"), {"r": one.value})
        verdicts.again(shown)
        assert (session.execute(told, {"i": shown["id"]}).one()[0] is None) is (one is Recorded.AFTERWARDS)
        assert counting.differences(session) == 0


def test_a_visit_that_a_person_refused_taints_no_other_any_more(
    session: Session, village: Village, verdicts: Verdicts, add_home: Add
) -> None:
    at, far = this_morning(), add_home("远处一户", FAR_HOME)
    near, distant = visit(village, at), visit(village, at + timedelta(minutes=11), far, FAR_HOME)
    verdicts.hand_in(near, distant)
    verdicts.run()
    decide = (
        "INSERT INTO decision (id, visit_id, deciding, verdict, before, by, at)"
        " VALUES (:i, :v, 'refuse', 'refused', 'doubtful', :p, now())"
    )
    session.execute(text(decide), {"i": ids.uuid7(), "v": distant["id"], "p": village.zhou})
    session.execute(text("UPDATE visit SET verdict = 'refused' WHERE id = :i"), {"i": distant["id"]})
    verdicts_turned(session, [Turned(distant["id"], Verdict.DOUBTFUL, Verdict.REFUSED)])
    assert verdicts.owed() == {f"visit/{near['id']}"}
    verdicts.run()
    assert (verdicts.of(near), verdicts.of(distant)) == ("verified", "refused")


def test_a_change_for_some_days_does_not_swallow_one_for_all(
    session: Session, village: Village, verdicts: Verdicts
) -> None:
    owe_rejudge(session, f"unit/{village.village}", facts='{"since": "2026-11-25"}')
    for _ in range(2):
        owe_rejudge(session, f"unit/{village.village}")
    facts = session.scalars(text("SELECT facts FROM errand WHERE job = 'rejudge' ORDER BY id")).all()
    assert facts == [{"since": "2026-11-25"}, {}]
