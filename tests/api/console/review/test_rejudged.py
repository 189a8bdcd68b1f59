"""Persons and machines: a correction is judged again, a decision stands above, a drawn visit is never settled."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import errands
from sync.house import House
from sync.pipeline.owing import owe_rejudge
from sync.pipeline.rejudge import rejudge
from sync.words import Cause, Job
from tests.api.console.review.conftest import Ask, Browser, Doubt
from tests.factories.review import FAR, add_finding
from tests.factories.village import Village

POSITION = {"lon": FAR[0], "lat": FAR[1]}


@pytest.fixture
def judge(opened: House) -> Callable[[], int]:
    """Do the judgements that are owed; how many errands there were."""

    def judge() -> int:
        def work(session: Session) -> int:
            done = 0
            while claims := errands.claim(session, 60):
                assert {claim.job for claim in claims} == {Job.REJUDGE}
                rejudge(session, opened.policy, claims)
                errands.finish(session, claims)
                done += len(claims)
            return done

        return opened.write(work)

    return judge


def test_a_corrected_address_clears_its_visits_and_undoing_it_brings_the_doubt_back(
    wang: Browser, doubt: Doubt, beigou: Village, judge: Callable[[], int], value: Ask
) -> None:
    visits = [doubt().visit for _ in range(3)]
    group = {"cause": "address", "key": str(beigou.home)}
    done = wang.decide_group("correct_address", **group, position=POSITION).json
    shown = "SELECT array_agg(DISTINCT verdict) FROM visit WHERE id = ANY(:v)"
    assert value(shown, v=visits) == ["doubtful"]
    assert judge() > 0
    assert value(shown, v=visits) == ["verified"]
    assert wang.get("queue").json["items"] == []
    assert wang.post(f"decisions/{done['id']}/undo").json["undone"] == 3
    assert wang.get("queue").json["items"] == []  # the visits are verified until they are judged again
    judge()
    assert value(shown, v=visits) == ["doubtful"]
    assert len(wang.get("queue").json["items"]) == 3
    case = wang.get(f"visits/{visits[0]}").json
    assert [one["verdict"] for one in case["history"]] == ["doubtful", "verified", "doubtful"]


def test_no_machine_touches_what_a_person_decided(
    wang: Browser, doubt: Doubt, beigou: Village, judge: Callable[[], int], value: Ask, opened: House
) -> None:
    doubted = doubt()
    wang.decide(doubted.visit, "confirm")
    opened.write(lambda s: owe_rejudge(s, f"place/{beigou.home}"))
    judge()
    assert value("SELECT verdict FROM visit WHERE id = :v", v=doubted.visit) == "verified"
    assert value("SELECT array_agg(state) FROM finding WHERE visit_id = :v", v=doubted.visit) == ["decided"]


def test_a_drawn_visit_waits_for_a_person_whatever_machines_find(
    wang: Browser, doubt: Doubt, beigou: Village, judge: Callable[[], int], opened: House
) -> None:
    doubted = doubt()
    drawn = opened.write(lambda s: add_finding(s, doubted.visit, Cause.DRAWN, "2026-01-01/x"))
    wang.decide(doubted.visit, "correct_address", position=POSITION)
    judge()
    [left] = wang.get("queue").json["items"]
    assert (left["finding"], left["verdict"]) == (str(drawn), "verified")


def test_a_finding_about_a_place_returns_whatever_the_visits_verdict_is(
    wang: Browser, doubt: Doubt, opened: House, value: Ask
) -> None:
    doubted = doubt()
    about = text("UPDATE finding SET reasons = '{PLACE_LEARNING}' WHERE id = :f")
    opened.write(lambda s: s.execute(about, {"f": doubted.finding}))
    opened.write(lambda s: s.execute(text("UPDATE visit_verdict SET verdict = 'verified'")))
    id_ = wang.decide(doubted.visit, "confirm").json["id"]
    assert wang.post(f"decisions/{id_}/undo").json == {
        "verdict": "verified", "state": "open", "undone": 1, "left_out": [],
    }  # fmt: skip
