"""Edges between visits that tell of the same: written by the machine, made and undone by persons."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db, ids
from sync.dedup import queries
from sync.dedup.grouping import PERSON, Edge, Plan, below
from sync.dedup.queries import Member
from sync.errors import refuse
from sync.models import SameVisit
from sync.registry import doors
from sync.words import SameKind

_EDGE = ("id", "child_id", "parent_id", "matched_id", "kind", "method", "shared", "by", "at")
_MOVE = text(
    "UPDATE same_visit s SET parent_id = m.root"
    " FROM unnest(CAST(:olds AS uuid[]), CAST(:roots AS uuid[])) AS m(old, root)"
    " WHERE s.parent_id = m.old AND s.undone_at IS NULL"
)
_AGAIN = text("UPDATE same_visit SET kind = 'repeat' WHERE child_id = ANY(:ids) AND undone_at IS NULL")
_LEAVE = text("UPDATE same_visit SET parent_id = :root WHERE child_id = ANY(:ids) AND undone_at IS NULL")
_CLOSE = text("UPDATE same_visit SET undone_at = :at, undone_by = :by WHERE id = :id")
_DOORS = text(
    "SELECT DISTINCT coalesce(p.merged_into_id, v.place_id) FROM visit v LEFT JOIN place p ON p.id = v.place_id"
    " WHERE v.id = ANY(:ids)"
)
_LOCK = text("SELECT id FROM visit WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
_BY_ID = text(
    "SELECT id, child_id, coalesce(matched_id, parent_id) AS matched_id, kind, at, undone_at"
    " FROM same_visit WHERE id = :id"
)
# What a person's edge replaced: closed in the same moment, by nobody.
_REPLACED = text(
    "SELECT id, kind, coalesce(matched_id, parent_id) AS matched_id FROM same_visit"
    " WHERE child_id = :child AND undone_at = :at AND undone_by IS NULL ORDER BY id DESC LIMIT 1"
)
_REOPEN = text("UPDATE same_visit SET undone_at = NULL, parent_id = :root WHERE id = :id")
_CONFIRM = text(
    "UPDATE visit_party p SET confirmed_at = :at FROM ("
    " SELECT s.parent_id AS visit_id, c.recorder_id FROM same_visit s JOIN visit c ON c.id = s.child_id"
    "  WHERE s.child_id = ANY(:ids) AND s.undone_at IS NULL AND s.kind = 'joint'"
    " UNION ALL SELECT s.child_id, r.recorder_id FROM same_visit s JOIN visit r ON r.id = s.parent_id"
    "  WHERE s.child_id = ANY(:ids) AND s.undone_at IS NULL AND s.kind = 'joint') AS x"
    " WHERE p.visit_id = x.visit_id AND p.person_id = x.recorder_id AND p.confirmed_at IS NULL"
)


class Changed(NamedTuple):
    """What a person's act did: the edge it is about, and every visit whose group or credit is another now.

    `turned` is the visit that became a repeat by it, or no longer is one.
    """

    edge_id: UUID
    visits: set[UUID]
    turned: UUID | None = None
    repeats: bool = False


def join(session: Session, drawn: Plan, at: datetime) -> None:
    """Write what a look has found; originals stay. Edges to an old root are pointed to the new one.

    Whoever wrote down a visit of his own that is joint with one that names him has thereby confirmed that he was there.
    """
    if drawn.moved:
        roots = {"olds": db.pg_uuids(drawn.moved), "roots": db.pg_uuids(drawn.moved.values())}
        session.execute(_MOVE, roots)
    if drawn.repeats:
        session.execute(_AGAIN, {"ids": db.pg_uuids(drawn.repeats)})
    _put(session, drawn.edges, None, at)
    if joint := [edge.child for edge in drawn.edges if edge.kind is SameKind.JOINT]:
        session.execute(_CONFIRM, {"ids": db.pg_uuids(joint), "at": at})


def join_by_person(
    session: Session, child_id: UUID, other_id: UUID, by: UUID, at: datetime, kind: SameKind = SameKind.REPEAT
) -> Changed:
    """A person says that `child` tells of the same visit as `other`: REPEAT, it counts no longer; JOINT, both count.

    Two persons who say so crosswise at once get one edge: whoever comes second finds them joined. Saying it again
    changes nothing. Raises not-found, visits-apart (they were at different places).
    """
    members = _held(session, child_id, other_id)
    child, other = members[child_id], members[other_id]
    if child.root != other.root:
        return _replace(session, members, child, Edge(child_id, other.root, kind, PERSON, other_id), by, at)
    mine, theirs = _between(members, child, other)
    assert mine.edge and mine.edge_id, "of two records of one group one hangs on something"
    if mine.edge.kind is kind or kind is SameKind.JOINT:
        return Changed(mine.edge_id, set())
    again = Edge(mine.id, mine.edge.parent, kind, PERSON, theirs.id, mine.edge.shared)
    return _replace(session, members, mine, again, by, at)


def undo_edge(session: Session, edge_id: UUID, by: UUID | None, at: datetime) -> Changed:
    """Take two visits apart: the child counts again, with what hangs on it. No machine makes this edge again.

    What a person's edge had replaced is put back. Undoing twice changes nothing; `by` None takes it apart without
    saying anything for the future. Raises not-found.
    """
    row = session.execute(_BY_ID, {"id": edge_id}).one_or_none()
    if row is None:
        raise refuse("not-found")
    members = _held(session, row.child_id, row.matched_id, anywhere=True)
    row = session.execute(_BY_ID, {"id": edge_id}).one()
    if row.undone_at is not None:
        return Changed(edge_id, set())
    leaving = below(row.child_id, _edges(members))
    session.execute(_CLOSE, {"id": edge_id, "at": at, "by": by})
    replaced = session.execute(_REPLACED, {"child": row.child_id, "at": row.at}).one_or_none()
    root, was, becomes = row.child_id, row.kind == SameKind.REPEAT, False
    if replaced and replaced.matched_id not in leaving:
        becomes = replaced.kind == SameKind.REPEAT
        before = {one.id: one for one in queries.groups(session, [replaced.matched_id])}
        root = before[replaced.matched_id].root
        session.execute(_REOPEN, {"id": replaced.id, "root": root})
    session.execute(_LEAVE, {"root": root, "ids": db.pg_uuids(leaving - {row.child_id})})
    return Changed(edge_id, set(members), row.child_id if was is not becomes else None, becomes)


def keep_apart(session: Session, one_id: UUID, other_id: UUID, by: UUID, at: datetime) -> Changed:
    """A person says that these are two visits: an edge between them is undone, and no machine joins them later.

    The answer's edge can be given to `allow_again`. Raises not-found, visits-apart.
    """
    members = _held(session, one_id, other_id)
    one, other = members[one_id], members[other_id]
    if one.root == other.root:
        hanging, _ = _between(members, one, other)
        assert hanging.edge_id, "of two records of one group one hangs on something"
        return undo_edge(session, hanging.edge_id, by, at)
    edge_id = ids.uuid7()
    bar = (edge_id, one_id, other_id, other_id, SameKind.REPEAT.value, PERSON, False, by, at, at, by)
    db.put(session, SameVisit, (*_EDGE, "undone_at", "undone_by"), [bar])
    return Changed(edge_id, set())


def allow_again(session: Session, edge_id: UUID, by: UUID, at: datetime) -> Changed:
    """Take back `keep_apart` or `undo_edge`: what was joined is joined again, by this person. Raises not-found."""
    row = session.execute(_BY_ID, {"id": edge_id}).one_or_none()
    if row is None:
        raise refuse("not-found")
    if row.undone_at is None:
        return Changed(edge_id, set())
    if row.undone_at == row.at:
        session.execute(text("DELETE FROM same_visit WHERE id = :id"), {"id": edge_id})
        return Changed(edge_id, set())
    return join_by_person(session, row.child_id, row.matched_id, by, at, SameKind(row.kind))


def _held(session: Session, one: UUID, other: UUID, *, anywhere: bool = False) -> dict[UUID, Member]:
    """Lock the door of these visits and the visits themselves, in the order of their ids; then read their groups."""
    pair = {"ids": db.pg_uuids({one, other})}
    while True:
        roots = set(session.scalars(_DOORS, pair))
        if len(roots) > 1 and not anywhere:
            raise refuse("visits-apart")
        if doors.hold(session, roots) is not None:
            break
    if len(session.scalars(_LOCK, pair).all()) < len({one, other}) or one == other:
        raise refuse("not-found")
    return {member.id: member for member in queries.groups(session, [one, other])}


def _edges(members: dict[UUID, Member]) -> list[Edge]:
    return [one.edge for one in members.values() if one.edge]


def _between(members: dict[UUID, Member], one: Member, other: Member) -> tuple[Member, Member]:
    """Of two records of one group the one whose edge parts them, and the other."""
    if one.edge and other.id not in below(one.id, _edges(members)):
        return one, other
    return other, one


def _replace(
    session: Session, members: dict[UUID, Member], child: Member, edge: Edge, by: UUID, at: datetime
) -> Changed:
    """Write a person's edge in the place of what the child has; whoever hangs on it comes along."""
    coming = below(child.id, _edges(members))
    if child.edge_id:
        session.execute(_CLOSE, {"id": child.edge_id, "at": at, "by": None})
    session.execute(_LEAVE, {"root": edge.parent, "ids": db.pg_uuids(coming - {child.id})})
    [edge_id] = _put(session, [edge], by, at)
    was, becomes = bool(child.edge and child.edge.kind is SameKind.REPEAT), edge.kind is SameKind.REPEAT
    return Changed(edge_id, set(members), child.id if was is not becomes else None, becomes)


def _put(session: Session, edges: Sequence[Edge], by: UUID | None, at: datetime) -> list[UUID]:
    made = [ids.uuid7() for _ in edges]
    rows = [
        (id_, edge.child, edge.parent, edge.matched, edge.kind.value, edge.method, edge.shared, by, at)
        for id_, edge in zip(made, edges, strict=True)
    ]
    db.put(session, SameVisit, _EDGE, rows)
    return made
