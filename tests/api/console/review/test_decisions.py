"""Decisions about one visit: confirm, ask, refuse once heard, correct the address, appeal, undo."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from sync import clock, ids
from sync.geo.datum import gcj02_from_wgs84
from sync.house import House
from sync.identity.actions import people
from sync.registry.workdays import replace_workdays, shipped_holidays
from sync.review.queries import refused_visits
from sync.words import Cause, FindingState, Role, SameKind
from tests.api.console.review.conftest import Ask, Browser, Doubt, Open
from tests.factories.review import FAR, add_finding
from tests.factories.village import HOME, Village

WHY = "没有人认识这户人家"
STANDS = (
    "SELECT ST_X(CAST(position AS geometry)), ST_Y(CAST(position AS geometry)), position_datum FROM place WHERE id = :p"
)


@pytest.fixture(scope="module", autouse=True)
def calendar(opened: House) -> None:
    opened.write(lambda session: replace_workdays(session, shipped_holidays(), "test"))


def verdict_of(value: Ask, visit: UUID) -> str:
    return str(value("SELECT verdict FROM visit WHERE id = :v", v=visit))


def test_a_confirmed_visit_is_verified_whatever_machines_say(
    wang: Browser, doubt: Doubt, value: Ask, opened: House
) -> None:
    doubted = doubt()
    opened.write(lambda s: add_finding(s, doubted.visit, Cause.DRAWN, "2026-01-01/x"))
    answer = wang.decide(doubted.visit, "confirm")
    assert answer.status_code == 201
    assert (answer.json["verdict"], answer.json["state"]) == ("verified", "decided")
    assert verdict_of(value, doubted.visit) == "verified"
    assert value("SELECT count(*) FROM finding WHERE visit_id = :v AND state <> 'decided'", v=doubted.visit) == 0
    case = wang.get(f"visits/{doubted.visit}").json
    assert case["explanation"]["zh"] == "核验员认定:位置相符。"
    assert case["decisions"][0]["by"]["id"] == str(wang.known.id)
    assert case["history"][0]["verdict"] == "doubtful"
    assert case["undoes"] == answer.json["id"]
    told = value("SELECT verb, actor_id FROM event WHERE subject_id = :v ORDER BY id DESC LIMIT 1", v=doubted.visit)
    assert tuple(told) == ("visit.confirm", wang.known.id)
    fed = value("SELECT seq FROM feed_item WHERE kind = 3 AND id = :v", v=doubted.visit)
    assert fed is not None


def test_undo_restores_what_was(wang: Browser, doubt: Doubt, value: Ask) -> None:
    doubted = doubt()
    id_ = wang.decide(doubted.visit, "confirm").json["id"]
    answer = wang.post(f"decisions/{id_}/undo")
    assert answer.json == {"verdict": "doubtful", "state": "open", "undone": 1, "left_out": []}
    assert verdict_of(value, doubted.visit) == "doubtful"
    assert [one["finding"] for one in wang.get("queue").json["items"]] == [str(doubted.finding)]
    again = wang.post(f"decisions/{id_}/undo")
    assert again.json == {"verdict": "doubtful", "state": "open", "undone": 0, "left_out": []}
    assert wang.get(f"visits/{doubted.visit}").json["decisions"][0]["undone_at"] is not None
    assert wang.post(f"decisions/{ids.uuid7()}/undo").status_code == 404


def test_undo_gives_a_location_back_only_to_a_visit_that_is_still_doubtful(
    wang: Browser, doubt: Doubt, value: Ask, opened: House
) -> None:
    doubted = doubt()
    drawn = opened.write(lambda s: add_finding(s, doubted.visit, Cause.DRAWN, "2026-01-01/x"))
    id_ = wang.decide(doubted.visit, "confirm").json["id"]
    newer = text(
        "INSERT INTO visit_verdict SELECT visit_id, 2, now(), 'verified', '[]', '{}', '2026-11' FROM visit_verdict"
        " WHERE visit_id = :v"
    )
    opened.write(lambda s: s.execute(newer, {"v": doubted.visit}))
    assert wang.post(f"decisions/{id_}/undo").json["verdict"] == "verified"
    [left] = wang.get("queue").json["items"]
    assert left["finding"] == str(drawn)


def test_a_finding_that_came_again_meanwhile_is_not_doubled(
    wang: Browser, doubt: Doubt, value: Ask, opened: House
) -> None:
    doubted = doubt()
    id_ = wang.decide(doubted.visit, "confirm").json["id"]
    opened.write(lambda s: add_finding(s, doubted.visit, Cause.ADDRESS))
    assert wang.post(f"decisions/{id_}/undo").status_code == 200
    assert len(wang.get("queue").json["items"]) == 1


def test_the_same_id_gets_the_same_answer_and_decides_once(wang: Browser, doubt: Doubt, value: Ask) -> None:
    doubted, other, id_ = doubt(), doubt(), str(ids.uuid7())
    first = wang.decide(doubted.visit, "confirm", id=id_)
    assert wang.decide(doubted.visit, "confirm", id=id_).json == first.json
    assert value("SELECT count(*) FROM decision") == 1
    assert wang.decide(other.visit, "confirm", id=id_).json["code"] == "conflict"
    group = wang.decide_group("confirm", visits=[str(other.visit)], id=id_)
    assert group.json["code"] == "conflict"


def test_what_is_decided_is_told_to_whoever_comes_second(
    wang: Browser, browse: Open, doubt: Doubt, beigou: Village
) -> None:
    doubted, town = doubt(), browse(Role.VERIFIER, beigou.town)
    wang.decide(doubted.visit, "confirm")
    answer = town.decide(doubted.visit, "ask")
    assert (answer.status_code, answer.json["code"], answer.json["verdict"]) == (409, "already-decided", "verified")
    assert town.post(f"visits/{doubted.visit}/lease").json["code"] == "already-decided"


def test_a_visit_that_was_joined_to_another_says_where_it_went(
    wang: Browser, doubt: Doubt, opened: House, value: Ask
) -> None:
    child, parent = doubt(), doubt()
    settle = text("UPDATE finding SET state = 'settled' WHERE id = :f")
    join = text(
        "INSERT INTO same_visit (id, child_id, parent_id, kind, method, at) VALUES (:i, :c, :p, :k, 'person', now())"
    )
    facts = {"i": ids.uuid7(), "c": child.visit, "p": parent.visit, "k": SameKind.REPEAT.value, "f": child.finding}
    opened.write(lambda s: (s.execute(settle, facts), s.execute(join, facts)))
    answer = wang.decide(child.visit, "confirm")
    assert (answer.json["code"], answer.json["of"]) == ("visit-repeats", str(parent.visit))
    shown = wang.get(f"visits/{parent.visit}").json["same"][0]
    assert (shown["visit"], shown["is_child"], shown["undone"], shown["by"]) == (str(child.visit), False, False, None)


def test_refusing_opens_after_the_answer(wang: Browser, doubt: Doubt, opened: House, value: Ask) -> None:
    doubted = doubt()
    early = wang.decide(doubted.visit, "refuse", reason=WHY)
    assert (early.status_code, early.json["code"], early.json["from"]) == (409, "refuse-too-early", None)
    asked = wang.decide(doubted.visit, "ask", question="当时在哪里?")
    assert (asked.json["verdict"], asked.json["state"]) == ("doubtful", "asked")
    assert value("SELECT text FROM question WHERE visit_id = :v", v=doubted.visit) == "当时在哪里?"
    early = wang.decide(doubted.visit, "refuse", reason=WHY)
    assert early.json["code"] == "refuse-too-early"
    assert early.json["from"] == wang.get(f"visits/{doubted.visit}").json["refuse_from"]
    answered = text("UPDATE finding SET state = 'answered', answered_at = now() WHERE id = :f")
    opened.write(lambda s: s.execute(answered, {"f": doubted.finding}))
    assert wang.get(f"visits/{doubted.visit}").json["may"]["refuse"]
    for short in ("", "   不    ", None):
        more = {} if short is None else {"reason": short}
        answer = wang.decide(doubted.visit, "refuse", **more)
        assert (answer.status_code, answer.json["code"], answer.json["least"]) == (422, "reason-missing", 5)
    refused = wang.decide(doubted.visit, "refuse", reason=WHY)
    assert (refused.json["verdict"], refused.json["state"]) == ("refused", "decided")
    assert wang.get(f"visits/{doubted.visit}").json["explanation"]["zh"] == f"核验员听取说明后不予认定:{WHY}"


@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        ("2026-11-25T09:00+08:00", "2026-12-01T00:00+08:00"),  # Wednesday: Thursday, Friday, Monday
        (
            "2026-09-29T20:00+08:00",
            "2026-10-10T00:00+08:00",
        ),  # the 30th, a holiday week, 8th and 9th
    ],
)
def test_refusing_opens_after_three_working_days_without_an_answer(
    wang: Browser, doubt: Doubt, opened: House, asked: str, opens: str
) -> None:
    doubted, end = doubt(), datetime.fromisoformat(opens)
    change = text("UPDATE finding SET state = 'asked', asked_at = :at WHERE id = :f")
    opened.write(lambda s: s.execute(change, {"at": datetime.fromisoformat(asked), "f": doubted.finding}))
    answer = wang.get(f"visits/{doubted.visit}").json
    assert datetime.fromisoformat(answer["refuse_from"]) == end


def test_the_term_is_over_at_its_end_and_not_before(wang: Browser, doubt: Doubt, opened: House) -> None:
    doubted = doubt()
    wang.decide(doubted.visit, "ask")
    end = datetime.fromisoformat(wang.get(f"visits/{doubted.visit}").json["refuse_from"])
    stay = text("UPDATE login_session SET expires_at = expires_at + interval '20 days', seen_at = :at")
    opened.write(lambda s: s.execute(stay, {"at": end}))
    with clock.frozen(end - timedelta(seconds=1)):
        assert wang.decide(doubted.visit, "refuse", reason=WHY).json["code"] == "refuse-too-early"
    with clock.frozen(end):
        assert wang.decide(doubted.visit, "refuse", reason=WHY).json["verdict"] == "refused"


def test_asking_again_does_not_begin_the_term_anew_and_a_default_question_is_asked(
    wang: Browser, doubt: Doubt, value: Ask
) -> None:
    doubted = doubt()
    wang.decide(doubted.visit, "ask")
    first = wang.get(f"visits/{doubted.visit}").json
    assert first["questions"][0]["text"].startswith("定位离登记位置较远")
    assert first["findings"][0]["state"] == "asked"
    assert wang.decide(doubted.visit, "ask", question="还有别的说明吗?").status_code == 201
    assert len(wang.get(f"visits/{doubted.visit}").json["questions"]) == 2


def test_a_question_that_nobody_answered_can_be_undone(wang: Browser, doubt: Doubt, value: Ask, opened: House) -> None:
    doubted = doubt()
    id_ = wang.decide(doubted.visit, "ask").json["id"]
    assert wang.post(f"decisions/{id_}/undo").json["state"] == "open"
    case = wang.get(f"visits/{doubted.visit}").json
    assert case["questions"][0]["withdrawn_at"] is not None
    assert case["refuse_from"] is None
    id_ = wang.decide(doubted.visit, "ask").json["id"]
    opened.write(lambda s: s.execute(text("UPDATE question SET answered_at = now() WHERE withdrawn_at IS NULL")))
    answer = wang.post(f"decisions/{id_}/undo")
    assert (answer.status_code, answer.json["code"]) == (409, "answered-since")
    assert wang.get(f"visits/{doubted.visit}").json["undoes"] is None


@pytest.fixture
def refused(wang: Browser, doubt: Doubt, opened: House) -> tuple[UUID, str]:
    """A visit that Wang refused and an appeal against it: the visit, the refusal."""
    doubted = doubt()
    heard = text("UPDATE finding SET answered_at = now(), state = 'answered' WHERE id = :f")
    opened.write(lambda s: s.execute(heard, {"f": doubted.finding}))
    refusal = wang.decide(doubted.visit, "refuse", reason=WHY).json["id"]
    opened.write(lambda s: add_finding(s, doubted.visit, Cause.APPEAL, str(doubted.visit), state=FindingState.ANSWERED))
    return doubted.visit, refusal


@pytest.fixture
def sun(browse: Open, beigou: Village) -> Browser:
    """Another verifier of the county."""
    return browse(Role.VERIFIER, beigou.county)


def test_a_refusal_can_be_appealed_against_and_granted_by_another(
    wang: Browser, sun: Browser, refused: tuple[UUID, str], value: Ask
) -> None:
    visit, refusal = refused
    case = sun.get(f"visits/{visit}").json
    assert case["cause"] == "appeal"
    assert case["may"]["confirm"]
    assert case["may"]["refuse"]
    granted = sun.decide(visit, "confirm")
    assert granted.json["verdict"] == "verified"
    assert wang.post(f"decisions/{refusal}/undo").json["code"] == "decided-since"
    undone = sun.post(f"decisions/{granted.json['id']}/undo").json
    assert (undone["verdict"], undone["state"]) == ("refused", "answered")
    assert wang.post(f"decisions/{refusal}/undo").json["verdict"] == "doubtful"
    assert value("SELECT state FROM finding WHERE cause = 'appeal'") == "settled"


def test_nobody_judges_an_appeal_against_his_own_refusal(
    wang: Browser, sun: Browser, refused: tuple[UUID, str], value: Ask
) -> None:
    visit, _ = refused
    case = wang.get(f"visits/{visit}").json
    assert case["may"] == dict.fromkeys(case["may"], False) | {"undo": True}
    for deciding in ("confirm", "ask", "refuse", "correct_address"):
        more = {"reason": WHY} | ({"position": {"lon": 120.76, "lat": 37.81}} if deciding == "correct_address" else {})
        answer = wang.decide(visit, deciding, **more)
        assert (answer.status_code, answer.json["code"]) == (403, "own-refusal")
        assert "申诉" in answer.json["title_zh"]
        assert answer.json["title_en"]
    for chosen in ({"visits": [str(visit)]}, {"cause": "appeal", "key": str(visit)}):
        many = wang.decide_group("confirm", **chosen).json
        assert (many["decided"], many["left_out"]) == (0, [{"visit": str(visit), "code": "own-refusal"}])
        seen = wang.post("preview", deciding="confirm", **chosen).json
        assert (seen["count"], seen["left_out"]) == (0, [{"visit": str(visit), "code": "own-refusal"}])
    assert verdict_of(value, visit) == "refused"
    assert sun.decide_group("confirm", visits=[str(visit)]).json["decided"] == 1


def test_who_refused_does_not_take_back_what_became_of_the_appeal(
    wang: Browser, sun: Browser, refused: tuple[UUID, str], value: Ask
) -> None:
    visit, _ = refused
    granted = sun.decide(visit, "confirm").json["id"]
    assert wang.get(f"visits/{visit}").json["undoes"] is None
    answer = wang.post(f"decisions/{granted}/undo")
    assert (answer.status_code, answer.json["code"]) == (403, "own-refusal")
    assert verdict_of(value, visit) == "verified"
    assert sun.get(f"visits/{visit}").json["undoes"] == granted


def test_a_refusal_that_another_upheld_is_the_other_ones(
    wang: Browser, sun: Browser, refused: tuple[UUID, str], opened: House
) -> None:
    visit, _ = refused
    assert sun.decide(visit, "refuse", reason=WHY).status_code == 201
    opened.write(lambda s: add_finding(s, visit, Cause.APPEAL, str(visit), state=FindingState.ANSWERED))
    assert sun.decide(visit, "confirm").json["code"] == "own-refusal"
    assert wang.decide(visit, "confirm").json["verdict"] == "verified"


def test_a_refusal_is_easy_to_find_and_gone_when_undone(
    wang: Browser, doubt: Doubt, opened: House, beigou: Village
) -> None:
    doubted = doubt()
    heard = text("UPDATE finding SET answered_at = now(), state = 'answered' WHERE id = :f")
    opened.write(lambda s: s.execute(heard, {"f": doubted.finding}))
    id_ = wang.decide(doubted.visit, "refuse", reason=WHY).json["id"]
    rows = opened.read(lambda s: s.execute(refused_visits([beigou.village])).all())
    assert [row.visit_id for row in rows] == [doubted.visit]
    wang.post(f"decisions/{id_}/undo")
    assert opened.read(lambda s: s.execute(refused_visits([beigou.village])).all()) == []


def test_a_corrected_address_moves_the_place_and_owes_another_judgement(
    wang: Browser, doubt: Doubt, value: Ask, beigou: Village
) -> None:
    doubted = doubt()
    assert wang.decide(doubted.visit, "correct_address").json["pointer"] == "/position"
    lon, lat = gcj02_from_wgs84(*FAR)
    answer = wang.decide(
        doubted.visit, "correct_address", position={"lon": float(lon), "lat": float(lat), "datum": "gcj02"}
    )
    assert (answer.json["verdict"], answer.json["state"]) == ("doubtful", "decided")
    x, y, datum = value(STANDS, p=beigou.home)
    assert (x, y, datum) == (pytest.approx(FAR[0], abs=1e-8), pytest.approx(FAR[1], abs=1e-8), "gcj02")
    assert value("SELECT array_agg(method ORDER BY n) FROM place_position") == ["imported", "corrected"]
    assert value("SELECT job, subject, dedupe_key FROM errand") == ("rejudge", *[f"place/{beigou.home}"] * 2)
    undone = wang.post(f"decisions/{answer.json['id']}/undo").json
    assert (undone["verdict"], undone["state"]) == ("doubtful", "open")
    x, y, datum = value(STANDS, p=beigou.home)
    assert (x, y, datum) == (pytest.approx(HOME[0]), pytest.approx(HOME[1]), None)
    assert value("SELECT array_agg(method ORDER BY n) FROM place_position") == ["imported", "corrected", "imported"]


def test_a_correction_that_another_followed_is_not_undone(wang: Browser, doubt: Doubt, beigou: Village) -> None:
    first, second = doubt(), doubt()
    id_ = wang.decide(first.visit, "correct_address", position={"lon": FAR[0], "lat": FAR[1]}).json["id"]
    later = wang.decide(second.visit, "correct_address", position={"lon": FAR[0], "lat": FAR[1] + 1e-4}).json["id"]
    assert wang.post(f"decisions/{id_}/undo").json["code"] == "moved-since"
    assert wang.post(f"decisions/{later}/undo").status_code == 200


def test_a_correction_of_an_unmapped_place_can_be_undone(
    wang: Browser, doubt: Doubt, beigou: Village, value: Ask
) -> None:
    doubted = doubt(Cause.DRAWN, "2026-01-01/x", place=beigou.unmapped)
    answer = wang.decide(doubted.visit, "correct_address", position={"lon": FAR[0], "lat": FAR[1]})
    assert answer.json["state"] == "open"  # a drawn visit waits for a verdict, whatever else is done about it
    wang.post(f"decisions/{answer.json['id']}/undo")
    assert value("SELECT position IS NULL FROM place WHERE id = :p", p=beigou.unmapped)


def test_what_does_not_fit_the_cause_is_refused(wang: Browser, doubt: Doubt) -> None:
    repeat = doubt(Cause.REPEAT, "x")
    assert wang.decide(repeat.visit, "confirm").json["code"] == "not-for-this-cause"
    photo = doubt(Cause.PHOTO, "x")
    moved = wang.decide(photo.visit, "correct_address", position={"lon": 120, "lat": 37})
    assert moved.json["code"] == "not-for-this-cause"
    assert wang.decide(photo.visit, "correct_datum", datum="gcj02").json["code"] == "not-for-this-cause"
    assert wang.decide(repeat.visit, "ask").status_code == 201


def test_two_records_of_one_visit_are_joined_and_taken_apart_again(wang: Browser, doubt: Doubt, value: Ask) -> None:
    first = doubt().visit
    later = doubt(Cause.REPEAT, str(first))
    case = wang.get(f"visits/{later.visit}").json
    assert (case["may"]["same_visit"], case["may"]["other_visit"], case["may"]["confirm"]) == (True, True, False)
    joined = wang.decide(later.visit, "same_visit")
    assert (joined.status_code, joined.json["verdict"], joined.json["state"]) == (201, "doubtful", "decided")
    edge = value("SELECT child_id, parent_id, kind, method, by FROM same_visit WHERE undone_at IS NULL")
    assert tuple(edge) == (later.visit, first, "repeat", "person", wang.known.id)
    told = wang.decide(later.visit, "confirm").json
    assert (told["code"], told["of"]) == ("visit-repeats", str(first))
    undone = wang.post(f"decisions/{joined.json['id']}/undo").json
    assert (undone["state"], undone["undone"]) == ("open", 1)
    assert value("SELECT count(*) FROM same_visit WHERE undone_at IS NULL") == 0
    parted = wang.decide(later.visit, "other_visit").json
    assert parted["state"] == "decided"
    assert wang.post(f"decisions/{parted['id']}/undo").json["state"] == "open"
    assert wang.decide(later.visit, "same_visit").status_code == 201


def test_a_record_that_is_joined_leaves_the_queue_but_a_drawn_one_waits_on(
    wang: Browser, doubt: Doubt, opened: House
) -> None:
    first = doubt(Cause.DRAWN, "2026-01-01/x").visit
    later = doubt(Cause.REPEAT, str(first))
    opened.write(lambda s: [add_finding(s, later.visit), add_finding(s, later.visit, Cause.DRAWN, "2026-01-01/y")])
    wang.decide(later.visit, "same_visit")
    assert sorted(one["key"] for one in wang.get("queue").json["items"]) == ["2026-01-01/x", "2026-01-01/y"]
    assert wang.decide(later.visit, "confirm").json["verdict"] == "verified"


def test_records_of_different_places_are_not_joined(wang: Browser, doubt: Doubt, beigou: Village) -> None:
    elsewhere = doubt(place=beigou.unmapped).visit
    later = doubt(Cause.REPEAT, str(elsewhere))
    assert wang.decide(later.visit, "same_visit").json["code"] == "visits-apart"


def test_nobody_judges_his_own_unit_even_with_a_role_above(
    browse: Open, doubt: Doubt, beigou: Village, opened: House, wang: Browser
) -> None:
    doubted = doubt()
    sun = browse(Role.VERIFIER, beigou.county)
    opened.write(lambda s: people.give_role(s, sun.known.id, Role.CADRE, beigou.village))
    for answer in (
        sun.decide(doubted.visit, "confirm"), sun.get(f"visits/{doubted.visit}"),
        sun.post(f"visits/{doubted.visit}/lease"),
    ):  # fmt: skip
        assert (answer.status_code, answer.json["code"]) == (403, "own-unit")
    assert sun.get("queue").json["items"] == sun.get("groups").json["items"] == []
    decided = wang.decide(doubted.visit, "confirm").json["id"]
    assert sun.post(f"decisions/{decided}/undo").json["code"] == "own-unit"
    village = browse(Role.VERIFIER, beigou.village)
    assert village.decide(doubted.visit, "confirm").json["code"] == "own-unit"


def test_nobody_judges_a_colleague_or_a_visit_he_took_part_in(
    browse: Open, doubt: Doubt, beigou: Village, opened: House
) -> None:
    town = browse(Role.VERIFIER, beigou.town)
    colleague = browse(Role.CADRE, beigou.town)
    of_colleague = doubt(recorder=colleague.known.id)
    together = doubt()
    join = text("INSERT INTO visit_party VALUES (:v, :p, false, NULL)")
    opened.write(lambda s: s.execute(join, {"v": together.visit, "p": town.known.id}))
    assert town.decide(of_colleague.visit, "confirm").json["code"] == "own-unit"
    assert town.decide(together.visit, "confirm").json["code"] == "took-part"
    assert town.get(f"visits/{together.visit}").json["code"] == "took-part"
    assert town.get("queue").json["items"] == []


def test_a_half_written_reason_survives_an_ended_session(
    wang: Browser, doubt: Doubt, opened: House, value: Ask
) -> None:
    doubted = doubt()
    heard = text("UPDATE finding SET answered_at = now(), state = 'answered' WHERE id = :f")
    opened.write(lambda s: s.execute(heard, {"f": doubted.finding}))
    assert wang.post(f"visits/{doubted.visit}/lease").status_code == 200
    opened.write(lambda s: s.execute(text("UPDATE login_session SET expires_at = now() - interval '1 minute'")))
    id_ = str(ids.uuid7())
    answer = wang.decide(doubted.visit, "refuse", reason=WHY, id=id_)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.json["code"] == "unauthenticated"
    assert value("SELECT count(*) FROM decision") == 0
    assert value("SELECT lease_by FROM finding WHERE id = :f", f=doubted.finding) == wang.known.id
    login = {"username": wang.known.username, "password": wang.known.password}
    csrf = wang.caller.post("/console/v1/login", json=login).json["csrf"]
    again = Browser(wang.caller, csrf, wang.known).decide(doubted.visit, "refuse", reason=WHY, id=id_)
    assert again.json["verdict"] == "refused"


def test_a_change_that_another_site_could_cause_is_refused(wang: Browser, doubt: Doubt, value: Ask) -> None:
    doubted, id_ = doubt(), str(ids.uuid7())
    for path, body in (
        (f"visits/{doubted.visit}/decisions", {"id": id_, "deciding": "confirm"}),
        ("decisions", {"id": id_, "deciding": "confirm", "visits": [str(doubted.visit)]}),
        ("preview", {"deciding": "confirm", "visits": [str(doubted.visit)]}),
        (f"visits/{doubted.visit}/lease", None),
        (f"decisions/{id_}/undo", None),
    ):
        answer = wang.caller.post(f"/console/v1/review/{path}", json=body, headers={"X-CSRF-Token": "cs_other"})
        assert (answer.status_code, answer.json["code"]) == (403, "csrf-failed")
    assert value("SELECT count(*) FROM decision") == 0


@pytest.mark.parametrize(
    "body",
    [
        {"deciding": None}, {"id": "x", "deciding": "confirm"}, {"deciding": "delete"}, {"deciding": 1},
        {"deciding": "correct_address", "position": {"lon": 400, "lat": 1}}, {"deciding": "ask", "question": "a\0b"},
        {"deciding": "correct_address", "position": {"lon": 1}}, {"deciding": "correct_datum", "datum": "mars"},
        {"deciding": "ask", "question": "问" * 2001}, {"deciding": "confirm", "verdict": "verified"}, {"id": None},
    ],
)  # fmt: skip
def test_a_body_that_says_nothing_sensible_is_refused(wang: Browser, doubt: Doubt, body: dict[str, Any]) -> None:
    doubted, right = doubt(), {"id": str(ids.uuid7()), "deciding": "confirm"}
    assert wang.post(f"visits/{doubted.visit}/decisions", **right | body).status_code == 422
