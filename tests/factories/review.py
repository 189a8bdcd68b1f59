"""Visits that wait for a verifier: with fixes, a judgement by the very rules, and a finding."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.pipeline.judging import judge_cases
from sync.pipeline.stored import load
from sync.policy import defaults
from sync.words import Cause, FindingState, Mode, Outcome, Recorded
from tests.factories.batches import this_morning
from tests.factories.village import HOME, Village

FAR = (HOME[0] + 0.008, HOME[1])  # 704 m to the east


@dataclass(frozen=True)
class Doubted:
    """A visit and the finding that it waits under."""

    visit: UUID
    finding: UUID


def add_place(session: Session, v: Village, name: str, lonlat: tuple[float, float] | None, **changes: Any) -> UUID:
    """Another home of the village, or of the unit named in `changes`."""
    place = {"i": ids.uuid7(), "u": v.village, "t": v.town, "n": name, "d": None, "by": None} | changes
    place["p"] = lonlat and f"SRID=4326;POINT({lonlat[0]} {lonlat[1]})"
    session.execute(
        text(
            "INSERT INTO place (id, kind, unit_id, town_id, name, position, position_datum, state, proposed_by)"
            " VALUES (:i, 'household', :u, :t, :n, CAST(:p AS geography), :d, 'active', :by)"
        ),
        place,
    )
    return place["i"]  # type: ignore[no-any-return]


def add_visit(
    session: Session,
    v: Village,
    *,
    place: UUID | None = None,
    recorder: UUID | None = None,
    device: UUID | None = None,
    at: datetime | None = None,
    received_at: datetime | None = None,
    spot: tuple[float, float] | None = FAR,
    datum: str = "w",
    unit: UUID | None = None,
    town: UUID | None = None,
    outcome: Outcome = Outcome.MET,
    mode: Mode = Mode.HOME,
    recorded: Recorded = Recorded.NOW,
    reasons: Sequence[dict[str, Any]] = (),
) -> UUID:
    """Cadre Li's visit of ten minutes with five fixes at `spot`, judged by the rules and by further `reasons`."""
    visit, started = ids.uuid7(), at or this_morning()
    row = {
        "i": visit, "p": place or v.home, "u": unit or v.village, "t": town or v.town, "r": recorder or v.li,
        "d": device or v.phone_li, "s": started, "e": started + timedelta(minutes=10), "o": outcome.value,
        "m": mode.value, "w": recorded.value, "got": received_at or started + timedelta(hours=1),
    }  # fmt: skip
    session.execute(
        text(
            "INSERT INTO visit (id, place_id, unit_id, town_id, recorder_id, device_id, rev, outcome, mode, recorded,"
            " started_at, ended_at, clock_method, clock_uncertainty_s, received_at, verdict, lent)"
            " VALUES (:i, :p, :u, :t, :r, :d, 1, :o, :m, :w, :s, :e, 'offset', 5, :got, 'unverifiable',"
            "  (SELECT person_id FROM device WHERE id = :d) IS DISTINCT FROM CAST(:r AS uuid))"
        ),
        row,
    )
    session.execute(text("INSERT INTO visit_party VALUES (:i, :r, true, :got)"), row)
    if spot:
        series = {
            "i": visit, "got": row["got"], "at": [started.timestamp() + 120 * i for i in range(5)],
            "lon": [spot[0] + i * 1e-5 for i in range(5)], "lat": [spot[1]] * 5, "acc": [12.0] * 5, "datum": datum * 5,
        }  # fmt: skip
        session.execute(
            text(
                "INSERT INTO trace (received_on, visit_id, at, lon, lat, accuracy_m, provider, datum, mock)"
                " VALUES (CAST(CAST(:got AS timestamptz) AS date), :i, :at, :lon, :lat, :acc, 'ggggg', :datum, '00000')"
            ),
            series,
        )
    _judge(session, visit, reasons)
    return visit


def _judge(session: Session, visit: UUID, more: Sequence[dict[str, Any]]) -> None:
    policy = defaults()
    session.execute(
        text(
            "INSERT INTO visit_verdict (visit_id, n, at, verdict, reasons, numbers, policy_version)"
            " VALUES (:i, 1, now(), 'unverifiable', '[]', '{}', '2026-11')"
        ),
        {"i": visit},
    )
    cases = load(session, policy, [visit]).cases
    [(judged, _, _)] = judge_cases(session, cases)
    told = [*orjson.loads(orjson.dumps(judged.reasons)), *more]
    verdict = "doubtful" if sum(one["weight"] for one in told) >= policy.verify.doubt_at else judged.verdict.value
    session.execute(
        text(
            "WITH j AS (UPDATE visit_verdict SET verdict = :v, reasons = CAST(:r AS jsonb), numbers = CAST(:n AS jsonb)"
            " WHERE visit_id = :i) UPDATE visit SET verdict = :v, point = CAST(:p AS geography) WHERE id = :i"
        ),
        {"i": visit, "v": verdict, "r": orjson.dumps(told).decode(), "n": orjson.dumps(judged.numbers).decode(),
         "p": judged.point and "SRID=4326;POINT({} {})".format(*judged.point)},
    )  # fmt: skip


def add_finding(
    session: Session,
    visit: UUID,
    cause: Cause = Cause.ADDRESS,
    key: str | None = None,
    *,
    opened_at: datetime | None = None,
    state: FindingState = FindingState.OPEN,
    asked_at: datetime | None = None,
    answered_at: datetime | None = None,
) -> UUID:
    """Let the visit wait; the key is its place if none is given."""
    finding = ids.uuid7()
    session.execute(
        text(
            "INSERT INTO finding (id, visit_id, unit_id, town_id, cause, cause_key, reasons, state, opened_at,"
            " asked_at, answered_at) SELECT :f, v.id, v.unit_id, v.town_id, :c, coalesce(:k, CAST(v.place_id AS text)),"
            " ARRAY(SELECT r ->> 'code' FROM visit_verdict j, jsonb_array_elements(j.reasons) r"
            "  WHERE j.visit_id = v.id),"
            " :s, :at, :asked, :answered FROM visit v WHERE v.id = :v"
        ),
        {"f": finding, "v": visit, "c": cause.value, "k": key, "s": state.value, "at": opened_at or clock.now(),
         "asked": asked_at, "answered": answered_at},
    )  # fmt: skip
    return finding


def add_doubted(
    session: Session, v: Village, cause: Cause = Cause.ADDRESS, key: str | None = None, **more: Any
) -> Doubted:
    """A visit that waits; `more` goes to the visit."""
    visit = add_visit(session, v, **more)
    return Doubted(visit, add_finding(session, visit, cause, key))
