"""From drafts to verdicts: the bridge between what intake drew up and what verify judges."""

from collections.abc import Sequence

import orjson

from sync import clock
from sync.intake.drafts import VisitDraft
from sync.intake.parents import Parents
from sync.pipeline.walk import Walk
from sync.policy import Verify
from sync.registry import lookup
from sync.registry.lookup import KnownPlace
from sync.verify.rules.evidence import Evidence, FixSeries, PlacePoint
from sync.verify.rules.judge import judge_visits
from sync.words import Reason


def judge(walk: Walk, known: Parents, drafts: Sequence[VisitDraft]) -> None:
    """Give each draft its verdict, reasons, numbers and rounded point."""
    if not drafts:
        return
    asked = [(one.recorder_id, one.record.place, one.started.at) for one in drafts]
    linked = lookup.linked(walk.session, asked)
    for index, one in enumerate(drafts):
        if index not in linked:
            one.flags.append(Reason.LINK_NOT_ASSIGNED)
    evidence = [_evidence(one, known.places.get(one.record.place), walk) for one in drafts]
    for one, judgement in zip(drafts, judge_visits(evidence, walk.policy.verify), strict=True):
        one.verdict = judgement.verdict
        one.reasons = orjson.dumps(judgement.reasons).decode()
        one.numbers = orjson.dumps(judgement.numbers).decode()
        if judgement.point:
            one.point = "SRID=4326;POINT({} {})".format(*judgement.point)


def _evidence(one: VisitDraft, place: KnownPlace | None, walk: Walk) -> Evidence:
    record, at = one.record, one.fixes
    return Evidence(
        recorded=record.recorded,
        mode=record.mode,
        outcome=record.outcome,
        started_at=one.started.at.timestamp(),
        ended_at=one.ended.at.timestamp(),
        time_uncertainty_s=one.started.uncertainty_s,
        local_hour=clock.local(one.started.at).hour,
        flags=tuple(one.flags),
        attested=tuple(attested.code for attested in record.attestations),
        place=_point(place, walk.policy.verify) if place else None,
        fixes=FixSeries(at.lon, at.lat, at.accuracy_m, at.at, at.provider, at.datum, at.mock),
    )


def _point(place: KnownPlace, policy: Verify) -> PlacePoint | None:
    if place.lon is None or place.lat is None:
        return None
    return PlacePoint(place.lon, place.lat, place.radius_m or policy.radius_m(place.setting))
