"""What must hold of contact owed after every night: that it is there once, whose it is, what met it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock
from sync.policy import Duty
from tests.sync.feed.history.owed import Said, calls, is_in, look

_GOES_ON = (
    "SELECT CAST(m ->> 'goes_on_as' AS uuid) AS new, CAST(m ->> 'link' AS uuid) AS old FROM hand_over h"
    " CROSS JOIN LATERAL jsonb_array_elements(h.done -> 'moved') AS m WHERE m ->> 'goes_on_as' <> m ->> 'link'"
)


def check_night(session: Session, now: datetime, policy: Duty, left: set[UUID]) -> None:
    """After the jobs of a night. `left`: people who once held no role: what they owed went to others for good."""
    said, today = look(session), clock.local(now).date()
    before = {row.new: row.old for row in session.execute(text(_GOES_ON))}
    _check_holders(said, today, before, left)
    _check_months(said, today, policy)
    for one in said.obligations:
        if one.state == "owed":
            assert one.lapses_at > now or (one.paused_until and one.paused_until > now), one
    check_met(session, said)


def check_met(session: Session, said: Said) -> None:
    """What is met is met by a visit to that home in its time, a day for one of a link; what is not has none left."""
    contacts, tries = calls(session)
    by_home: dict[UUID, list[Any]] = {}
    for one in contacts:
        by_home.setdefault(said.roots[one.place_id], []).append(one)
    used = Counter((one.link_id or one.id, _day(one.met_at)) for one in said.obligations if one.state == "met")
    assert not used or max(used.values()) == 1
    for one in said.obligations:
        home = said.roots[one.place_id]
        there = by_home.get(home, [])
        if one.state == "met":
            [visit] = [call for call in there if call.id == one.met_visit_id]
            assert visit.started_at == one.met_at
            assert one.opens_at <= one.met_at < _ends_at(one, home, said, tries)
        elif one.state != "excused":
            free = [call for call in there if one.opens_at <= call.started_at < one.due_at]
            assert all((one.link_id or one.id, _day(call.started_at)) in used for call in free), one


def _ends_at(one: Any, home: UUID, said: Said, tries: Sequence[Any]) -> datetime:
    """Late contact counts until it lapses, and so long after a try."""
    times = [
        call.started_at + timedelta(days=one.pause_days)
        for call in tries
        if said.roots[call.place_id] == home and one.opens_at <= call.started_at < one.lapses_at
    ]
    return max([one.lapses_at, *times])


def _check_holders(said: Said, today: date, before: dict[UUID, UUID], left: set[UUID]) -> None:
    """Under a link contact is owed by its cadre, by his deputy if it is due before he is back. Before the first day of
    a link that was handed over the former cadre has it still, or the next one in advance."""
    for one in said.obligations:
        if one.state != "owed" or one.link_id not in said.links:
            continue
        links = [said.links[one.link_id]]
        while _is_ahead(links[-1], today) and before.get(links[-1].id) in said.links:
            links.append(said.links[before[links[-1].id]])
        cadres = {link.cadre_id for link in links}
        deputies = {
            away.person_id: away.deputy_id
            for away in said.absences
            if away.person_id in cadres
            and is_in(today, away.first_on, away.back_on)
            and one.due_at < clock.midnight(away.back_on)
        }
        if not left & {*cadres, *deputies.values()} and not (len(links) == 1 and _is_ahead(links[0], today)):
            may = cadres | set(deputies.values()) if len(links) > 1 else {deputies.get(id_, id_) for id_ in cadres}
            assert one.holder_id in may, (one, links, deputies)


def _is_ahead(link: Any, today: date) -> bool:
    return link.since is not None and link.since > today


def _check_months(said: Said, today: date, policy: Duty) -> None:
    """A needy home is owed contact once a month, known in advance; a hand-over makes no second one (README of duty)."""
    firsts = [today.replace(day=1)]
    while (later := (firsts[-1] + timedelta(days=32)).replace(day=1)) <= today + timedelta(days=policy.horizon_days):
        firsts.append(later)
    counts: dict[tuple[UUID, date], list[UUID]] = {}
    for one in said.obligations:
        if one.link_id in said.links and one.excuse != "link_ended":
            counts.setdefault((one.place_id, _day(one.opens_at)), []).append(one.link_id)
    for link in said.links.values():
        for first in firsts:
            links = [said.links[id_] for id_ in counts.get((link.place_id, first), ())]
            whose = [one for one in links if one.id == link.id or _is_before(one, link)]
            assert len(whose) <= 1, (first, whose)
            after = (first + timedelta(days=32)).replace(day=1)
            begins = link.since is None or link.since <= max(first, after - timedelta(days=policy.short_days))
            if begins and (link.ends is None or link.ends >= after) and said.roots[link.place_id] not in said.gone:
                assert whose, (link, first)


def _is_before(one: Any, link: Any) -> bool:
    """Whether a link of the same list ended before this one began."""
    return one.ends is not None and link.since is not None and one.ends <= link.since


def _day(at: datetime) -> date:
    return clock.local(at).date()
