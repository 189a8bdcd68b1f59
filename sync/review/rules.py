"""Who may do what with a visit in the queue, and what comes of it: one table, and pure functions over plain values.

| deciding | for which causes | what it closes | verdict | for a group of |
| --- | --- | --- | --- | --- |
| confirm | all but repeat | all but repeat | verified | the same |
| ask | all | nothing: asked | none | the same |
| refuse | all but repeat; once the cadre was heard | all but repeat | refused | nothing |
| correct_address | all but repeat, device, photo | causes of location | none: judged again | address |
| correct_datum | datum, area | causes of location | none: judged again | the same |
| declare_sharing | device; another than the holder recorded | causes of location | none: judged again | the same |
| same_visit | repeat | repeat and causes of location | none | nothing |
| other_visit | repeat | repeat | none | nothing |

A back-check that was drawn (`drawn`) is closed by a verdict of a person and by nothing else: it cannot be skipped.
An appeal (`appeal`) is judged by another than the verifier whose refusal it is against.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import numpy as np

from sync.calendar.workdays import Table, due
from sync.words import Cause, Deciding, DueKind, FindingState, Verdict

UNDECIDED = frozenset({FindingState.OPEN, FindingState.ASKED, FindingState.ANSWERED})
LOCATION = frozenset({Cause.ADDRESS, Cause.AREA, Cause.DATUM, Cause.DEVICE, Cause.PHOTO, Cause.SINGLE})
_ALL = frozenset(Cause)
_JUDGED = _ALL - {Cause.REPEAT}


class Move(NamedTuple):
    """One row of the table."""

    causes: frozenset[Cause]
    closes: frozenset[Cause]
    verdict: Verdict | None = None
    for_groups: frozenset[Cause] = frozenset()


_PLACED = _JUDGED - {Cause.DEVICE, Cause.PHOTO}
_SHIFTED = frozenset({Cause.DATUM, Cause.AREA})
_LENT = frozenset({Cause.DEVICE})
_REPEAT = frozenset({Cause.REPEAT})
MOVES: dict[Deciding, Move] = {
    Deciding.CONFIRM: Move(_JUDGED, _JUDGED, Verdict.VERIFIED, for_groups=_JUDGED),
    Deciding.ASK: Move(_ALL, frozenset(), for_groups=_ALL),
    Deciding.REFUSE: Move(_JUDGED, _JUDGED, Verdict.REFUSED),
    Deciding.CORRECT_ADDRESS: Move(_PLACED, LOCATION, for_groups=frozenset({Cause.ADDRESS})),
    Deciding.CORRECT_DATUM: Move(_SHIFTED, LOCATION, for_groups=_SHIFTED),
    Deciding.DECLARE_SHARING: Move(_LENT, LOCATION, for_groups=_LENT),
    Deciding.SAME_VISIT: Move(_REPEAT, LOCATION | _REPEAT),
    Deciding.OTHER_VISIT: Move(_REPEAT, _REPEAT),
}


class Seen(NamedTuple):
    """An undecided finding of a visit."""

    cause: Cause
    asked_at: datetime | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a visit stands before one verifier. `repeats`: it is joined to another visit as its repeat; `refused_it`:
    the refusal that stands is this verifier's; `is_lent`: somebody else's phone recorded it, and nobody declared
    that."""

    findings: Sequence[Seen]
    is_own_unit: bool = False
    took_part: bool = False
    is_held: bool = False
    repeats: bool = False
    refused_it: bool = False
    is_lent: bool = False

    @property
    def is_appeal_against_him(self) -> bool:
        """Whether an appeal waits against this verifier's own refusal."""
        return self.refused_it and any(finding.cause is Cause.APPEAL for finding in self.findings)


def refused_because(deciding: Deciding, standing: Standing, now: datetime, refuse_from: datetime | None) -> str | None:
    """The code of the refusal, or None if this verifier may decide so now."""
    if standing.is_own_unit:
        return "own-unit"
    if standing.took_part:
        return "took-part"
    if not standing.findings:
        return "visit-repeats" if standing.repeats else "already-decided"
    if standing.is_held:
        return "row-held"
    if not any(finding.cause in MOVES[deciding].causes for finding in standing.findings):
        return "not-for-this-cause"
    if deciding is Deciding.DECLARE_SHARING and not standing.is_lent:
        return "not-for-this-cause"
    if standing.is_appeal_against_him and Cause.APPEAL in MOVES[deciding].causes:
        return "own-refusal"
    if deciding is Deciding.REFUSE and not may_refuse(standing.findings, now, refuse_from):
        return "refuse-too-early"
    return None


def may_refuse(findings: Sequence[Seen], now: datetime, refuse_from: datetime | None) -> bool:
    """Whether the cadre was heard: answered, or appealed; or was asked and the term is over."""
    return is_heard(findings) or (refuse_from is not None and now >= refuse_from)


def is_heard(findings: Sequence[Seen]) -> bool:
    """Whether the cadre said something about the visit since it is doubted; an appeal is a hearing by itself."""
    return any(finding.answered_at or finding.cause is Cause.APPEAL for finding in findings)


def asked_since(findings: Sequence[Seen]) -> datetime | None:
    """Since when the cadre is asked: the first question counts, another one does not begin the term anew."""
    return min((finding.asked_at for finding in findings if finding.asked_at), default=None)


def term_end(asked_at: datetime, working_days: int, calendar: Table) -> datetime:
    """When refusing opens without an answer: at 24:00 of the last working day of the term."""
    return due(asked_at, working_days, DueKind.WORKING_DAYS, calendar).at


def may(standing: Standing, now: datetime, refuse_from: datetime | None) -> dict[Deciding, bool]:
    """Which decisions are open to this verifier now."""
    return {deciding: refused_because(deciding, standing, now, refuse_from) is None for deciding in MOVES}


def offered(cause: Cause) -> list[Deciding]:
    """What a whole group of a cause can be given, in the order of the table."""
    return [deciding for deciding, move in MOVES.items() if cause in move.for_groups]


QUESTIONS: dict[Cause, str] = {
    Cause.ADDRESS: "定位离登记位置较远,当时在哪里见面?登记位置对吗?",
    Cause.AREA: "全村的登记位置可能整体偏移,您走访的地方是这里吗?",
    Cause.DATUM: "手机的坐标系可能标错,您用的是哪个定位软件?",
    Cause.DEVICE: "这部手机由几个人用?请说明当时的情况。",
    Cause.PHOTO: "照片与另一次走访相同或相似,请说明当时的情况。",
    Cause.SINGLE: "请说明当时的情况。",
    Cause.REPEAT: "这条记录与另一条相近,是同一次走访吗?",
    Cause.REVISION: "走访对象或时间改动过,请说明原因。",
    Cause.DRAWN: "这次走访被随机抽查,请简单说明当时的情况。",
    Cause.APPEAL: "请补充说明您申诉的理由。",
}


def may_appeal(verdict: Verdict, causes: Collection[Cause]) -> bool:
    """Whether the cadre may appeal: the visit is refused and no appeal waits."""
    return verdict is Verdict.REFUSED and Cause.APPEAL not in causes


def middle(points: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """The median of each coordinate: what most agree on, however far off the others are; None of nothing."""
    if not points:
        return None
    lon, lat = np.median(np.array(points, np.float64), axis=0)
    return float(lon), float(lat)


def common_shift(pairs: Mapping[UUID, Sequence[tuple[float, float]]]) -> tuple[float, float] | None:
    """The vector (degrees) by which places lie off: for each place the median of what its visits say, over all places
    the median of that; one home visited often weighs no more than another."""
    of_places = [vector for vectors in pairs.values() if (vector := middle(vectors))]
    return middle(of_places)


def wanted(eligible: int, share: float) -> int:
    """How many of a pot are drawn at most; never more than the share."""
    return int(eligible * share + 1e-9)


def share_out(
    lots: Mapping[UUID, int], waiting: Mapping[UUID, int], seers: Mapping[UUID, Collection[UUID]], each: int
) -> dict[UUID, int]:
    """How many of the wanted lots the verifiers can do: at most `each` a verifier, less what already waits.

    lots: wanted by town, in the order of their luck; waiting: drawn before and undecided, by town; seers: who may see
    the town. Verifiers of few towns take their part first: scopes are branches of one tree, and so nobody stays idle
    while another is full. What is left goes round from town to town.
    """
    breadth: dict[UUID, int] = {}
    for people in seers.values():
        for person in people:
            breadth[person] = breadth.get(person, 0) + 1
    left = dict.fromkeys(breadth, each)
    nearest = {town: sorted(people, key=lambda one: (breadth[one], one)) for town, people in seers.items()}

    def takes_one(town: UUID) -> bool:
        person = next((one for one in nearest.get(town, ()) if left[one] > 0), None)
        if person is None:
            return False
        left[person] -= 1
        return True

    for town, count in waiting.items():
        for _ in range(count):
            if not takes_one(town):
                break
    given = dict.fromkeys(lots, 0)
    open_towns = [town for town in lots if lots[town] > 0]
    while open_towns:
        open_towns = [town for town in open_towns if takes_one(town) and _give(given, town) < lots[town]]
    return given


def _give(given: dict[UUID, int], town: UUID) -> int:
    given[town] += 1
    return given[town]
