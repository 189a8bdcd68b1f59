"""When two records tell of one visit (sync.md section 5, levels 2 to 4): pure, and the same whichever comes first."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum
from typing import NamedTuple
from uuid import UUID

from sync.policy import Dedup
from sync.words import Mode, Outcome

DAY_S = 86_400.0
AT_THE_PLACE = frozenset({Mode.HOME, Mode.DOOR})
NETWORK = "n"  # letter of the provider in the table `trace`
DECIMALS = 6


class Trait(NamedTuple):
    """What is compared of one visit. `door` is the place that merged ones stand for; times are corrected."""

    id: UUID
    recorder_id: UUID
    device_id: UUID
    door: UUID
    started_at: datetime
    ended_at: datetime
    mode: Mode
    outcome: Outcome
    fixes_hash: bytes | None = None
    answers_hash: bytes | None = None
    photos: frozenset[bytes] = frozenset()


class How(Enum):
    """In which way two records are the same visit."""

    REPEAT = "repeat"  # level 2: told twice by one cadre
    LIKELY = "likely"  # level 3: perhaps told twice; a person decides
    JOINT = "joint"  # level 4: two cadres, two phones, one door


class Tie(NamedTuple):
    """Two visits that belong together; `method` names what matched, `apart_s` is between their starts."""

    one: UUID
    other: UUID
    how: How
    method: str
    apart_s: float
    shared: bool = False


class Series(NamedTuple):
    """The fixes of one visit as told: degrees, and one letter of the provider each."""

    lon: Sequence[float]
    lat: Sequence[float]
    provider: str


def ties(new: Sequence[Trait], known: Sequence[Trait], policy: Dedup) -> list[Tie]:
    """Every pair of a new visit with a known or another new one that belongs together.

    The pairs are a property of the visits alone, whatever the order in which they came: that is why groups made of
    them do not depend on it either. Linear in the visits of a door as long as they are spread over time.
    """
    fresh = {trait.id for trait in new}
    by_door: dict[UUID, list[Trait]] = {}
    for trait in (*known, *new):
        by_door.setdefault(trait.door, []).append(trait)
    return [
        tie
        for at_door in by_door.values()
        if len(at_door) > 1
        for one, other in _close(at_door, policy)
        if (one.id in fresh or other.id in fresh) and (tie := tie_of(one, other, policy))
    ]


def _close(at_door: list[Trait], policy: Dedup) -> Iterator[tuple[Trait, Trait]]:
    """Pairs of visits to one place whose times could make them one, the earlier first."""
    at_door = sorted(at_door, key=lambda trait: (trait.started_at, trait.id))
    for n, one in enumerate(at_door):
        lasts_s = (one.ended_at - one.started_at).total_seconds()
        reach_s = max(policy.repeat_window_s, policy.joint_start_s, lasts_s + policy.likely_gap_s)
        for other in at_door[n + 1 :]:
            if (other.started_at - one.started_at).total_seconds() > reach_s:
                break
            yield one, other


def tie_of(one: Trait, other: Trait, policy: Dedup) -> Tie | None:
    """How two visits to one place belong together, or None. Symmetric but for the order of the two ids.

    Level 2: one cadre, starts within the window, and the same fixes, a common photo or the same answers.
    Level 4: two cadres with two phones who were at one spot, at the same time for long enough or begun close to each
    other. A call is at no spot: two who telephone the same home made two calls.
    Level 3: one cadre, intervals that overlap, or that lie close with the same outcome: a knock in vain and a visit
    half an hour later, or a call before coming, are two facts. From `again_s` on a second visit is a visit of its own.
    """
    apart_s = abs((other.started_at - one.started_at).total_seconds())
    if apart_s > policy.look_days * DAY_S:
        return None
    overlap_s = (min(one.ended_at, other.ended_at) - max(one.started_at, other.started_at)).total_seconds()
    if one.recorder_id != other.recorder_id:
        method = _joint(one, other, overlap_s, apart_s, policy)
        return Tie(one.id, other.id, How.JOINT, method, apart_s) if method else None
    method = _same_content(one, other) if apart_s <= policy.repeat_window_s else ""
    if method:
        return Tie(one.id, other.id, How.REPEAT, method, apart_s)
    if apart_s >= policy.again_s or _spot(one) != _spot(other):
        return None
    if overlap_s > 0 or (-overlap_s < policy.likely_gap_s and one.outcome is other.outcome):
        return Tie(one.id, other.id, How.LIKELY, "overlap" if overlap_s > 0 else "gap", apart_s)
    return None


def _joint(one: Trait, other: Trait, overlap_s: float, apart_s: float, policy: Dedup) -> str:
    if one.device_id == other.device_id or Mode.PHONE in (one.mode, other.mode) or _spot(one) != _spot(other):
        return ""
    if overlap_s >= policy.joint_overlap_s:
        return "overlap"
    return "starts" if apart_s <= policy.joint_start_s else ""


def _spot(trait: Trait) -> Mode:
    """Where it was held: in the home and at its door are one spot, the field or a hospital another."""
    return Mode.HOME if trait.mode in AT_THE_PLACE else trait.mode


def _same_content(one: Trait, other: Trait) -> str:
    if one.fixes_hash is not None and one.fixes_hash == other.fixes_hash:
        return "fixes"
    if one.photos & other.photos:
        return "photo"
    if one.answers_hash is not None and one.answers_hash == other.answers_hash:
        return "answers"
    return ""


def is_shared(one: Series, other: Series) -> bool:
    """Whether two phones told one series of fixes, equal to six decimals (0.1 m): copied, not measured.

    Positions by the network alone say nothing: two phones in one room get the same point from it.
    """
    if not one.lon or set(one.provider) == {NETWORK} or set(other.provider) == {NETWORK}:
        return False
    return _rounded(one) == _rounded(other)


def _rounded(series: Series) -> list[tuple[float, float]]:
    return [(round(lon, DECIMALS), round(lat, DECIMALS)) for lon, lat in zip(series.lon, series.lat, strict=True)]


def likely_pairs(found: Sequence[Tie], starts: dict[UUID, datetime], repeats: set[UUID]) -> list[tuple[UUID, UUID]]:
    """(later visit, earlier one) of each likely repeat, the closest one for each later visit.

    Visits that are repeats already are left out: what they repeat stands for them.
    """
    nearest: dict[UUID, Tie] = {}
    for tie in found:
        if tie.how is How.LIKELY and not repeats & {tie.one, tie.other}:
            later = max((starts[tie.one], tie.one), (starts[tie.other], tie.other))[1]
            if later not in nearest or tie.apart_s < nearest[later].apart_s:
                nearest[later] = tie
    return sorted((later, tie.other if later == tie.one else tie.one) for later, tie in nearest.items())
