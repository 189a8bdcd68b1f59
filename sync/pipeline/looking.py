"""Stored visits as a verifier looks at them: their fixes with the machine's marks, and what a correction would make of
them. It is the road of judging them again, without its last step: nothing is written."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from sync.geo.trace import Mask
from sync.pipeline.judging import Case, judge_cases, point_of
from sync.pipeline.stored import load
from sync.policy import Policy
from sync.verify.rules.datum import CANDIDATES, declared, recognise
from sync.verify.rules.evidence import DATUM_LETTERS, PROVIDER_LETTERS, Evidence, fixes_of, visits_of
from sync.verify.rules.nearness import nearness
from sync.verify.rules.usable import usable
from sync.words import Datum, Mode, Provider, Recorded, Verdict

PROVIDERS = {letter: word for word, letter in PROVIDER_LETTERS.items()}
DATUMS = {letter: word for word, letter in DATUM_LETTERS.items()}


def judged_again(
    session: Session,
    policy: Policy,
    visits: Sequence[UUID],
    places: Mapping[UUID, tuple[float, float]],
    datum: tuple[str, Datum] | None = None,
    sharing: Collection[tuple[UUID, UUID]] = (),
) -> dict[UUID, Verdict]:
    """The verdicts if these places stood elsewhere (lon, lat), if fixes of this provider letter that say WGS 84 were of
    another datum, or if these (phone, person) were declared to share. Visits whose fixes retention has dropped are
    left out: their verdict stays."""
    cases = [_changed(case, places, datum, sharing) for case in load(session, policy, visits).cases]
    outcomes = judge_cases(session, cases)
    return {case.visit_id: outcome.judgement.verdict for case, outcome in zip(cases, outcomes, strict=True)}


def _changed(
    case: Case, places: Mapping[UUID, tuple[float, float]], datum: tuple[str, Datum] | None,
    sharing: Collection[tuple[UUID, UUID]],
) -> Case:  # fmt: skip
    place, evidence = case.place, case.evidence
    if place and place.id in places:
        lon, lat = places[place.id]
        place = place._replace(lon=lon, lat=lat)
        evidence = replace(evidence, place=point_of(place, case.policy.verify), learning=False)
    if datum:
        provider, word = datum
        fixes, letter = evidence.fixes, DATUM_LETTERS[word]
        told = zip(fixes.datum, fixes.provider, evidence.read_as or fixes.datum, strict=True)
        read_as = "".join(letter if d == "w" and p == provider else r for d, p, r in told)
        evidence = replace(evidence, read_as=read_as)
    if (case.device_id, case.recorder_id) in sharing:
        evidence = replace(evidence, sharing_declared=True)
    return replace(case, place=place, evidence=evidence)


def look_at(session: Session, policy: Policy, visits: Collection[UUID]) -> dict[UUID, Case]:
    """Visits with their evidence as it stands now; without those whose fixes retention has dropped."""
    return {case.visit_id: case for case in load(session, policy, sorted(visits)).cases}


@dataclass(frozen=True, slots=True)
class ShownFix:
    """One fix with what the machine made of it. `lon`, `lat`: WGS 84 as judged, None off the globe."""

    lon: float | None
    lat: float | None
    told_lon: float
    told_lat: float
    datum: Datum
    read_as: Datum
    accuracy_m: float | None
    at: float
    provider: Provider
    mock: bool
    usable: bool
    inside: bool
    far: bool


def witnesses_in(reasons: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The visits that a judgement named as witnesses of the phone's datum."""
    return tuple(visit for one in reasons for visit in one["facts"].get("witnesses", ()))


def shown_fixes(case: Case, witnesses: tuple[str, ...] = ()) -> list[ShownFix]:
    """The fixes of a visit with the marks of the very rules that judged it; where no position is asked, none counts."""
    evidence, policy = replace(case.evidence, witnesses=witnesses), case.policy.verify
    seen = [replace(evidence, recorded=Recorded.NOW, mode=Mode.HOME, location_off=False)]
    fixes, visits = fixes_of(seen), visits_of(seen, policy.uncertainty_max_s)
    marks = usable(fixes, visits, policy).usable & (not evidence.is_blind)
    near = nearness(*declared(fixes), fixes, visits, marks, policy)
    reading = recognise(near, fixes, visits, marks, policy)
    read_as = _read_as(evidence, marks, int(reading.recognised[0]))
    series, near = evidence.fixes, reading.near
    return [
        ShownFix(
            _finite(near.lon[i]), _finite(near.lat[i]), series.lon[i], series.lat[i], DATUMS[series.datum[i]],
            read_as[i], series.accuracy_m[i], series.at[i], PROVIDERS[series.provider[i]], series.mock[i] == "1",
            bool(marks[i]), bool(near.inside[i]), bool(near.far[i]),
        )
        for i in range(len(series.lon))
    ]  # fmt: skip


def _read_as(evidence: Evidence, usable: Mask, recognised: int) -> list[Datum]:
    """The datum in which each fix was read in the end: as told, as its phone's group is, or as it was recognised."""
    told = evidence.fixes.datum
    found = [DATUMS[letter] for letter in evidence.read_as or told]
    if recognised < 0:
        return found
    word = CANDIDATES[recognised]
    suspects = [letter == "w" for letter in told] if word is not Datum.WGS84 else [d is not word for d in found]
    return [word if suspect and mark else d for d, suspect, mark in zip(found, suspects, usable, strict=True)]


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
