"""A cadre's own visits and what became of them: what he reads, what he is asked, what he can still do."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select, text, true
from sqlalchemy.orm import Session, aliased

from sync import db
from sync.access import Actor, narrowed, within
from sync.models import Place, Visit, VisitVerdict
from sync.review.queries import decided_reason
from sync.roles import Noun
from sync.words import Role

Found = Row[*tuple[Any, ...]]
Told = aliased(Place, name="told")
_QUESTIONS = text(
    "SELECT visit_id, id, text, at FROM question WHERE visit_id = ANY(:ids) AND answered_at IS NULL"
    " AND withdrawn_at IS NULL ORDER BY at, id"
)
_SAID = text(
    "SELECT visit_id, id, kind, codes, text, at, question_id AS question FROM said WHERE visit_id = ANY(:ids)"
    " AND person_id = :me ORDER BY at, id"
)
_MISSING = text(
    "SELECT DISTINCT f.visit_id, encode(f.sha256, 'hex') AS sha256 FROM photo f"
    " LEFT JOIN blob b ON b.sha256 = f.sha256 WHERE f.visit_id = ANY(:ids)"
    " AND (f.state = 'awaited' OR b.lost_at IS NOT NULL) ORDER BY 2"
)
_SAME = text(
    "SELECT o.visit_id, o.other AS visit, s.kind, o.is_child FROM same_visit s, LATERAL (VALUES"
    "  (s.child_id, s.parent_id, true), (s.parent_id, s.child_id, false)) AS o(visit_id, other, is_child)"
    " WHERE s.undone_at IS NULL AND (s.child_id = ANY(:ids) OR s.parent_id = ANY(:ids)) AND o.visit_id = ANY(:ids)"
    " ORDER BY s.at, s.id"
)
_PARTY = text(
    "SELECT y.visit_id, y.person_id AS id, p.name, y.is_recorder, y.confirmed_at IS NOT NULL AS confirmed"
    " FROM visit_party y JOIN person p ON p.id = y.person_id WHERE y.visit_id = ANY(:ids) ORDER BY p.name, y.person_id"
)
_APPEALED = text(
    "SELECT visit_id FROM finding WHERE visit_id = ANY(:ids) AND cause = 'appeal'"
    " AND state IN ('open', 'asked', 'answered')"
)


def visits(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Visits that the cadre recorded or took part in, with the newest judgement and the reason of a person's."""
    judged = (
        select(VisitVerdict.verdict, VisitVerdict.reasons, VisitVerdict.numbers)
        .where(VisitVerdict.visit_id == Visit.id)
        .order_by(VisitVerdict.n.desc())
        .limit(1)
        .lateral("judged")
    )
    rows = (
        select(
            Visit.id,
            Visit.started_at,
            Visit.ended_at,
            Visit.received_at,
            Visit.outcome,
            Visit.mode,
            Visit.recorded,
            Visit.verdict,
            Place.id.label("place_id"),
            Place.name.label("place"),
            judged.c.verdict.label("judged"),
            judged.c.reasons,
            judged.c.numbers,
            decided_reason().label("decided_because"),
        )
        .join(Told, Told.id == Visit.place_id, isouter=True)
        .join(Place, Place.id == func.coalesce(Told.merged_into_id, Told.id), isouter=True)
        .join(judged, true(), isouter=True)
    )
    return within(narrowed(actor, Role.CADRE), rows, Noun.VISIT)


class Around(dict[str, dict[UUID, list[Found]]]):
    """What stands around visits, by kind and visit: questions, said, missing, same, party, appealed."""

    def of(self, kind: str, visit: UUID) -> Sequence[Found]:
        """The rows of one kind for one visit."""
        return self[kind].get(visit, ())


def around(session: Session, ids: Collection[UUID], person_id: UUID) -> Around:
    """All that is told beside the visits themselves: one select a kind."""
    facts = {"ids": db.pg_uuids(ids), "me": person_id}
    found = Around()
    for kind, statement in {
        "questions": _QUESTIONS, "said": _SAID, "missing": _MISSING, "same": _SAME, "party": _PARTY,
        "appealed": _APPEALED,
    }.items():  # fmt: skip
        rows: dict[UUID, list[Found]] = {}
        for row in session.execute(statement, facts):
            rows.setdefault(row.visit_id, []).append(row)
        found[kind] = rows
    return found
