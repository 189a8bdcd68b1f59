"""What is one event and what is another, where a promise stands, until when a home is left in peace: pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sync.words import CommitmentState, LifeEvent

YEAR_DAYS = 366
# In these homes nothing is asked but how they are: no rating, no questionnaire, no photo (product.md, Restraint).
QUIET = frozenset({LifeEvent.DEATH, LifeEvent.DISPUTE, LifeEvent.HOSPITAL})


class Happening(NamedTuple):
    """A telling of an event; `door` is what its home stands for by now."""

    id: UUID
    door: UUID
    event: LifeEvent
    happened_on: date


def same_events(firsts: Iterable[Happening], told: Sequence[Happening], days: int) -> dict[UUID, UUID]:
    """Which of the tellings tell of an event that is known already: their ids, with that of the first telling.

    `firsts` are first tellings that are kept, `told` the new ones in the order of their coming. One event is the same
    kind in the same home at most `days` days apart, the nearest if there are several. So whatever comes in whatever
    order, no two first tellings are that near to each other, and every other one is that near to its first.
    """
    known: dict[tuple[UUID, LifeEvent], list[Happening]] = {}
    for one in firsts:
        known.setdefault((one.door, one.event), []).append(one)
    same = {}
    for one in told:
        there = known.setdefault((one.door, one.event), [])
        apart = [(abs((one.happened_on - first.happened_on).days), first.happened_on, first.id) for first in there]
        near = min((found for found in apart if found[0] <= days), default=None)
        if near is None:
            there.append(one)
        else:
            same[one.id] = near[2]
    return same


def is_absurd(happened_on: date, told_on: date, past_days: int) -> bool:
    """Whether an event cannot have happened on that day: after it was told, or too long before."""
    return not told_on - timedelta(days=past_days) <= happened_on <= told_on


def quiet_until(event: LifeEvent, happened_on: date, days: int) -> date | None:
    """The last day on which a home is asked for nothing after this event; None if it need not be left in peace."""
    return happened_on + timedelta(days=days) if event in QUIET else None


class Word(NamedTuple):
    """What was said of a promise; `confirms`: in a later visit to that home."""

    id: UUID
    at: datetime
    by: UUID
    kept: bool
    confirms: bool


class Standing(NamedTuple):
    """Where a promise stands, and whose word when made it so; nobody's while it was never spoken of."""

    state: CommitmentState
    at: datetime | None = None
    by: UUID | None = None


def standing(words: Iterable[Word]) -> Standing:
    """Where a promise stands after everything that was said of it, in whatever order that came.

    "Not kept" opens it again. After that, the first word said in a later visit confirms it; else it is told kept.
    """
    told = Standing(CommitmentState.OPEN)
    for word in sorted(words, key=lambda one: (one.at, one.id)):
        if not word.kept:
            told = Standing(CommitmentState.OPEN, word.at, word.by)
        elif word.confirms and told.state is not CommitmentState.CONFIRMED:
            told = Standing(CommitmentState.CONFIRMED, word.at, word.by)
        elif told.state is CommitmentState.OPEN:
            told = Standing(CommitmentState.TOLD_KEPT, word.at, word.by)
    return told


class Away(NamedTuple):
    """Somebody is away from one day to another, both included, and another stands in."""

    id: UUID
    person: UUID
    deputy: UUID
    first_on: date
    last_on: date


def is_plausible(first_on: date, last_on: date, today: date, days_max: int) -> bool:
    """Whether somebody may be away on these days: not for longer than the policy says, and begun within a year."""
    return 0 <= (last_on - first_on).days < days_max and abs((first_on - today).days) <= YEAR_DAYS


def hindrance(standing_: Iterable[Away], asked: Away) -> tuple[str, UUID] | None:
    """Why an absence cannot stand beside those that do: (code, the other one); None if it can.

    Nobody is away twice on one day, and nobody stands in while away himself: so a household always has one person to
    turn to, without following deputies of deputies. The codes: absence-overlaps, deputy-absent, is-deputy.
    """
    for one in sorted(standing_, key=lambda other: other.id):
        if one.id == asked.id or one.last_on < asked.first_on or asked.last_on < one.first_on:
            continue
        if one.person == asked.person:
            return "absence-overlaps", one.id
        if one.person == asked.deputy:
            return "deputy-absent", one.id
        if one.deputy == asked.person:
            return "is-deputy", one.id
    return None
