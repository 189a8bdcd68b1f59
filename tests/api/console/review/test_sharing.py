"""A phone of several cadres: one decision declares it, and what it is worth is seen before and taken back after."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import ids
from sync.errands import Claim
from sync.house import House
from sync.pipeline.rejudge import rejudge
from sync.words import Cause, Job, Role
from tests.api.console.review.conftest import Ask, Browser, Doubt, Open
from tests.factories.batches import this_morning
from tests.factories.review import add_place
from tests.factories.village import HOME, Village

# What the clocks said weighs 0.8 by itself: with an undeclared phone on top it is too much, without it is not.
CLOCKS = [{"code": "TIME_SKEW", "weight": 0.2, "facts": {}}, {"code": "TIME_JUMP", "weight": 0.6, "facts": {}}]
LENT = [{"code": "DEVICE_SHARED", "weight": 0.3, "facts": {}}]


@pytest.fixture
def phone(beigou: Village) -> dict[str, str]:
    """The group of Li's phone."""
    return {"cause": "device", "key": str(beigou.phone_li)}


@pytest.fixture
def lend(doubt: Doubt, opened: House, beigou: Village) -> Any:
    """A visit at a home of its own, on a day of its own, recorded with Li's phone."""
    told: list[UUID] = []

    def lend(recorder: UUID, reasons: Any = CLOCKS) -> UUID:
        n = len(told) + 1
        at = (HOME[0] + 0.001 * n, HOME[1])
        home = opened.write(lambda session: add_place(session, beigou, f"北沟村西{n}号", at))
        when = this_morning() - timedelta(days=n)
        more = {"place": home, "spot": at, "at": when, "recorder": recorder, "reasons": reasons}
        told.append(doubt(Cause.DEVICE, str(beigou.phone_li), **more).visit)
        return told[-1]

    return lend


def judge_again(opened: House, phone: UUID) -> None:
    """Do what is owed of the phone."""
    claim = Claim(1, Job.REJUDGE, f"device/{phone}", {}, 1)
    opened.write(lambda session: rejudge(session, opened.policy, [claim]))


def shares(opened: House) -> set[tuple[UUID, UUID]]:
    def work(session: Session) -> set[tuple[UUID, UUID]]:
        return {tuple(row) for row in session.execute(text("SELECT device_id, person_id FROM device_share"))}

    return opened.read(work)


def verdicts(opened: House, visits: list[UUID]) -> list[str]:
    rows = text(
        "SELECT verdict FROM unnest(CAST(:v AS uuid[])) WITH ORDINALITY w(id, n) JOIN visit USING (id) ORDER BY n"
    )
    return list(opened.read(lambda session: session.scalars(rows, {"v": visits}).all()))


def test_a_shared_phone_is_declared_once_for_all_who_use_it(
    wang: Browser, lend: Any, opened: House, beigou: Village, phone: dict[str, str], value: Ask
) -> None:
    visits = [lend(beigou.chen), lend(beigou.zhou), lend(beigou.chen)]
    assert verdicts(opened, visits) == ["doubtful"] * 3
    [group] = wang.get("groups").json["items"]
    assert (group["count"], group["actions"]) == (3, ["confirm", "ask", "declare_sharing"])
    assert wang.get(f"visits/{visits[0]}").json["may"]["declare_sharing"]
    seen = wang.post("preview", deciding="declare_sharing", **phone).json
    assert (seen["count"], seen["left_out"]) == (3, [])
    assert seen["after"] == {"verified": 3, "unverifiable": 0, "doubtful": 0, "refused": 0}
    assert {one["name"] for one in seen["users"]} == {"陈", "周"}
    assert shares(opened) == set()
    done = wang.decide_group("declare_sharing", **phone).json
    assert (done["decided"], done["left_out"], done["more"]) == (3, [], False)
    assert shares(opened) == {(beigou.phone_li, beigou.chen), (beigou.phone_li, beigou.zhou)}
    assert value("SELECT DISTINCT by FROM device_share") == wang.known.id
    assert wang.get("queue").json["items"] == []
    assert value("SELECT subject FROM errand WHERE done_at IS NULL") == f"device/{beigou.phone_li}"
    assert verdicts(opened, visits) == ["doubtful"] * 3  # until they are judged again
    judge_again(opened, beigou.phone_li)
    assert verdicts(opened, visits) == ["verified"] * 3
    again = wang.decide_group("declare_sharing", **phone, id=done["id"]).json
    assert again == done


def test_undoing_takes_all_of_it_back(
    wang: Browser, lend: Any, opened: House, beigou: Village, phone: dict[str, str], value: Ask
) -> None:
    visits = [lend(beigou.chen), lend(beigou.zhou)]
    before = ids.uuid7()
    opened.write(
        lambda session: session.execute(
            text("INSERT INTO device_share VALUES (:d, :p, :b, now())"),
            {"d": beigou.phone_li, "p": beigou.zhou, "b": before},
        )
    )
    done = wang.decide_group("declare_sharing", **phone).json
    assert done["decided"] == 1
    assert [one["code"] for one in done["left_out"]] == ["not-for-this-cause"]  # Zhou is declared already
    judge_again(opened, beigou.phone_li)
    assert verdicts(opened, visits) == ["verified"] * 2
    one = value("SELECT id FROM decision WHERE visit_id = :v", v=visits[0])
    assert wang.get(f"visits/{visits[0]}").json["undoes"] == done["id"]
    undone = wang.post(f"decisions/{one}/undo").json
    assert (undone["undone"], undone["left_out"]) == (1, [])
    assert shares(opened) == {(beigou.phone_li, beigou.zhou)}
    judge_again(opened, beigou.phone_li)
    assert verdicts(opened, visits) == ["doubtful", "verified"]
    waiting = {one["visit"] for one in wang.get("queue").json["items"]}  # visits of other tests may wait again too
    assert (str(visits[0]) in waiting, str(visits[1]) in waiting) == (True, False)
    assert wang.post(f"decisions/{done['id']}/undo").json["undone"] == 0


def test_what_somebody_took_back_otherwise_cannot_be_undone(
    wang: Browser, lend: Any, opened: House, beigou: Village, phone: dict[str, str]
) -> None:
    lend(beigou.chen)
    done = wang.decide_group("declare_sharing", **phone).json
    opened.write(lambda session: session.execute(text("DELETE FROM device_share")))
    answer = wang.post(f"decisions/{done['id']}/undo")
    assert (answer.status_code, answer.json["code"]) == (409, "moved-since")


def test_a_phone_in_its_holders_hands_is_not_shared(
    wang: Browser, lend: Any, opened: House, beigou: Village, phone: dict[str, str]
) -> None:
    own, other = lend(beigou.li, CLOCKS + LENT), lend(beigou.chen)
    assert not wang.get(f"visits/{own}").json["may"]["declare_sharing"]
    answer = wang.decide(own, "declare_sharing")
    assert (answer.status_code, answer.json["code"]) == (409, "not-for-this-cause")
    done = wang.decide_group("declare_sharing", **phone).json
    assert (done["decided"], done["left_out"]) == (1, [{"visit": str(own), "code": "not-for-this-cause"}])
    assert shares(opened) == {(beigou.phone_li, beigou.chen)}
    judge_again(opened, beigou.phone_li)
    assert verdicts(opened, [own, other]) == ["doubtful", "verified"]


def test_one_visit_is_enough_to_declare_it(wang: Browser, lend: Any, opened: House, beigou: Village) -> None:
    visit = lend(beigou.chen)
    answer = wang.decide(visit, "declare_sharing")
    assert (answer.status_code, answer.json["state"]) == (201, "decided")
    assert shares(opened) == {(beigou.phone_li, beigou.chen)}
    assert wang.post(f"decisions/{answer.json['id']}/undo").json["state"] == "open"
    assert shares(opened) == set()


def test_what_else_speaks_against_a_visit_goes_on_speaking(
    wang: Browser, lend: Any, opened: House, beigou: Village, phone: dict[str, str]
) -> None:
    lend(beigou.chen, CLOCKS)
    other = lend(beigou.zhou, CLOCKS)
    mocked = text("UPDATE trace SET mock = '11111' WHERE visit_id = :v")
    opened.write(lambda session: session.execute(mocked, {"v": other}))
    seen = wang.post("preview", deciding="declare_sharing", **phone).json
    assert seen["after"] == {"verified": 1, "unverifiable": 0, "doubtful": 1, "refused": 0}
    wang.decide_group("declare_sharing", **phone)
    judge_again(opened, beigou.phone_li)
    left = {one["visit"]: one["reasons"] for one in wang.get("queue").json["items"]}
    assert "LOC_MOCK" in left[str(other)]


def test_visits_of_two_phones_are_not_one_sharing(
    wang: Browser, doubt: Doubt, lend: Any, beigou: Village, value: Ask
) -> None:
    visits = [lend(beigou.chen), doubt(Cause.DEVICE, "x", recorder=beigou.li, device=beigou.phone_chen).visit]
    answer = wang.post("preview", deciding="declare_sharing", visits=[str(one) for one in visits])
    assert (answer.status_code, answer.json["pointer"]) == (422, "/visits")
    assert wang.decide_group("declare_sharing", visits=[str(one) for one in visits]).status_code == 422
    assert value("SELECT count(*) FROM device_share") == 0


def test_nobody_declares_for_another_town(browse: Open, lend: Any, opened: House, beigou: Village) -> None:
    visit = lend(beigou.chen)
    elsewhere = browse(Role.VERIFIER, beigou.waterworks)
    assert elsewhere.decide(visit, "declare_sharing").status_code == 404
    assert browse(Role.UNIT_ADMIN, beigou.county).decide(visit, "declare_sharing").status_code == 403
    done = elsewhere.decide_group("declare_sharing", visits=[str(visit)]).json
    assert done["left_out"] == [{"visit": str(visit), "code": "not-found"}]
    assert shares(opened) == set()
