"""The overview: each block for those who may see it, and for nobody else."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from api.console.overview import deadline
from sync import clock, ids
from sync.house import House
from sync.identity import officers, sealing
from sync.identity.actions import logins, people
from sync.models import Batch, Problem, SameVisit, Task, Visit, VisitParty, WaitingRecord
from sync.words import (
    BatchState,
    Category,
    ClockMethod,
    Mode,
    Outcome,
    Recorded,
    RecordState,
    Role,
    SameKind,
    SealedKind,
    TaskKind,
    TaskState,
    Urgency,
    Verdict,
)
from tests.api.conftest import Enter, Hire
from tests.factories.village import Village

BLOCKS = {
    "走访位置": "map",
    "最新走访": "visits",
    "镇街 ": "towns",
    "最新工单": "tasks",
    "我的走访": "own",
    "密件 ": "sealed",
    "最新上传": "batches",
    "尚无角色": "nothing",
}
WATER = "自来水一到中午就没有压力"


def add_visit(
    session: Session, village: Village, unit: UUID, verdict: Verdict, days_ago: float, **more: object
) -> UUID:
    at = clock.now() - timedelta(days=days_ago)
    visit = Visit(
        id=ids.uuid7(), place_id=village.home, unit_id=unit, recorder_id=village.li, device_id=village.phone_li, rev=1,
        outcome=Outcome.MET, mode=Mode.HOME, recorded=Recorded.NOW, started_at=at, ended_at=at, received_at=at,
        clock_method=ClockMethod.WALL, clock_uncertainty_s=1, verdict=verdict, **more,
    )  # fmt: skip
    session.add(visit)
    session.flush()
    return visit.id


def add_task(session: Session, village: Village, due_in_days: float | None, said: str | None, **more: object) -> None:
    now = clock.now()
    task = Task(
        id=ids.uuid7(), kind=TaskKind.HANDLING, state=TaskState.DISPATCHED, urgency=Urgency.URGENT,
        category=Category.URBAN, unit_id=village.village, town_id=village.town, received_at=now, policy_version="1",
        holder_unit_id=village.waterworks if due_in_days else None,
        due_at=now + timedelta(days=due_in_days) if due_in_days else None, sealed=said is None, **more,
    )  # fmt: skip
    problem = Problem(
        id=ids.uuid7(), unit_id=village.village, reporter_id=village.li, told_at=now, received_at=now,
        urgency=Urgency.URGENT, read_back=True, confidential=False, text=said, task_id=task.id,
        sealed_kind=None if said else SealedKind.DISCIPLINE,
    )  # fmt: skip
    session.add_all([task, problem])


@pytest.fixture(scope="module", autouse=True)
def history(opened: House, beigou: Village) -> None:
    """Three visits of this week, one told twice, one of last month, tasks of every kind, two batches."""

    def work(session: Session) -> None:
        there = {"town_id": beigou.town, "point": "SRID=4326;POINT(120.7591 37.8082)"}
        first = add_visit(session, beigou, beigou.village, Verdict.VERIFIED, 1, **there)
        again = add_visit(session, beigou, beigou.village, Verdict.VERIFIED, 1, **there)
        add_visit(session, beigou, beigou.village, Verdict.DOUBTFUL, 2, **there)
        add_visit(session, beigou, beigou.village, Verdict.VERIFIED, 30, **there)
        add_visit(session, beigou, beigou.waterworks, Verdict.UNVERIFIABLE, 3)
        session.add(
            SameVisit(
                id=ids.uuid7(), child_id=again, parent_id=first, kind=SameKind.REPEAT, method="fixes", at=clock.now()
            )
        )
        session.add(VisitParty(visit_id=first, person_id=beigou.chen, is_recorder=False))
        add_task(session, beigou, -1, WATER)
        add_task(session, beigou, 9, "路灯坏了三盏")
        add_task(session, beigou, None, "材料不清楚", due_provisional=True)
        add_task(session, beigou, 5, None)
        for number, state in ((1, BatchState.DONE), (2, BatchState.QUARANTINED)):
            batch = Batch(
                device_id=beigou.phone_li, id=ids.uuid7(), sha256=b"h", size=9, received_at=clock.now(), state=state,
                received_on=clock.today(), device_seq=number, results=[{}, {}, {}],
            )  # fmt: skip
            session.add(batch)
            session.flush()
        session.add(
            WaitingRecord(
                device_id=beigou.phone_li,
                batch_id=batch.id,
                ord=0,
                state=RecordState.QUARANTINED,
                kind="visit",
                since=clock.now(),
                reason="x",
            )
        )

    opened.write(work)


Look = Callable[..., str]


@pytest.fixture
def look(app: Flask, hire: Hire, enter: Enter) -> Look:
    """The page as somebody with a role at a unit sees it."""

    def look(role: Role | None, unit: UUID | None) -> str:
        caller = app.test_client()
        enter(caller, hire(role, unit))
        answer = caller.get("/")
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    return look


@pytest.fixture
def as_li(app: Flask, opened: House, beigou: Village, enter: Enter) -> Callable[[UUID], str]:
    """The page as somebody of the village sees it."""

    def look(person: UUID) -> str:
        caller = app.test_client()
        begun = opened.write(
            lambda session: (
                people.set_login(
                    session, person, f"p{person.hex[-8:]}", "a good password", clock.now(), opened.policy.logins
                ),
                logins.open_session(session, person, "x", None, clock.now(), opened.policy.logins),
            )[1]
        )
        caller.set_cookie("doorstep_session", begun.token)
        return caller.get("/").get_data(as_text=True)

    return look


def blocks(page: str) -> set[str]:
    heads = re.findall(r"<h2>(.*?)</h2>", page)
    return {name for head in heads for title, name in BLOCKS.items() if head.startswith(title)}


def row(page: str, name: str) -> list[str]:
    """The numbers of one line of the table of towns."""
    found = re.search(rf'<th scope="row">{name}</th>(.*?)</tr>', page, re.S)
    assert found, page
    return re.findall(r"<td[^>]*>([^<]*)</td>", found[1])


def test_verifier_wang_sees_where_visits_took_place_and_no_word_of_them(look: Look, beigou: Village) -> None:
    page = look(Role.VERIFIER, beigou.county)
    assert blocks(page) == {"map", "visits", "towns"}
    assert page.count("<circle") == 1
    assert page.count('class="dot doubtful"') == 1
    assert row(page, "北沟镇") == ["1", "1", "0"]
    assert row(page, "其他 elsewhere") == ["0", "0", "1"]
    assert row(page, "合计 total") == ["1", "1", "1"]
    assert WATER not in page
    assert "北沟村1号" not in page


def test_a_verifier_of_the_village_itself_judges_nothing_there(look: Look, beigou: Village) -> None:
    page = look(Role.VERIFIER, beigou.village)
    assert "<circle" not in page
    assert row(page, "合计 total") == ["0", "0", "0"]


def test_dispatcher_zhao_sees_tasks_with_holder_and_light_and_no_verdict(look: Look, beigou: Village) -> None:
    page = look(Role.DISPATCHER, beigou.town)
    assert blocks(page) == {"towns", "tasks"}
    assert row(page, "北沟镇") == ["3", "1", "1"]
    assert WATER in page
    assert "水务局" in page
    assert "待派单" in page
    assert all(f'class="light {colour}"' in page for colour in ("red", "green", "grey"))
    assert not any(verdict.zh in page for verdict in Verdict)
    assert "密件" not in page


def test_leader_chen_sees_counts_and_bare_tasks(look: Look, beigou: Village) -> None:
    page = look(Role.LEADER, beigou.county)
    assert blocks(page) == {"towns", "tasks"}
    assert row(page, "北沟镇") == ["2", "3", "1", "1"]
    assert row(page, "其他 elsewhere") == ["1", "0", "0", "0"]
    assert row(page, "合计 total") == ["3", "3", "1", "1"]
    assert WATER not in page
    assert Category.URBAN.zh not in page
    assert not any(verdict.zh in page for verdict in Verdict)


def test_a_handling_unit_sees_its_own_tasks(look: Look, beigou: Village) -> None:
    page = look(Role.HANDLER, beigou.waterworks)
    assert WATER in page
    assert "材料不清楚" not in page
    assert WATER not in look(Role.HANDLER, beigou.roads)


def test_a_unit_administrator_sees_what_phones_handed_in(look: Look, beigou: Village) -> None:
    page = look(Role.UNIT_ADMIN, beigou.village)
    assert blocks(page) == {"batches"}
    assert BatchState.QUARANTINED.zh in page
    assert "李" in page
    assert blocks(look(Role.UNIT_ADMIN, beigou.roads)) == {"batches"}
    assert "李" not in look(Role.UNIT_ADMIN, beigou.roads)


def test_sealed_matters_are_for_the_officer_who_is_named(
    app: Flask, opened: House, hire: Hire, enter: Enter, look: Look, beigou: Village
) -> None:
    page = look(Role.SEALED_OFFICER, beigou.county)
    assert blocks(page) == {"sealed"}
    assert SealedKind.DISCIPLINE.zh not in page
    qian = hire(Role.SEALED_OFFICER, beigou.county)
    public = sealing.public_of(sealing.new_key())
    opened.write(
        lambda s: officers.name_officer(s, qian.id, beigou.county, [SealedKind.DISCIPLINE], public, clock.now())
    )
    caller = app.test_client()
    enter(caller, qian)
    assert SealedKind.DISCIPLINE.zh in caller.get("/").text


@pytest.mark.parametrize("role", [None, Role.VILLAGE_CADRE])
def test_without_a_role_that_shows_something_the_page_is_empty(look: Look, beigou: Village, role: Role | None) -> None:
    page = look(role, beigou.county)
    assert blocks(page) == ({"nothing"} if role is None else set())


def test_cadre_li_sees_own_visits_with_their_verdicts_and_own_matters(
    as_li: Callable[[UUID], str], beigou: Village
) -> None:
    page = as_li(beigou.li)
    assert blocks(page) == {"own", "tasks", "batches"}
    assert page.count('<td><span class="chip verdict-') == 5
    assert WATER in page


def test_cadre_chen_sees_the_visit_made_together_and_nothing_else(
    as_li: Callable[[UUID], str], beigou: Village
) -> None:
    page = as_li(beigou.chen)
    assert page.count('<td><span class="chip verdict-') == 1
    assert WATER not in page


def test_a_reporter_sees_what_became_of_own_reports(as_li: Callable[[UUID], str], beigou: Village) -> None:
    assert blocks(as_li(beigou.zhou)) == {"tasks", "batches"}


def test_a_page_that_reloads_itself_keeps_nobody_logged_in(
    app: Flask, hire: Hire, enter: Enter, beigou: Village
) -> None:
    caller = app.test_client()
    enter(caller, hire(Role.LEADER, beigou.county))
    began = clock.now()
    with clock.frozen(began + timedelta(hours=11)):
        assert 'http-equiv="refresh"' in caller.get("/?live=1").get_data(as_text=True)
    with clock.frozen(began + timedelta(hours=13)):
        assert caller.get("/?live=1").status_code == 303


def test_the_end_of_a_day_is_a_deadline_of_that_day() -> None:
    midnight = datetime(2026, 12, 1, 16, tzinfo=UTC)
    assert deadline(midnight) == "12-01 24:00"
    assert deadline(midnight - timedelta(hours=7)) == "12-01 17:00"


def test_the_page_asks_a_fixed_number_of_questions(
    app: Flask, opened: House, hire: Hire, enter: Enter, beigou: Village
) -> None:
    known = hire(Role.VERIFIER, beigou.county)
    for role in (Role.LEADER, Role.DISPATCHER, Role.UNIT_ADMIN, Role.SEALED_OFFICER, Role.CADRE):
        opened.write(lambda session, role=role: people.give_role(session, known.id, role, beigou.county))
    caller = app.test_client()
    enter(caller, known)
    asked: list[str] = []
    event.listen(opened.engine, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
    assert caller.get("/").status_code == 200
    assert len(asked) <= 24
    assert opened.read(lambda session: session.scalar(text("SELECT count(*) FROM visit"))) == 5
