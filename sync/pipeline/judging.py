"""Judging a set of visits in their context, fresh ones and stored ones alike: the same evidence, the same verdict.

A few statements a set: neighbours in time, equal coordinates, the assigned place next to those that were outside.
Visits of one set are each other's context without being stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from sync import clock
from sync.geo.distance import metres
from sync.pipeline.neighbours import Stood, against_datum, as_evidence, look_around, spoken_against
from sync.policy import Verify
from sync.registry.lookup import KnownPlace
from sync.registry.overrides import UnitPolicy
from sync.verify import queries
from sync.verify.rules.evidence import Evidence, PlacePoint, SameSpot
from sync.verify.rules.findings import Finding
from sync.verify.rules.judge import Judgement, Looked, judge_looked, look_at
from sync.verify.rules.witness import Told
from sync.words import Reason

# Findings that two visits have of each other: where one changes, the other is looked at again.
MUTUAL = frozenset({
    Reason.LOC_TELEPORT, Reason.OVERLAP_SELF, Reason.LOC_FROZEN, Reason.JOINT_SHARED_EVIDENCE,
})  # fmt: skip


@dataclass(slots=True)
class Case:
    """One visit to judge: who, with which phone, at which place (where merged ones stand), by which rules."""

    visit_id: UUID
    recorder_id: UUID
    device_id: UUID
    place: KnownPlace | None
    started_at: datetime
    evidence: Evidence
    policy: UnitPolicy

    @property
    def day(self) -> date:
        """The local day of the visit."""
        return clock.local(self.started_at).date()


class Outcome(NamedTuple):
    """A judgement, the key of the exact coordinates that may not be met elsewhere, and the other visits that it says
    something about: they are looked at again."""

    judgement: Judgement
    spot: int | None
    others: set[UUID]


def point_of(place: KnownPlace | None, policy: Verify) -> PlacePoint | None:
    """The circle in which a visit is at the place; None without a position."""
    if place is None or place.lon is None or place.lat is None:
        return None
    return PlacePoint(place.lon, place.lat, place.radius_m or policy.radius_m(place.setting))


def judge_cases(session: Session, cases: Sequence[Case]) -> list[Outcome]:
    """Judge visits, in their order. Most sets have one policy; each set of numbers is judged as a whole."""
    if not cases:
        return []
    groups = _by_policy(cases)
    evidence = [case.evidence for case in cases]
    seen = [look_at([evidence[n] for n in rows], policy) for policy, rows in groups]
    seats = {n: (looked, i) for (_, rows), looked in zip(groups, seen, strict=True) for i, n in enumerate(rows)}
    stood = [_stood(case, *seats[n]) for n, case in enumerate(cases)]
    around = look_around(session, cases, stood)
    for n, named in against_datum(cases, stood, around).items():
        evidence[n] = replace(evidence[n], witnesses=named)
        _look_again(*seats[n], evidence[n], cases[n].policy.verify)
        for others in around.values():  # as told it stood nowhere
            others.pop(cases[n].visit_id, None)
    spots = [looked.spots[i] if _is_there(evidence[n]) else None for n, (looked, i) in sorted(seats.items())]
    same = _same_spots(session, cases, spots)
    for n in around.keys() | same.keys():
        evidence[n] = replace(evidence[n], neighbours=as_evidence(around.get(n, {})), same_spot=same.get(n, ()))
    judged: dict[int, Judgement] = {}
    for (policy, rows), looked in zip(groups, seen, strict=True):
        judged |= zip(rows, judge_looked([evidence[n] for n in rows], looked, policy), strict=True)
    told = _tell_nearest(session, cases, [judged[n] for n in range(len(cases))])
    spoken = spoken_against(cases, stood, around)
    return [
        Outcome(one, spot, mutual(one.reasons) | spoken.get(n, set()))
        for n, (one, spot) in enumerate(zip(told, spots, strict=True))
    ]


def _stood(case: Case, looked: Looked, i: int) -> Stood | None:
    """Where the visit stood, if its place confirms a stay."""
    stay, numbers = looked.stays[i], looked.numbers[i]
    if stay is None or case.place is None:
        return None
    told = Told(case.device_id, case.place.unit_id, case.place.id, numbers["provider"], numbers["datum"])
    return Stood(stay, told, looked.measures[i].recognised >= 0)


def _look_again(looked: Looked, i: int, evidence: Evidence, policy: Verify) -> None:
    """Measure one visit anew, now that its datum is witnessed."""
    again = look_at([evidence], policy)
    looked.measures[i], looked.numbers[i], looked.stays[i] = again.measures[0], again.numbers[0], again.stays[0]


def mutual(reasons: Iterable[Finding]) -> set[UUID]:
    """The other visits that findings of this one are about."""
    return {UUID(visit) for one in reasons if one.code in MUTUAL for visit in one.facts["visits"]}


def _by_policy(cases: Sequence[Case]) -> list[tuple[Verify, list[int]]]:
    """The rows of each set of numbers; mostly one."""
    groups: dict[str, list[int]] = {}
    for n, case in enumerate(cases):
        groups.setdefault(case.policy.version, []).append(n)
    return [(cases[rows[0]].policy.verify, rows) for rows in groups.values()]


def _is_there(evidence: Evidence) -> bool:
    """Whether the phone claims to have been at the place: else its coordinates may honestly be those of an office."""
    return not (evidence.is_weightless or evidence.is_elsewhere)


def _same_spots(
    session: Session, cases: Sequence[Case], spots: Sequence[int | None]
) -> dict[int, tuple[SameSpot, ...]]:  # fmt: skip
    """The other visits with the very same coordinates, of this set and stored, in the order of ids."""
    pools: dict[int, list[queries.Spotted]] = {}
    for case, spot in zip(cases, spots, strict=True):
        if spot is not None and case.place is not None:
            at = case.place
            seen = queries.Spotted(spot, case.visit_id, at.id, case.device_id, case.started_at, at.lon, at.lat)
            pools.setdefault(spot, []).append(seen)
    for seen in queries.same_spots(session, pools.keys(), [case.visit_id for case in cases]):
        pools[seen.spot].append(seen)
    found = {}
    for n, (case, spot) in enumerate(zip(cases, spots, strict=True)):
        pool = pools.get(spot, ()) if spot is not None and case.place is not None else ()
        others = [one for one in pool if one.visit_id != case.visit_id]
        if others:
            found[n] = tuple(_spot_seen(case, one) for one in sorted(others, key=lambda one: one.visit_id))
    return found


def _spot_seen(case: Case, other: queries.Spotted) -> SameSpot:
    place = case.place
    assert place is not None
    apart_m = None
    if None not in (place.lon, place.lat, other.lon, other.lat):
        apart_m = float(metres(place.lon, place.lat, other.lon, other.lat))  # type: ignore[arg-type]  # none is None
    return SameSpot(
        visit=str(other.visit_id),
        same_place=other.place_id == place.id,
        same_day=clock.local(other.started_at).date() == case.day,
        same_phone=other.device_id == case.device_id,
        apart_m=apart_m,
    )


def _tell_nearest(session: Session, cases: Sequence[Case], judgements: list[Judgement]) -> list[Judgement]:
    """Beside LOC_OUTSIDE, the other assigned place that somebody was at instead, if there is one."""
    rows = [n for n, one in enumerate(judgements) if one.point and one.finding(Reason.LOC_OUTSIDE)]
    asked = []
    for n in rows:
        place, point = cases[n].place, judgements[n].point
        assert place is not None and point is not None, "outside of somewhere, with a fix"
        asked.append((cases[n].recorder_id, cases[n].day, place.id, *point))
    for at, near in queries.nearest_assigned(session, asked).items():
        n = rows[at]
        if near.metres <= (near.radius_m or cases[n].policy.verify.radius_m(near.setting)):
            facts = {"other_place": str(near.place_id), "other_name": near.name, "other_m": round(near.metres)}
            judgements[n] = judgements[n].telling(Reason.LOC_OUTSIDE, facts)
    return judgements
