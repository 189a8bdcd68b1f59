"""What a cadre reads about his own visits, and what he can still say."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from sync import clock, ids
from sync.house import House
from sync.words import Cause, SameKind
from tests.api.phone.conftest import Phone
from tests.factories.review import add_finding, add_visit
from tests.factories.village import HOME, Village

NOON = clock.local(clock.now() - timedelta(days=3)).replace(hour=12)


@pytest.fixture
def visit(house: House, village: Village) -> Callable[..., UUID]:
    """A visit of cadre Li, verified unless it is said otherwise."""
    return lambda **more: house.write(lambda s: add_visit(s, village, **{"spot": HOME, "at": NOON} | more))


def execute(house: House, statement: str, **facts: Any) -> None:
    house.write(lambda session: session.execute(text(statement), facts))


def test_cadre_li_reads_what_became_of_a_visit(phone: Phone, village: Village, visit: Callable[..., UUID]) -> None:
    id_ = visit()
    [own] = phone.get("visits").json["items"]
    assert own["visit"] == str(id_)
    assert own["place"] == {"id": str(village.home), "name": "北沟村1号"}
    assert own["verdict"] == "verified"
    assert own["explanation"]["zh"].endswith("位置相符。")
    assert "米" in own["explanation"]["zh"]
    assert own["counts"] is True
    assert own["questions"] == own["photos_missing"] == own["same"] == []
    assert own["may_appeal"] is False
    assert own["party"] == [{"id": str(village.li), "name": "李", "is_recorder": True, "confirmed": True}]
    whole = phone.get(f"visits/{id_}").json
    assert {key: whole[key] for key in own} == own
    assert (whole["outcome"], whole["mode"], whole["recorded"]) == ("met", "home", "now")
    assert whole["reasons"] == whole["said"] == []
    assert whole["decided_because"] is None


def test_only_own_visits_are_shown(
    phone: Phone, phone_of: Callable[[UUID], Phone], house: House, village: Village, visit: Callable[..., UUID]
) -> None:
    chen = phone_of(village.chen)
    id_ = visit()
    assert chen.get("visits").json == {"items": [], "next": None}
    assert chen.get(f"visits/{id_}").json["code"] == "not-found"
    execute(house, "INSERT INTO visit_party VALUES (:v, :p, false, NULL)", v=id_, p=village.chen)
    [shared] = chen.get("visits").json["items"]
    assert [(one["name"], one["confirmed"]) for one in shared["party"]] == [("李", True), ("陈", False)]
    assert len(phone.get("visits").json["items"]) == 1


def test_a_reporter_has_no_visits(
    phone_of: Callable[[UUID], Phone], village: Village, visit: Callable[..., UUID]
) -> None:
    zhou, id_ = phone_of(village.zhou), visit()
    for path in ("visits", f"visits/{id_}"):
        answer = zhou.get(path)
        assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def test_a_question_waits_until_it_is_answered_or_withdrawn(
    phone: Phone, house: House, village: Village, visit: Callable[..., UUID]
) -> None:
    id_ = visit(spot=None)
    question = ids.uuid7()
    execute(
        house,
        "INSERT INTO question (id, visit_id, text, by, at) VALUES (:q, :v, '当时在哪里?', :p, now())",
        q=question, v=id_, p=village.chen,
    )  # fmt: skip
    [asked] = phone.get("visits").json["items"][0]["questions"]
    assert (asked["id"], asked["text"]) == (str(question), "当时在哪里?")
    assert set(asked) == {"id", "text", "at"}  # who asks is nobody's business
    execute(house, "UPDATE question SET withdrawn_at = now()")
    assert phone.get(f"visits/{id_}").json["questions"] == []
    execute(house, "UPDATE question SET withdrawn_at = NULL, answered_at = now()")
    assert phone.get(f"visits/{id_}").json["questions"] == []


def test_after_a_refusal_he_reads_why_and_may_appeal_once_at_a_time(
    phone: Phone, house: House, village: Village, visit: Callable[..., UUID]
) -> None:
    id_ = visit()
    execute(
        house,
        "INSERT INTO decision (id, visit_id, deciding, verdict, before, reason, by, at)"
        " VALUES (:i, :v, 'refuse', 'refused', 'verified', '没有人认识这户', :p, now())",
        i=ids.uuid7(), v=id_, p=village.chen,
    )  # fmt: skip
    execute(house, "UPDATE visit SET verdict = 'refused'")
    own = phone.get(f"visits/{id_}").json
    assert own["explanation"]["zh"] == "核验员听取说明后不予认定:没有人认识这户"
    assert own["decided_because"] == "没有人认识这户"
    assert own["counts"] is False
    assert own["may_appeal"] is True
    assert str(village.chen) not in phone.get(f"visits/{id_}").text
    house.write(lambda s: add_finding(s, id_, Cause.APPEAL, str(id_)))
    execute(
        house,
        "INSERT INTO said (id, visit_id, kind, codes, text, person_id, device_id, batch_id, at)"
        " VALUES (:i, :v, 'appeal', '{OTHER}', '邻居可以作证', :p, :i, :i, now())",
        i=ids.uuid7(), v=id_, p=village.li,
    )  # fmt: skip
    own = phone.get(f"visits/{id_}").json
    assert own["may_appeal"] is False
    assert [(one["kind"], one["codes"], one["text"]) for one in own["said"]] == [("appeal", ["OTHER"], "邻居可以作证")]


def test_photos_that_are_missing_or_were_lost_are_named(
    phone: Phone, house: House, village: Village, visit: Callable[..., UUID]
) -> None:
    id_ = visit()
    for letter, state, lost in (("a", "awaited", None), ("b", "present", None), ("c", "present", clock.now())):
        sha256 = letter.encode() * 32
        if state == "present":
            execute(
                house, "INSERT INTO blob (sha256, size, stored_at, lost_at) VALUES (:s, 1, now(), :l)", s=sha256, l=lost
            )
        execute(
            house,
            "INSERT INTO photo (id, visit_id, device_id, batch_id, sha256, size, state, cited_at)"
            " VALUES (:i, :v, :d, :i, :s, 1, :state, now())",
            i=ids.uuid7(), v=id_, d=phone.device, s=sha256, state=state,
        )  # fmt: skip
    assert phone.get(f"visits/{id_}").json["photos_missing"] == ["61" * 32, "63" * 32]


def test_a_repeat_points_to_the_record_that_counts(
    phone: Phone, house: House, village: Village, visit: Callable[..., UUID]
) -> None:
    parent, child, joint = visit(), visit(), visit(recorder=village.chen)
    join = "INSERT INTO same_visit (id, child_id, parent_id, kind, method, at) VALUES (:i, :c, :p, :k, 'fixes', now())"
    execute(house, join, i=ids.uuid7(), c=child, p=parent, k=SameKind.REPEAT.value)
    execute(house, join, i=ids.uuid7(), c=joint, p=parent, k=SameKind.JOINT.value)
    own = {one["visit"]: one for one in phone.get("visits").json["items"]}
    assert own[str(child)]["same"] == [{"visit": str(parent), "kind": "repeat", "is_child": True}]
    assert (own[str(child)]["counts"], own[str(parent)]["counts"]) == (False, True)
    assert len(own[str(parent)]["same"]) == 2
    execute(house, "UPDATE same_visit SET undone_at = now()")
    assert {one["counts"] for one in phone.get("visits").json["items"]} == {True}


def test_visits_come_in_pages_the_newest_first(phone: Phone, visit: Callable[..., UUID]) -> None:
    made = [visit(at=NOON + timedelta(hours=n)) for n in range(5)]
    found, cursor = [], ""
    while cursor is not None:
        page = phone.get(f"visits?limit=2{cursor and '&cursor=' + cursor}").json
        found += [one["visit"] for one in page["items"]]
        cursor = page["next"]
    assert found == [str(id_) for id_ in reversed(made)]
    assert phone.get("visits?cursor=x").status_code == 422
    assert phone.get("visits?limit=0").status_code == 422


def test_a_judgement_of_an_older_version_is_told_by_its_reasons(
    phone: Phone, house: House, visit: Callable[..., UUID]
) -> None:
    id_ = visit()
    execute(
        house,
        "UPDATE visit_verdict SET verdict = 'unverifiable', numbers = '{\"usable\": 1}',"
        ' reasons = \'[{"code": "LOC_ACCURACY_POOR", "weight": 0, "facts": {}}]\'',
    )
    assert phone.get(f"visits/{id_}").json["explanation"] == {
        "zh": "定位精度不足:无法核验。", "en": "fixes too coarse to tell: unverifiable.",
    }  # fmt: skip
    execute(house, "DELETE FROM visit_verdict")
    assert phone.get(f"visits/{id_}").json["explanation"]["zh"] == "尚未核验。"
