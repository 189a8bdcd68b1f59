"""Which visit is contact, which contact meets which obligation, what an attempt does."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sync.words import Mode, ObligationState, Outcome


class Window(NamedTuple):
    """An obligation as it is matched. Obligations of one `chain` (a link's) share its contacts, a day for one of them;
    `pause`: how long an attempt stops "overdue"."""

    id: UUID
    chain: UUID
    opens_at: datetime
    due_at: datetime
    lapses_at: datetime
    pause: timedelta


class Call(NamedTuple):
    """A visit to the household, or a try: when it began, on which local day, whether it was contact."""

    visit_id: UUID
    at: datetime
    on: date
    is_contact: bool


class Fate(NamedTuple):
    """What became of an obligation."""

    state: ObligationState
    met_by: Call | None = None
    paused_until: datetime | None = None


def is_contact(outcome: Outcome, mode: Mode, *, phone_wished: bool) -> bool:
    """Whether a visit was contact: somebody was met wherever that was (at home, in the fields, in hospital); a call
    counts for people who live away, and where the family wished for one."""
    if outcome is Outcome.LIVES_AWAY:
        return True
    return outcome is Outcome.MET and (mode is not Mode.PHONE or phone_wished)


def fates(windows: Sequence[Window], calls: Sequence[Call], now: datetime) -> dict[UUID, Fate]:
    """What becomes of the obligations of one household, from all calls there.

    Contact in time goes before contact that is late, and of one chain a day meets one obligation: the earliest that
    has none. So a missed month stays one missed month and does not make every later one late.
    """
    contacts = sorted((call for call in calls if call.is_contact), key=lambda call: (call.at, call.visit_id))
    found: dict[UUID, Fate] = {}
    chains: dict[UUID, list[Window]] = {}
    for window in sorted(windows, key=lambda one: (one.due_at, one.id)):
        chains.setdefault(window.chain, []).append(window)
    for chain in chains.values():
        pauses = {one.id: _paused_until(one, calls) for one in chain}
        met: dict[UUID, Call] = {}
        used: set[date] = set()
        for late in (False, True):
            for one in chain:
                since, until = (one.due_at, _ends_at(one, pauses[one.id])) if late else (one.opens_at, one.due_at)
                call = next((c for c in contacts if since <= c.at < until and c.on not in used), None)
                if one.id not in met and call is not None:
                    met[one.id] = call
                    used.add(call.on)
        found |= {one.id: _fate(one, met.get(one.id), pauses[one.id], now) for one in chain}
    return found


def _paused_until(window: Window, calls: Sequence[Call]) -> datetime | None:
    tries = [call.at for call in calls if not call.is_contact and window.opens_at <= call.at < window.lapses_at]
    return max(tries) + window.pause if tries else None


def _ends_at(window: Window, paused_until: datetime | None) -> datetime:
    return max(window.lapses_at, paused_until or window.lapses_at)


def _fate(window: Window, met_by: Call | None, paused_until: datetime | None, now: datetime) -> Fate:
    if met_by is not None:
        return Fate(ObligationState.MET, met_by)
    lapsed = now >= _ends_at(window, paused_until)
    return Fate(ObligationState.LAPSED if lapsed else ObligationState.OWED, None, paused_until)
