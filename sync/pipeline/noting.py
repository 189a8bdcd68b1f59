"""From judgements to what waits for a person: causes, and villages whose whole import is shifted."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.pipeline.judging import Case
from sync.policy import Verify
from sync.review import opening
from sync.review.opening import Judged
from sync.verify.rules.cause import Subject, cause_of, codes_of, shifted_alike
from sync.verify.rules.evidence import PROVIDER_LETTERS
from sync.verify.rules.judge import Judgement
from sync.words import Cause, Provider, Reason, Verdict

_ABOUT = text(
    "SELECT id, about ->> 'model' AS model, about ->> 'app_version' AS app FROM device WHERE id = ANY(:devices)"
)


def judged_of(
    session: Session, cases: Sequence[Case], judgements: Sequence[Judgement], where: Sequence[tuple[UUID, UUID | None]]
) -> list[Judged]:
    """What review notes of each visit; `where` is its (unit, town)."""
    groups = _groups(session, cases, judgements)
    found = []
    for case, judgement, (unit, town) in zip(cases, judgements, where, strict=True):
        place = str(case.place.id) if case.place else ""
        subject = Subject(str(case.visit_id), place, str(case.device_id), groups.get(case.visit_id))
        cause, key = cause_of(judgement, subject)
        found.append(Judged(case.visit_id, unit, town, judgement.verdict, codes_of(judgement), cause, key))
    return found


def note(session: Session, judged: Sequence[Judged], policy: Verify, now: datetime, *, fresh: bool = False) -> None:
    """Open, change and settle findings; where new ones lie outside, look whether their whole village is shifted."""
    opening.note_verdicts(session, judged, now, fresh=fresh)
    units = sorted(
        {one.unit_id for one in judged if one.verdict is Verdict.DOUBTFUL and one.cause in (Cause.ADDRESS, Cause.DATUM)}
    )
    by_unit: dict[UUID, list[opening.Outside]] = {}
    for one in opening.outside(session, units):
        by_unit.setdefault(one.unit_id, []).append(one)
    for unit, rows in by_unit.items():
        lon, lat, place_lon, place_lat = np.array([row[3:] for row in rows], np.float64).T
        alike = shifted_alike((lon, lat), (place_lon, place_lat), [row.place_id for row in rows], policy)
        if alike.any():
            members = [rows[n].finding_id for n in np.flatnonzero(alike)]
            opening.regroup(session, members, Cause.AREA, str(unit))


def _groups(session: Session, cases: Sequence[Case], judgements: Sequence[Judgement]) -> dict[UUID, str]:
    """`model|app version|provider letter` of visits whose fixes another datum would nearly explain."""
    asked = [
        (case, judgement.numbers["provider"])
        for case, judgement in zip(cases, judgements, strict=True)
        if (one := judgement.finding(Reason.LOC_OUTSIDE)) and "fix_datum" in one.facts
    ]
    if not asked:
        return {}
    rows = session.execute(_ABOUT, {"devices": db.pg_uuids({case.device_id for case, _ in asked})})
    named = {row.id: f"{row.model}|{row.app}" for row in rows if row.model and row.app}
    return {
        case.visit_id: f"{named[case.device_id]}|{PROVIDER_LETTERS[Provider(provider)]}"
        for case, provider in asked
        if case.device_id in named
    }
