"""The verifier's queue with a million visits stored and 50,000 findings undecided, asked over HTTP in this process."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.app import create_app
from api.auth import COOKIE
from sync import clock, ids
from sync.house import House
from sync.identity.actions import logins, people
from sync.review.drawing import draw_back_checks
from sync.words import Role
from tests.bench.ground import installation
from tests.bench.load import _id
from tests.bench.stored import PLACE, VISIT, store_visits
from tests.bench.table import Row

VISITS, FINDINGS = 1_000_000, 50_000
ROUNDS = 200
COUNTY = UUID("01900001-0000-7000-8000-000000000001")
TOWN = UUID("01900001-0000-7000-8000-000000000002")
# Causes as they come: half wrong addresses of some homes, some villages, some device groups, the rest single.
_CAUSE = (
    "CASE WHEN k % 10 < 5 THEN 'address' WHEN k % 10 < 7 THEN 'area' WHEN k % 10 < 8 THEN 'datum'"
    " WHEN k % 200 = 8 THEN 'drawn' ELSE 'single' END"
)
_KEY = (
    f"CASE WHEN k % 10 < 5 THEN CAST({PLACE} AS text) WHEN k % 10 < 7 THEN CAST({_id('01900001', '100 + k % 600')} AS text)"
    f" WHEN k % 10 < 8 THEN 'Redmi ' || k % 40 || '|1.0.0|g' WHEN k % 200 = 8 THEN '2025-11-01/' || {_id('01900001', '2')}"
    f" ELSE CAST({VISIT} AS text) END"
)
_FILL = (
    "INSERT INTO finding (id, visit_id, unit_id, town_id, cause, cause_key, reasons, state, opened_at)"
    f" SELECT {_id('01930000', 'k')}, v.id, v.unit_id, v.town_id, {_CAUSE}, {_KEY}, '{{LOC_OUTSIDE}}',"
    " CASE WHEN k % 9 = 0 THEN 'asked' WHEN k % 9 = 1 THEN 'answered' ELSE 'open' END,"
    " now() - k % 40000 * interval '1 minute' FROM (SELECT k, CAST(k AS bigint) * :step AS n FROM generate_series(0, :last) k) x"
    f" JOIN visit v ON v.id = {VISIT}",
    "UPDATE visit_verdict j SET verdict = 'doubtful', reasons = '[{\"code\": \"LOC_OUTSIDE\", \"weight\": 1.0, \"facts\":"
    " {\"least_m\": 704}}]', numbers = '{\"fixes\": 6, \"usable\": 6, \"best_fix\": 0, \"accuracy_m\": 12.0, \"lon\": 120.6,"
    " \"lat\": 37.4, \"datum\": \"wgs84\", \"radius_m\": 200.0, \"d_m\": 704.5, \"p_in\": 0.0, \"far_share\": 1.0,"
    " \"in_radius_share\": 0.0, \"span_s\": 0}' FROM finding f WHERE f.visit_id = j.visit_id",
    "UPDATE visit v SET verdict = 'doubtful' FROM finding f WHERE f.visit_id = v.id",
)  # fmt: skip


def queue(visits: int = VISITS, findings: int = FINDINGS) -> list[Row]:
    """p95 of groups, queue and one visit, for a county's verifier and for one of a town."""
    with installation("review") as (house, _, _postgres):
        store_visits(house, visits)
        house.write(lambda session: fill(session, visits, findings))
        with house.engine.connect() as connection:
            raw = connection.execution_options(isolation_level="AUTOCOMMIT")
            raw.execute(text("SET statement_timeout = 0"))
            raw.execute(text("VACUUM ANALYZE"))
        rows = []
        for name, unit in (("county", COUNTY), ("town", TOWN)):
            client, _csrf = enter(house, unit)
            method = f"{visits:,} visits, {findings:,} findings, {name}'s verifier, {ROUNDS} requests"
            for what, path in (
                ("groups", "groups"),
                ("queue", "queue"),
                ("queue, filtered", "queue?reason=LOC_OUTSIDE"),
            ):
                rows.append(Row(f"review {what}, p95", p95(walk(client, path)), "ms", 200, 80, method, less=True))
            opened = visits_of(client)
            rows.append(Row("review one visit, p95", p95(opened), "ms", 200, 80, method, less=True))
        method = f"{visits:,} visits stored in no order of time, which no installation has: each day reads them all"
        rows.append(Row("lots of 30 days", _lots(house), "ms", 10_000, 2_000, method, less=True))
        return rows


def fill(session: Session, visits: int, findings: int) -> None:
    """Findings over the stored visits, evenly."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    for statement in _FILL:
        session.execute(text(statement), {"step": visits // findings, "last": findings - 1})


def enter(house: House, unit: UUID) -> tuple[FlaskClient, str]:
    """The browser of a verifier of a unit."""

    def work(session: Session) -> Any:
        name = f"V{ids.digits(9)}"
        person = people.add_person(session, name, "核验员")
        people.set_login(session, person, name, ids.token("pw"), clock.now(), house.policy.logins)
        people.give_role(session, person, Role.VERIFIER, unit)
        return logins.open_session(session, person, name, None, clock.now(), house.policy.logins)

    begun = house.write(work)
    client = create_app(house.settings).test_client()
    client.set_cookie(COOKIE, begun.token)
    return client, begun.csrf


def walk(client: FlaskClient, path: str) -> list[float]:
    """Milliseconds of each page, on and on through the list and from its start again."""
    seconds, cursor = [], None
    for _ in range(ROUNDS):
        at = f"/console/v1/review/{path}{'&' if '?' in path else '?'}limit=50{'&cursor=' + cursor if cursor else ''}"
        answer, took = timed(lambda at=at: client.get(at))  # type: ignore[misc]
        cursor = answer.json["next"]
        seconds.append(took)
    return seconds


def visits_of(client: FlaskClient) -> list[float]:
    """Milliseconds of opening the first visits of the queue."""
    items = client.get(f"/console/v1/review/queue?limit={ROUNDS}").json["items"]  # type: ignore[index]
    return [timed(lambda one=one: client.get(f"/console/v1/review/visits/{one['visit']}"))[1] for one in items]  # type: ignore[misc]


def timed(ask: Callable[[], Any]) -> tuple[Any, float]:
    """(answer, milliseconds)."""
    start = time.perf_counter()
    answer = ask()
    took = (time.perf_counter() - start) * 1000
    assert answer.status_code == 200, answer.text
    return answer, took


def p95(milliseconds: list[float]) -> float:
    """The 95th percentile."""
    return sorted(milliseconds)[int(len(milliseconds) * 0.95)]


def _lots(house: House) -> float:
    """Milliseconds of drawing the lots of a month that nobody drew, of visits received lately."""
    with house.engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        latest = connection.scalar(text("SELECT max(received_at) FROM visit"))
    start = time.perf_counter()
    house.write(lambda session: draw_back_checks(session, house.policy.review, latest))
    return (time.perf_counter() - start) * 1000
