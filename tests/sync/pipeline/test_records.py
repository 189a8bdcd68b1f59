"""What becomes of the records of a batch."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.pipeline import Part, apply_batches, quarantine_record, release_waiting
from sync.policy import defaults
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.village import HOME, Village, found

Handed = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


@pytest.fixture
def hand_in(session: Session, village: Village) -> Handed:
    """Hand records in as one batch of cadre Li (or another's phone) and give the results."""

    def hand_in(*records: Any, device: UUID | None = None) -> list[dict[str, Any]]:
        batch, json = batches.body(list(records))
        batches.receive(session, device or village.phone_li, batch, json)
        apply_batches(session, defaults(), [Part(device or village.phone_li, batch)])
        row = session.execute(text("SELECT state, results FROM batch WHERE id = :b"), {"b": batch}).one()
        assert row.state == "done"
        results: list[dict[str, Any]] = row.results
        return results

    return hand_in


def test_a_visit_at_the_door_is_verified_and_its_problem_reaches_the_waterworks(
    session: Session, village: Village, hand_in: Handed
) -> None:
    visit = batches.visit(village, this_morning(), problems=[batches.problem()])
    assert [result["state"] for result in hand_in(visit)] == ["applied"]
    row = session.execute(text("SELECT verdict, place_id, rev FROM visit")).one()
    assert tuple(row) == ("verified", village.home, 1)
    task = session.execute(text("SELECT * FROM task")).one()
    assert (task.state, task.holder_unit_id, task.due_kind) == ("dispatched", village.waterworks, "working_days")
    assert task.due_at > clock.now() + timedelta(days=4)
    assert task.number.startswith("GD-")
    verbs = session.scalars(text("SELECT verb FROM event ORDER BY id")).all()
    assert verbs == ["task.received", "task.dispatched"]


def test_the_number_of_a_task_grows_beyond_six_digits(session: Session, village: Village, hand_in: Handed) -> None:
    session.execute(text("SELECT setval('task_number', greatest(nextval('task_number'), 12345678))"))
    hand_in(batches.visit(village, this_morning(), problems=[batches.problem()]))
    day, number = session.scalars(text("SELECT number FROM task")).one().split("-")[1:]
    assert (len(day), len(number)) == (8, 8)


def test_a_visit_far_away_is_doubtful_and_says_how_far(session: Session, village: Village, hand_in: Handed) -> None:
    at = this_morning()
    fixes = [{"lon": HOME[0] + 0.05, "lat": HOME[1], "at": at, "accuracy_m": 10, "provider": "gps"}]
    hand_in(batches.visit(village, at, fixes=fixes))
    row = session.execute(text("SELECT verdict, reasons FROM visit_verdict")).one()
    assert row.verdict == "doubtful"
    assert row.reasons[0]["code"] == "LOC_OUTSIDE"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"fixes": []}, "LOC_NO_FIX"), ({"recorded": "afterwards", "fixes": []}, "RECORDED_AFTERWARDS")],
)
def test_missing_evidence_is_never_held_against_anybody(
    session: Session, village: Village, hand_in: Handed, changes: dict[str, Any], reason: str
) -> None:
    hand_in(batches.visit(village, this_morning(), **changes))
    row = session.execute(text("SELECT verdict, reasons FROM visit_verdict")).one()
    assert row.verdict == "unverifiable"
    assert reason in {finding["code"] for finding in row.reasons}


def test_the_same_record_again_is_a_duplicate_of_itself(village: Village, hand_in: Handed, session: Session) -> None:
    visit = batches.visit(village, this_morning(), problems=[batches.problem()])
    hand_in(visit)
    assert hand_in(visit)[0]["state"] == "duplicate"
    assert session.scalar(text("SELECT count(*) FROM visit_rev")) == 1
    assert session.scalar(text("SELECT count(*) FROM task")) == 1


def test_new_words_under_the_same_id_are_a_revision_and_may_add_problems(
    village: Village, hand_in: Handed, session: Session
) -> None:
    visit = batches.visit(village, this_morning(), problems=[batches.problem()])
    hand_in(visit)
    added = [*visit["problems"], batches.problem(text="路灯不亮", category=None)]
    result = hand_in(visit | {"note": "补充", "problems": added, "outcome": "nobody_home"})[0]
    assert (result["state"], result["rev"], result.get("review")) == ("applied", 2, None)
    assert session.execute(text("SELECT rev, outcome FROM visit")).one() == (2, "nobody_home")
    assert session.scalars(text("SELECT state FROM task ORDER BY id")).all() == ["dispatched", "received"]


def test_a_revision_that_moves_the_visit_goes_to_review(village: Village, hand_in: Handed, session: Session) -> None:
    visit = batches.visit(village, this_morning())
    hand_in(visit)
    assert hand_in(visit | {"place": village.unmapped})[0]["review"] is True
    assert session.scalar(text("SELECT place_id FROM visit")) == village.home


def test_an_id_of_another_author_is_quarantined(village: Village, hand_in: Handed) -> None:
    visit = batches.visit(village, this_morning())
    hand_in(visit)
    other = hand_in(visit, device=village.phone_chen)[0]
    assert (other["state"], other["reason"]) == ("quarantined", "id-taken")


def test_a_visit_told_again_by_a_reinstalled_app_points_to_the_first(
    village: Village, hand_in: Handed, session: Session
) -> None:
    visit = batches.visit(village, this_morning(), problems=[batches.problem()])
    hand_in(visit)
    again = visit | {"id": ids.uuid7(), "problems": [batches.problem()]}
    result = hand_in(again)[0]
    assert (result["state"], result["of"]) == ("duplicate", str(visit["id"]))
    assert session.execute(text("SELECT child_id, parent_id, method FROM same_visit")).one() == (
        again["id"],
        visit["id"],
        "fixes",
    )
    assert session.scalar(text("SELECT count(*) FROM problem")) == 2
    assert session.scalar(text("SELECT count(*) FROM task")) == 1


def test_two_tellings_in_one_batch_are_one_visit(village: Village, hand_in: Handed, session: Session) -> None:
    visit = batches.visit(village, this_morning(), problems=[batches.problem()])
    results = hand_in(visit, visit | {"id": ids.uuid7(), "problems": [batches.problem()]})
    assert [result["state"] for result in results] == ["applied", "duplicate"]
    assert session.scalar(text("SELECT count(*) FROM task")) == 1


def test_a_new_place_found_at_the_door_is_proposed(village: Village, hand_in: Handed, session: Session) -> None:
    place = {"id": ids.uuid7(), "kind": "household", "unit": village.village, "name": "新来的一户",
             "position": {"lon": 120.76, "lat": 37.81, "datum": "gcj02"}}  # fmt: skip
    result = hand_in(batches.visit(village, this_morning(), place=place["id"], new_place=place))[0]
    assert result["state"] == "applied"
    row = session.execute(text("SELECT state, town_id, ST_X(position::geometry) AS lon FROM place WHERE name ~ '新来'"))
    state, town, lon = row.one()
    assert (state, town) == ("proposed", village.town)
    assert 0.001 < 120.76 - lon < 0.01


def test_a_visit_before_its_place_is_held_until_the_place_comes(
    village: Village, hand_in: Handed, session: Session
) -> None:
    place = {"id": ids.uuid7(), "kind": "household", "unit": village.village, "name": "新来的一户"}
    early = hand_in(batches.visit(village, this_morning(), place=place["id"]))[0]
    assert (early["state"], early["for"]) == ("held", str(place["id"]))
    hand_in(batches.visit(village, this_morning(), place=place["id"], new_place=place))
    subject = session.scalar(text("SELECT subject FROM errand WHERE job = 'apply_batch'"))
    assert subject
    device, batch = map(UUID, subject.split("/"))
    apply_batches(session, defaults(), [Part(device, batch)])
    assert session.scalar(text("SELECT results->0->>'state' FROM batch WHERE id = :b"), {"b": batch}) == "applied"
    assert session.scalar(text("SELECT count(*) FROM waiting_record")) == 0


def test_a_held_visit_goes_on_flagged_when_its_time_is_up(village: Village, hand_in: Handed, session: Session) -> None:
    hand_in(batches.visit(village, this_morning(), place=ids.uuid7()))
    device, batch = session.execute(text("SELECT device_id, id FROM batch")).one()
    with clock.frozen(clock.now() + timedelta(days=6)):
        apply_batches(session, defaults(), [Part(device, batch)])
    row = session.execute(text("SELECT verdict, reasons FROM visit_verdict")).one()
    assert row.verdict == "unverifiable"
    assert "PARENT_UNKNOWN" in {finding["code"] for finding in row.reasons}


def test_a_reporter_without_the_right_to_visit_is_kept_as_unpermitted(village: Village, hand_in: Handed) -> None:
    problem = batches.problem(kind="problem", unit=village.village, told={"wall": this_morning()})
    results = hand_in(batches.visit(village, this_morning()), problem, device=village.phone_zhou)
    assert [result["state"] for result in results] == ["unpermitted", "applied"]


def test_what_was_solved_on_the_spot_makes_no_task(village: Village, hand_in: Handed, session: Session) -> None:
    hand_in(batches.visit(village, this_morning(), problems=[batches.problem(solved_on_spot="帮他关了总阀")]))
    assert session.scalar(text("SELECT count(*) FROM task")) == 0


def test_two_units_with_the_duty_leave_the_task_to_the_dispatcher(
    village: Village, hand_in: Handed, session: Session
) -> None:
    hand_in(batches.visit(village, this_morning(), problems=[batches.problem(category="traffic")]))
    assert session.execute(text("SELECT state, holder_unit_id FROM task")).one() == ("received", None)


def test_an_urgent_matter_is_due_in_a_day(village: Village, hand_in: Handed, session: Session) -> None:
    hand_in(batches.visit(village, this_morning(), problems=[batches.problem(urgency="urgent")]))
    due = session.scalar(text("SELECT due_at - dispatched_at FROM task"))
    assert due == timedelta(hours=24)


def test_a_sealed_matter_holds_cipher_text_and_reaches_no_unit(
    village: Village, hand_in: Handed, session: Session
) -> None:
    sealed = {"kind": "discipline", "key_id": "k1", "cipher": "c2VhbGVk"}
    told = {"kind": "problem", "id": ids.uuid7(), "told": {"wall": this_morning()}, "unit": village.village}
    results = hand_in(told | {"sealed": sealed}, told | {"id": ids.uuid7(), "sealed": sealed, "text": "明文"})
    assert [(r["state"], r.get("reason")) for r in results] == [("applied", None), ("rejected", "sealed-in-clear")]
    assert session.execute(text("SELECT text, cipher FROM problem")).one() == (None, b"sealed")
    assert session.execute(text("SELECT sealed, holder_unit_id FROM task")).one() == (True, None)


def test_a_problem_id_of_another_author_is_quarantined(village: Village, hand_in: Handed) -> None:
    problem = batches.problem(kind="problem", unit=village.village, told={"wall": this_morning()})
    hand_in(problem)
    assert hand_in(problem)[0]["state"] == "duplicate"
    assert hand_in(problem, device=village.phone_chen)[0]["reason"] == "id-taken"


def test_an_erased_record_cannot_come_back(village: Village, hand_in: Handed, session: Session) -> None:
    visit = batches.visit(village, this_morning())
    session.execute(text("INSERT INTO erased_id VALUES (:i, now())"), {"i": visit["id"]})
    assert hand_in(visit)[0]["reason"] == "erased"


def test_an_absurd_date_is_quarantined_with_a_pointer(village: Village, hand_in: Handed) -> None:
    at = clock.now() - timedelta(days=4000)
    result = hand_in(batches.visit(village, at))[0]
    assert (result["state"], result["pointer"]) == ("quarantined", "/started/wall")


def test_photos_are_awaited_until_this_phone_hands_them_in(village: Village, hand_in: Handed, session: Session) -> None:
    sha256 = "ab" * 32
    photo = {"id": ids.uuid7(), "sha256": sha256, "size": 7}
    result = hand_in(batches.visit(village, this_morning(), photos=[photo]))[0]
    assert result["photos_missing"] == [sha256]
    assert session.scalar(text("SELECT state FROM photo")) == "awaited"


def test_neighbours_of_bad_records_are_applied(village: Village, hand_in: Handed) -> None:
    good = batches.visit(village, this_morning())
    unknown = {"kind": "hologram", "id": ids.uuid7()}
    results = hand_in(
        {"kind": "visit", "id": ids.uuid7()}, unknown, good, batches.visit(village, this_morning(), mode="x")
    )
    assert [result["state"] for result in results] == ["quarantined", "parked", "applied", "quarantined"]


def test_the_database_has_the_last_word_and_only_the_culprit_is_quarantined(
    village: Village, hand_in: Handed, session: Session
) -> None:
    session.execute(text("ALTER TABLE visit ADD CONSTRAINT ck_no_empty CHECK (outcome <> 'empty')"))
    records = [batches.visit(village, this_morning() - timedelta(minutes=30 * n)) for n in range(5)]
    records[3]["outcome"] = "empty"
    results = hand_in(*records)
    assert [result["state"] for result in results] == ["applied"] * 3 + ["quarantined", "applied"]
    assert "ck_no_empty" in results[3]["reason"]


def test_a_batch_of_500_takes_a_few_dozen_statements(village: Village, hand_in: Handed, session: Session) -> None:
    counted: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *a: counted.append(a[2]))
    for count in (10, 500):
        counted.clear()
        start = this_morning() - timedelta(days=30 * (count == 500))
        records = [
            batches.visit(village, start - timedelta(minutes=30 * n), problems=[batches.problem()], fixes=[])
            for n in range(count)
        ]
        assert {result["state"] for result in hand_in(*records)} == {"applied"}
        assert len(counted) < 40, counted


def test_quarantining_one_record_leaves_the_others(village: Village, session: Session) -> None:
    batch, json = batches.body([batches.visit(village, this_morning()) for _ in range(3)])
    batches.receive(session, village.phone_li, batch, json)
    apply_batches(session, defaults(), [Part(village.phone_li, batch, (0, 1))])
    quarantine_record(session, defaults(), village.phone_li, batch, 1, "crashed five times")
    apply_batches(session, defaults(), [Part(village.phone_li, batch, (2, 3))])
    row = session.execute(text("SELECT state, results FROM batch WHERE id = :b"), {"b": batch}).one()
    assert row.state == "done"
    assert [result["state"] for result in row.results] == ["applied", "quarantined", "applied"]


def test_parked_and_held_records_are_tried_again_when_their_time_comes(
    village: Village, hand_in: Handed, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in({"kind": "callback", "id": ids.uuid7()})
    release_waiting(session)
    owed = text("SELECT count(*) FROM errand WHERE job = 'apply_batch'")
    assert session.scalar(owed) == 0
    monkeypatch.setattr("sync.intake.parse.BUILT", frozenset({"visit", "problem", "callback"}))
    release_waiting(session)
    assert session.scalar(owed) == 1


def test_a_batch_that_nobody_stored_is_no_work(session: Session, village: Village) -> None:
    apply_batches(session, defaults(), [Part(village.phone_li, ids.uuid7())])
    quarantine_record(session, defaults(), village.phone_li, ids.uuid7(), 0, "gone")
