"""Why a doubtful visit waits for a person: what a group of them has in common, so that one decision is enough."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sync.geo.datum import LonLat
from sync.geo.trace import Mask
from sync.policy import Verify
from sync.verify.rules.judge import Judgement
from sync.words import Cause, Reason

METRES_A_DEGREE = 111_320.0
PHOTO_REASONS = frozenset({Reason.PHOTO_REUSED_EXACT, Reason.PHOTO_REUSED_SIMILAR})
DEVICE_REASONS = frozenset({Reason.LOC_MOCK, Reason.LOC_FROZEN, Reason.DEVICE_SHARED})


class Subject(NamedTuple):
    """What a visit may have in common with others; `group` is `model|app version|provider letter`."""

    visit: str
    place: str
    device: str
    group: str | None = None


def cause_of(judgement: Judgement, subject: Subject) -> tuple[Cause, str]:
    """The cause and the key of its group. The first suspicions are a wrong datum and a wrong address."""
    outside = judgement.finding(Reason.LOC_OUTSIDE)
    if outside and outside.weight > 0 and "fix_datum" in outside.facts and subject.group:
        return Cause.DATUM, subject.group
    if outside and outside.weight > 0:
        return Cause.ADDRESS, subject.place
    heaviest = max(judgement.reasons, key=lambda one: one.weight, default=None)
    if heaviest is not None and heaviest.code in PHOTO_REASONS:
        return Cause.PHOTO, str(heaviest.facts["sha256"])
    is_lent = any(one.code is Reason.DEVICE_SHARED and one.weight > 0 for one in judgement.reasons)
    if is_lent or (heaviest is not None and heaviest.code in DEVICE_REASONS):
        return Cause.DEVICE, subject.device
    return Cause.SINGLE, subject.visit


def codes_of(judgement: Judgement) -> list[str]:
    """Reason codes, heaviest first; what weighs nothing is left out unless nothing weighs."""
    weighing = [one for one in judgement.reasons if one.weight > 0] or judgement.reasons
    return [one.code.value for one in sorted(weighing, key=lambda one: -one.weight)]


def shifted_alike(at: LonLat, registered: LonLat, places: Sequence[object], policy: Verify) -> Mask:
    """Which visits of one village were outside by a common vector: not their addresses, the whole import is shifted.

    The vector that most others agree with to within `area_spread_m` is taken; if too few visits or places share it,
    none is marked.
    """
    east = (at[0] - registered[0]) * METRES_A_DEGREE * np.cos(np.radians(registered[1]))
    north = (at[1] - registered[1]) * METRES_A_DEGREE
    none: Mask = np.zeros(len(east), np.bool_)
    if len(east) < policy.area_visits:
        return none
    apart_m = np.hypot(east[:, None] - east[None, :], north[:, None] - north[None, :])
    alike: Mask = apart_m <= policy.area_spread_m
    mask: Mask = alike[alike.sum(axis=1).argmax()]
    is_common = mask.sum() >= policy.area_visits
    return mask if is_common and len({places[n] for n in mask.nonzero()[0].tolist()}) >= policy.area_places else none
