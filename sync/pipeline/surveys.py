"""What many visits tell together, looked at from time to time: shifted phones, shifted places, learned positions."""

from datetime import timedelta
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import audit, clock, errands, ids
from sync.errands import Claim
from sync.pipeline.owing import owe_rejudge
from sync.policy import Policy
from sync.registry import positions
from sync.review.opening import open_about_place
from sync.verify.rules.votes import Group, Tally, Vote, count
from sync.words import Job, Reason

DAYS = 14  # the newest visits vote: phones change with their apps
LEARNED_AT_ONCE = 500
FIRST = UUID(int=0)
SHIFT_REASONS = {"g": Reason.LOC_DATUM_GCJ02, "b": Reason.LOC_DATUM_BD09}
_VOTES = text(
    "SELECT d.about ->> 'model' AS model, d.about ->> 'app_version' AS app,"
    " left(x.numbers ->> 'provider', 1) AS provider,"
    " coalesce(p.merged_into_id, p.id) AS place_id, max(CAST(v.id AS text)) AS visit,"
    " count(*) FILTER (WHERE NOT x.gcj02 AND NOT x.bd09) AS as_told, count(*) FILTER (WHERE x.gcj02) AS gcj02,"
    " count(*) FILTER (WHERE x.bd09) AS bd09"
    " FROM visit v JOIN device d ON d.id = v.device_id JOIN place p ON p.id = v.place_id"
    ' CROSS JOIN LATERAL (SELECT o.numbers, o.reasons @> \'[{"code": "LOC_DATUM_GCJ02"}]\' AS gcj02,'
    '   o.reasons @> \'[{"code": "LOC_DATUM_BD09"}]\' AS bd09'
    "  FROM visit_verdict o WHERE o.visit_id = v.id ORDER BY o.n DESC LIMIT 1) x"
    " WHERE v.id >= :since AND v.point IS NOT NULL AND d.about ->> 'model' IS NOT NULL"
    " AND d.about ->> 'app_version' IS NOT NULL AND x.numbers -> 'here' IS NOT NULL"
    " GROUP BY model, app, left(x.numbers ->> 'provider', 1), coalesce(p.merged_into_id, p.id)"
)
_OVERRIDE = text(
    "INSERT INTO datum_group AS g (model, app_version, provider, datum, votes, at)"
    " VALUES (:model, :app, :provider, :datum, CAST(:votes AS jsonb), :now)"
    " ON CONFLICT (model, app_version, provider) DO UPDATE SET datum = excluded.datum, votes = excluded.votes,"
    "  at = excluded.at WHERE g.by IS NULL AND g.datum <> excluded.datum RETURNING model"
)
_STRAIGHTEN = text(
    "DELETE FROM datum_group WHERE by IS NULL AND (model, app_version, provider) IN (SELECT * FROM"
    " unnest(CAST(:models AS text[]), CAST(:apps AS text[]), CAST(:providers AS text[])))"
    " RETURNING model, app_version, provider"
)


def count_datum_votes(session: Session, policy: Policy) -> Tally:
    """Read device groups in another datum where their visits say so, or as told again; a shifted place waits for a
    person. Visits of groups that changed are owed another look. What a person set stays."""
    since = ids.first_uuid7(clock.now() - timedelta(days=DAYS))
    rows = session.execute(_VOTES, {"since": since})
    votes = [Vote(Group(r.model, r.app, r.provider), r.place_id, UUID(r.visit), *r[5:]) for r in rows]
    tally = count(votes, policy.verify)
    now = clock.now()
    for group, (letter, visits, places) in sorted(tally.shifted.items()):
        told = orjson.dumps({"visits": visits, "places": places}).decode()
        facts = {"model": group.model, "app": group.app_version, "provider": group.provider, "now": now}
        if session.execute(_OVERRIDE, facts | {"datum": letter, "votes": told}).first():
            _tell(session, group, letter)
    for row in _straighten(session, tally):
        _tell(session, row, "w")
    for place, (letter, visit) in tally.places.items():
        open_about_place(session, visit, place, [SHIFT_REASONS[letter]], now)
    return tally


def learn_positions(session: Session, policy: Policy, claim: Claim) -> None:
    """Learn positions of places that have none, a chunk at a time, then look for learned ones that moved."""
    after = UUID(str(claim.facts.get("after", FIRST)))
    if claim.facts.get("moved"):
        found, further = positions.moved(session, policy.verify, after, LEARNED_AT_ONCE)
        for one in found:
            open_about_place(session, one.visit_id, one.place_id, [Reason.PLACE_LEARNING], clock.now())
        stage = {"moved": True}
    else:
        placed, further = positions.learn_unknown(session, policy.verify, clock.now(), after, LEARNED_AT_ONCE)
        for place in placed:
            audit.record(session, "place.learned", place)
            owe_rejudge(session, f"place/{place}")
        stage = {}
        if further is None:
            stage, further = {"moved": True}, FIRST
    if further is not None:
        facts = orjson.dumps(stage | {"after": str(further)}).decode()
        key = f"{Job.LEARN_POSITIONS}@{facts}"
        errands.owe(session, Job.LEARN_POSITIONS, claim.subject, facts=facts, dedupe_key=key, priority=8)


def _straighten(session: Session, tally: Tally) -> list[Group]:
    if not tally.straight:
        return []
    models, apps, providers = zip(*sorted(tally.straight), strict=True)
    facts = {"models": list(models), "apps": list(apps), "providers": list(providers)}
    return [Group(*row) for row in session.execute(_STRAIGHTEN, facts)]


def _tell(session: Session, group: Group, letter: str) -> None:
    audit.record(session, "datum_group.set", None, group=group.key, datum=letter)
    owe_rejudge(session, f"group/{group.key}")
