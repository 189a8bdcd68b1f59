"""From drafts to verdicts: the bridge between what intake drew up and what verify judges."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from sync import clock
from sync.dedup.grouping import Edge
from sync.intake.drafts import VisitDraft
from sync.intake.parents import Parents
from sync.pipeline import noting
from sync.pipeline.judging import Case, judge_cases, point_of
from sync.pipeline.owing import owe_visits
from sync.pipeline.walk import Walk
from sync.registry import lookup, overrides, positions
from sync.registry.lookup import KnownPlace
from sync.registry.overrides import UnitPolicy
from sync.registry.positions import LonLat
from sync.review.opening import Judged
from sync.verify import queries
from sync.verify.rules.evidence import Evidence, FixSeries
from sync.words import Reason, Verdict

PHOTO_WAIT_S = 5.0
RANK = {reason: n for n, reason in enumerate(Reason)}
Without = Mapping[UUID, Mapping[UUID, LonLat | None]]


def judge(walk: Walk, known: Parents, drafts: Sequence[VisitDraft], edges: Sequence[Edge]) -> list[Judged]:
    """Give each draft its verdict, reasons, numbers, rounded point and spot, in its context.

    Stored visits that a new one speaks about are owed another look. Answers the doubtful ones: give them to
    `note_fresh` once the visits are stored.
    """
    if not drafts:
        return []
    session = walk.session
    linked = lookup.linked(session, [(one.recorder_id, one.record.place, one.started.at) for one in drafts])
    for index, one in enumerate(drafts):
        if index not in linked:
            one.flags.append(Reason.LINK_NOT_ASSIGNED)
    cases = _cases(walk, known, drafts, edges)
    outcomes = judge_cases(session, cases)
    for one, case, (judgement, spot, _) in zip(drafts, cases, outcomes, strict=True):
        one.verdict, one.spot, one.policy_version = judgement.verdict, spot, case.policy.version
        one.reasons = orjson.dumps(judgement.reasons).decode()
        one.numbers = orjson.dumps(judgement.numbers).decode()
        if judgement.point:
            one.point = "SRID=4326;POINT({} {})".format(*judgement.point)
    own = {one.record.id for one in drafts}
    owe_visits(session, {other for outcome in outcomes for other in outcome.others} - own)
    doubtful = [n for n, one in enumerate(drafts) if one.verdict is Verdict.DOUBTFUL]
    return noting.judged_of(
        session,
        [cases[n] for n in doubtful],
        [outcomes[n].judgement for n in doubtful],
        [(drafts[n].unit_id, drafts[n].town_id) for n in doubtful],
    )


def note_fresh(walk: Walk, doubtful: Sequence[Judged]) -> None:
    """Open findings for the doubtful ones of the new visits; they are stored by now."""
    if doubtful:
        noting.note(walk.session, doubtful, walk.policy.verify, walk.now, fresh=True)


def owe_cited(walk: Walk, drafts: Sequence[VisitDraft], awaited: Collection[tuple[UUID, bytes]]) -> None:
    """Photos that are here already are looked at soon after: the verdict of a new visit never waits for a picture."""
    looked = {
        one.record.id
        for one in drafts
        for photo in one.record.photos
        if (one.origin.device_id, bytes.fromhex(photo.sha256)) not in awaited
    }
    owe_visits(walk.session, looked, wait_s=PHOTO_WAIT_S)


def ordered(flags: Iterable[Reason]) -> tuple[Reason, ...]:
    """Flags in the order of the words, so that where they came from decides nothing."""
    return tuple(sorted(set(flags), key=RANK.__getitem__))


def seen_by(place: KnownPlace | None, cadre: UUID, without: Without) -> KnownPlace | None:
    """The place as a cadre is judged by it: a learned position without what that cadre taught (D6.3 d)."""
    if place is None or cadre not in without.get(place.id, {}):
        return place
    at = without[place.id][cadre]
    return place._replace(lon=at[0] if at else None, lat=at[1] if at else None)


def read_as(provider: str, datum: str, overridden: Mapping[str, str]) -> str:
    """The datum letters by which fixes are read: their device group's, where they say WGS 84; empty: as told."""
    if not overridden:
        return ""
    return "".join(overridden.get(p, d) if d == "w" else d for p, d in zip(provider, datum, strict=True))


def _cases(walk: Walk, known: Parents, drafts: Sequence[VisitDraft], edges: Sequence[Edge]) -> list[Case]:
    session = walk.session
    asked = [(one.unit_id, clock.local(one.started.at).date()) for one in drafts]
    policies = overrides.resolve(session, walk.policy, asked)
    without = positions.without(session, {place.id for place in known.places.values()})
    overridden = queries.datum_overrides(session, {one.origin.device_id for one in drafts})
    lent = {(one.origin.device_id, one.recorder_id) for one in drafts if one.recorder_id != one.origin.person_id}
    declared = queries.declared_sharing(session, lent)
    shared = _shared(edges)
    cases = []
    for one, policy in zip(drafts, policies, strict=True):
        id_, device, recorder = one.record.id, one.origin.device_id, one.recorder_id
        place = seen_by(known.places.get(one.record.place), recorder, without)
        evidence = _evidence(
            one,
            place,
            policy,
            read_as=read_as(one.fixes.provider, one.fixes.datum, overridden.get(device, {})),
            shared_phone=(device, recorder) in lent,
            sharing_declared=(device, recorder) in declared,
            joint_shared=shared.get(id_, ()),
        )
        cases.append(Case(id_, recorder, device, place, one.started.at, evidence, policy))
    return cases


def _evidence(one: VisitDraft, place: KnownPlace | None, policy: UnitPolicy, **found: Any) -> Evidence:
    record, at = one.record, one.fixes
    point = point_of(place, policy.verify)
    return Evidence(
        recorded=record.recorded,
        mode=record.mode,
        outcome=record.outcome,
        started_at=one.started.at.timestamp(),
        ended_at=one.ended.at.timestamp(),
        time_uncertainty_s=round(one.started.uncertainty_s, 1),
        local_hour=clock.local(one.started.at).hour,
        flags=ordered(one.flags),
        attested=tuple(dict.fromkeys(attested.code for attested in record.attestations)),
        place=point,
        fixes=FixSeries(at.lon, at.lat, at.accuracy_m, at.at, at.provider, at.datum, at.mock),
        by_other=one.recorder_id not in one.parties,
        location_off=not policy.takes_location,
        learning=place is not None and point is None,
        **found,
    )


def _shared(edges: Sequence[Edge]) -> dict[UUID, tuple[str, ...]]:
    """Visits of two cadres that came with one series of fixes, each with the other."""
    found: dict[UUID, tuple[str, ...]] = {}
    for edge in edges:
        if edge.shared:
            for one, other in ((edge.child, edge.matched), (edge.matched, edge.child)):
                found[one] = (*found.get(one, ()), str(other))
    return found
