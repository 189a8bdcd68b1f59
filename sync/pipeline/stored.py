"""Stored visits as they are judged again: every kind of evidence from its table, a few statements a set."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db
from sync.pipeline import pictures
from sync.pipeline.judging import Case, point_of
from sync.pipeline.verdicts import ordered, read_as, seen_by
from sync.policy import Policy
from sync.registry import lookup, overrides, positions
from sync.registry.lookup import KnownPlace
from sync.registry.overrides import UnitPolicy
from sync.verify import queries
from sync.verify.rules.evidence import Evidence, FixSeries
from sync.words import Attestation, Mode, Outcome, Reason, Recorded, Verdict

# What only the phone's clocks and the batch knew stands in the first verdict.
FROM_THE_BATCH = frozenset({Reason.TIME_SKEW, Reason.TIME_JUMP, Reason.PARENT_UNKNOWN})
DECIMALS = 6


class Kept(NamedTuple):
    """A visit's newest verdict as it is kept, and where it counts; `is_decided`: a person's decision stands above."""

    n: int
    verdict: Verdict
    reasons: list[dict[str, Any]]
    numbers: dict[str, Any]
    shown: Verdict
    spot: int | None
    unit_id: UUID
    town_id: UUID | None
    is_decided: bool


_VISITS = text(
    "SELECT v.id, v.place_id, v.unit_id, v.town_id, v.recorder_id, v.device_id, v.outcome, v.mode, v.recorded,"
    " v.started_at, v.ended_at, v.clock_uncertainty_s, v.verdict, v.spot, d.person_id AS holder_id"
    " FROM visit v JOIN device d ON d.id = v.device_id WHERE v.id = ANY(:ids) AND v.erased_at IS NULL"
    " ORDER BY v.id FOR NO KEY UPDATE OF v"
)
_KEPT = text(
    "SELECT l.visit_id, l.n, l.verdict, l.reasons, l.numbers, f.reasons AS first,"
    " EXISTS (SELECT 1 FROM decision c WHERE c.visit_id = l.visit_id AND c.verdict IS NOT NULL"
    "  AND c.undone_at IS NULL) AS is_decided,"
    " EXISTS (SELECT 1 FROM visit_party y WHERE y.visit_id = l.visit_id AND y.is_recorder) AS was_there"
    " FROM unnest(CAST(:ids AS uuid[])) AS w(id) CROSS JOIN LATERAL (SELECT * FROM visit_verdict o"
    "  WHERE o.visit_id = w.id ORDER BY o.n DESC LIMIT 1) l"
    " JOIN visit_verdict f ON f.visit_id = w.id AND f.n = 1"
)
# Three look-ups by key a visit, whatever its day was called where it was stored; a range of days would read all fixes.
_TRACES = text(
    "SELECT t.visit_id, t.lon, t.lat, t.accuracy_m, t.at, t.provider, t.datum, t.mock"
    " FROM visit v CROSS JOIN LATERAL (VALUES (-1), (0), (1)) AS n(days)"
    " JOIN trace t ON t.visit_id = v.id AND t.received_on = CAST(v.received_at AS date) + n.days"
    " WHERE v.id = ANY(:ids)"
)
_SAID = text(
    "SELECT visit_id, code FROM ("
    " SELECT r.visit_id, a.value ->> 'code' AS code, r.received_at AS at, a.ordinality AS n FROM visit_rev r"
    "  CROSS JOIN LATERAL jsonb_array_elements(r.content -> 'attestations') WITH ORDINALITY a"
    "  WHERE r.visit_id = ANY(:ids) AND r.content -> 'attestations' IS NOT NULL"
    " UNION ALL SELECT s.visit_id, c.code, s.at, c.n FROM said s"
    "  CROSS JOIN LATERAL unnest(s.codes) WITH ORDINALITY AS c(code, n) WHERE s.visit_id = ANY(:ids)"
    ") x ORDER BY visit_id, at, n"
)
_TOGETHER = text(
    "WITH r AS (SELECT w.id, coalesce(e.parent_id, w.id) AS root FROM unnest(CAST(:ids AS uuid[])) AS w(id)"
    "  LEFT JOIN same_visit e ON e.child_id = w.id AND e.undone_at IS NULL),"
    " m AS (SELECT id, root AS other FROM r WHERE root <> id UNION SELECT r.id, e.child_id FROM r"
    "  JOIN same_visit e ON e.parent_id = r.root AND e.undone_at IS NULL WHERE e.child_id <> r.id)"
    " SELECT m.id, m.other, v.recorder_id FROM m JOIN visit v ON v.id = m.other ORDER BY m.id, m.other"
)


class Loaded(NamedTuple):
    """Visits with what is kept of them, in the same order; and later visits that used a photo of these."""

    cases: list[Case]
    kept: list[Kept]
    later: set[UUID]


def load(session: Session, policy: Policy, ids: Sequence[UUID]) -> Loaded:
    """Lock visits and gather their evidence; those whose fixes were dropped by retention are left out, since without
    what it rested on a verdict stays as it is."""
    if not ids:
        return Loaded([], [], set())
    asked = {"ids": db.pg_uuids(ids)}
    rows = session.execute(_VISITS, asked).all()
    kept = {row.visit_id: row for row in session.execute(_KEPT, asked)}
    traces = {row[0]: FixSeries(*row[1:]) for row in session.execute(_TRACES, asked)}
    rows = [row for row in rows if row.id in kept and (row.id in traces or not kept[row.id].numbers.get("fixes"))]
    context = _Context.of(session, policy, rows, traces)
    return Loaded(
        [_case(row, kept[row.id], context) for row in rows],
        [_kept(row, kept[row.id]) for row in rows],
        {later for visits in context.photos.later.values() for later in visits},
    )


class _Context(NamedTuple):
    """What all visits of a set need, by visit, place or phone."""

    policies: dict[UUID, UnitPolicy]
    places: dict[UUID, KnownPlace]
    without: dict[UUID, dict[UUID, positions.LonLat | None]]
    linked: set[UUID]
    overridden: dict[UUID, dict[str, str]]
    declared: set[tuple[UUID, UUID]]
    said: dict[UUID, list[Attestation]]
    shared: dict[UUID, tuple[str, ...]]
    traces: Mapping[UUID, FixSeries]
    photos: pictures.Seen

    @classmethod
    def of(cls, session: Session, policy: Policy, rows: Sequence[Any], traces: Mapping[UUID, FixSeries]) -> "_Context":
        ids = [row.id for row in rows]
        asked = [(row.unit_id, clock.local(row.started_at).date()) for row in rows]
        places = lookup.places(session, {row.place_id for row in rows})
        linked = lookup.linked(session, [(row.recorder_id, row.place_id, row.started_at) for row in rows])
        together = _together(session, ids)
        lent = {(row.device_id, row.recorder_id) for row in rows if row.recorder_id != row.holder_id}
        return cls(
            policies=dict(zip(ids, overrides.resolve(session, policy, asked), strict=True)),
            places=places,
            without=positions.without(session, {place.id for place in places.values()}),
            linked={ids[n] for n in linked},
            overridden=queries.datum_overrides(session, {row.device_id for row in rows}),
            declared=queries.declared_sharing(session, lent),
            said=_said(session, ids),
            shared=_shared(session, rows, together, traces),
            traces=traces,
            photos=pictures.look(session, policy.photos, rows, {id_: {o for o, _ in m} for id_, m in together.items()}),
        )


def _case(row: Any, kept: Any, context: _Context) -> Case:
    policy = context.policies[row.id]
    place = seen_by(context.places.get(row.place_id), row.recorder_id, context.without)
    point = point_of(place, policy.verify)
    fixes = context.traces.get(row.id, FixSeries())
    photos, reused = context.photos.of(row.id) if policy.takes_photos else ((), ())
    evidence = Evidence(
        recorded=Recorded(row.recorded),
        mode=Mode(row.mode),
        outcome=Outcome(row.outcome),
        started_at=row.started_at.timestamp(),
        ended_at=row.ended_at.timestamp(),
        time_uncertainty_s=round(row.clock_uncertainty_s, 1),
        local_hour=clock.local(row.started_at).hour,
        flags=_flags(row, kept.first, row.id in context.linked),
        attested=tuple(dict.fromkeys(context.said.get(row.id, ()))),
        place=point,
        fixes=fixes,
        read_as=read_as(fixes.provider, fixes.datum, context.overridden.get(row.device_id, {})),
        by_other=not kept.was_there,
        location_off=not policy.takes_location,
        learning=place is not None and point is None,
        photos=photos,
        reused=reused,
        shared_phone=row.recorder_id != row.holder_id,
        sharing_declared=(row.device_id, row.recorder_id) in context.declared,
        joint_shared=context.shared.get(row.id, ()),
    )
    return Case(row.id, row.recorder_id, row.device_id, place, row.started_at, evidence, policy)


def _kept(row: Any, kept: Any) -> Kept:
    return Kept(
        kept.n, Verdict(kept.verdict), kept.reasons, kept.numbers, Verdict(row.verdict), row.spot, row.unit_id,
        row.town_id, kept.is_decided,
    )  # fmt: skip


def _flags(row: Any, first: Sequence[Mapping[str, Any]], is_linked: bool) -> tuple[Reason, ...]:
    flags = {reason for one in first if (reason := Reason(one["code"])) in FROM_THE_BATCH}
    if row.recorded == Recorded.AFTERWARDS:
        flags.add(Reason.RECORDED_AFTERWARDS)
    if not is_linked:
        flags.add(Reason.LINK_NOT_ASSIGNED)
    return ordered(flags)


def _said(session: Session, ids: Collection[UUID]) -> dict[UUID, list[Attestation]]:
    found: dict[UUID, list[Attestation]] = {}
    for visit, code in session.execute(_SAID, {"ids": db.pg_uuids(ids)}):
        found.setdefault(visit, []).append(Attestation(code))
    return found


def _together(session: Session, ids: Collection[UUID]) -> dict[UUID, list[tuple[UUID, UUID]]]:
    """(other visit, its recorder) of the records that tell of the same visit, by edges that stand."""
    found: dict[UUID, list[tuple[UUID, UUID]]] = {}
    for visit, other, recorder in session.execute(_TOGETHER, {"ids": db.pg_uuids(ids)}):
        found.setdefault(visit, []).append((other, recorder))
    return found


def _shared(
    session: Session,
    rows: Sequence[Any],
    together: Mapping[UUID, list[tuple[UUID, UUID]]],
    traces: Mapping[UUID, FixSeries],
) -> dict[UUID, tuple[str, ...]]:
    """Joint visits of two cadres on two phones whose fixes are equal to 6 decimals."""
    others = {other for row in rows for other, who in together.get(row.id, ()) if who != row.recorder_id}
    far = others - traces.keys()
    known = dict(traces)
    if far:
        asked = {"ids": db.pg_uuids(far)}
        known |= {row[0]: FixSeries(*row[1:]) for row in session.execute(_TRACES, asked)}
    found = {}
    for row in rows:
        mine = _series(known.get(row.id))
        same = [
            str(other)
            for other, who in together.get(row.id, ())
            if mine and who != row.recorder_id and _series(known.get(other)) == mine
        ]
        if same:
            found[row.id] = tuple(same)
    return found


def _series(fixes: FixSeries | None) -> list[tuple[float, float]]:
    """The coordinates as compared; none for positions of the network alone, which two phones in one room share."""
    if fixes is None or set(fixes.provider) <= {"n"}:
        return []
    return [(round(lon, DECIMALS), round(lat, DECIMALS)) for lon, lat in zip(fixes.lon, fixes.lat, strict=True)]
