"""What the tables say of contact owed, promises and life events, and whose they are: plain selects and Python.

Nothing of the feed or of duty is used here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock
from sync.house import House
from sync.words import Role
from tests.factories.pulling import PullingPhone

_ABSENCES = "SELECT *, lower(valid) AS first_on, upper(valid) AS back_on FROM absence WHERE cancelled_at IS NULL"
_LINKS = "SELECT *, lower(valid) AS since, upper(valid) AS ends FROM link WHERE NOT isempty(valid)"
_HERE = "unit_id IN (SELECT unit_id FROM unit_above)"  # of this history
_PLACES = f"SELECT id, coalesce(merged_into_id, id) AS root, state FROM place WHERE {_HERE}"
# A repeat of a visit is no contact of its own; one that a person refused is none at all.
_CALLS = (
    f"SELECT v.id, v.place_id, v.started_at FROM visit v WHERE {_HERE} AND v.outcome = 'met' AND v.verdict <> 'refused'"
    " AND NOT EXISTS (SELECT FROM same_visit s WHERE s.child_id = v.id AND s.kind = 'repeat' AND s.undone_at IS NULL)"
)
_TRIES = f"SELECT place_id, started_at FROM visit WHERE {_HERE} AND outcome = 'nobody_home' AND verdict <> 'refused'"
TIMES = ("opens_at", "due_at", "lapses_at", "paused_until", "met_at")


@dataclass(frozen=True)
class Said:
    """Rows as they stand; `links` by id, `roots` of places."""

    obligations: Sequence[Any]
    events: Sequence[Any]
    promises: Sequence[Any]
    words: Sequence[Any]
    absences: Sequence[Any]
    links: dict[UUID, Any]
    roots: dict[UUID, UUID]
    gone: set[UUID]

    def own(self, person: UUID, roles: set[Role], today: date, house: House) -> set[tuple[str, UUID]]:
        """Obligations, promises and life events that a person has: what he owes, what binds him, what he told."""
        recent = today - timedelta(days=house.policy.feed.visit_days)
        has: set[tuple[str, UUID]] = set()
        if Role.CADRE in roles:
            has |= {
                ("obligation", one.id)
                for one in self.obligations
                if one.holder_id == person and (one.state == "owed" or _day(one.due_at) >= recent)
            }
            has |= {("commitment", one.id) for one in self.promises if self._binds(one, person, today, recent)}
        if roles & {Role.CADRE, Role.REPORTER}:
            has |= {
                ("life_event", one.same_as_id or one.id)
                for one in self.events
                if one.told_by == person and _day(one.told_at) >= recent
            }
            has |= {
                ("life_event", one.life_event_id)
                for one in self.obligations
                if one.life_event_id and one.holder_id == person and one.state == "owed"
            }
        return has

    def _binds(self, promise: Any, person: UUID, today: date, recent: date) -> bool:
        """Whoever made it, whoever has the household, and who stands in for whoever made it, while it is open."""
        if promise.same_as_id is not None:
            return False
        stands_in = any(
            one.person_id == promise.cadre_id and promise.state == "open" and promise.due_on < one.back_on
            for one in self.standing_in(person, today)
        )
        home = self.roots[promise.place_id]
        has = promise.cadre_id == person or any(self.roots[one.place_id] == home for one in self.linked(person, today))
        return stands_in or (has and (promise.state != "confirmed" or _day(promise.made_at) >= recent))

    def linked(self, person: UUID, today: date) -> list[Any]:
        """Links in force."""
        return [one for one in self.links.values() if one.cadre_id == person and is_in(today, one.since, one.ends)]

    def standing_in(self, person: UUID, today: date) -> list[Any]:
        """Absences of today in which this person is the deputy."""
        return [one for one in self.absences if one.deputy_id == person and is_in(today, one.first_on, one.back_on)]

    def lent(self, person: UUID, today: date) -> set[UUID]:
        """Homes of whoever this person stands in for: more than these may never be on the phone."""
        return {
            self.roots[link.place_id]
            for one in self.standing_in(person, today)
            for link in self.linked(one.person_id, today)
        } - self.gone

    def needed(self, person: UUID, today: date) -> set[UUID]:
        """Of these, the homes where contact or a promise is due before the absent one is back."""
        found = set()
        for one in self.standing_in(person, today):
            linked = self.linked(one.person_id, today)
            homes = {self.roots[link.place_id] for link in linked}
            here = {link.id for link in linked}
            found |= {
                self.roots[owed.place_id]
                for owed in self.obligations
                if owed.link_id in here
                and owed.due_at < clock.midnight(one.back_on)
                and (owed.state == "owed" or (owed.met_at and _day(owed.met_at) >= one.first_on))
            }
            found |= {
                self.roots[promise.place_id]
                for promise in self.promises
                if promise.cadre_id == one.person_id and promise.state == "open" and promise.same_as_id is None
                and promise.due_on < one.back_on and self.roots[promise.place_id] in homes
            }  # fmt: skip
        return found - self.gone


def look(session: Session) -> Said:
    """Read the tables."""

    def rows(statement: str) -> Sequence[Any]:
        return session.execute(text(statement)).all()

    places = rows(_PLACES)
    roots = {row.id: row.root for row in places}
    gone = {row.id for row in places if row.state == "gone"}
    return Said(
        rows("SELECT * FROM obligation"), rows("SELECT * FROM life_event"), rows("SELECT * FROM commitment"),
        rows("SELECT * FROM commitment_word"), rows(_ABSENCES), {row.id: row for row in rows(_LINKS)}, roots, gone,
    )  # fmt: skip


def calls(session: Session) -> tuple[Sequence[Any], Sequence[Any]]:
    """Visits that were contact, and tries."""
    return session.execute(text(_CALLS)).all(), session.execute(text(_TRIES)).all()


def is_in(day: date, since: date | None, ends: date | None) -> bool:
    """Whether a day lies from `since` until before `ends`."""
    return (since is None or since <= day) and (ends is None or day < ends)


def check_words(said: Said, phone: PullingPhone, names: dict[UUID, str]) -> None:
    """What the phone shows of obligations and promises is what stands."""
    obligations = {str(one.id): one for one in said.obligations}
    for id_, shown in phone.all("obligation").items():
        row = obligations[id_]
        assert {name: _time(shown[name]) for name in TIMES} == {name: _utc(getattr(row, name)) for name in TIMES}
        assert (shown["state"], shown["excuse"]) == (row.state, row.excuse)
        assert [shown[name] for name in ("link", "met_visit", "life_event")] == [
            one and str(one) for one in (row.link_id, row.met_visit_id, row.life_event_id)
        ]
        assert ("home" in shown) == (row.state == "owed")
        if row.state == "owed":
            root = said.roots[row.place_id]
            assert (shown["place"], shown["home"]["name"]) == (str(root), names[root])
    promises = {str(one.id): one for one in said.promises}
    for id_, shown in phone.all("commitment").items():
        row = promises[id_]
        assert (shown["state"], shown["text"], shown["due_on"]) == (row.state, row.text, row.due_on.isoformat())
        assert (shown["cadre"]["id"], _time(shown["reminded_at"])) == (str(row.cadre_id), _utc(row.reminded_at))
        assert row.state == _standing([one for one in said.words if one.commitment_id == row.id])


def _standing(words: Sequence[Any]) -> str:
    """Open until it is said to be kept; confirmed by what a home said; "not kept" begins anew."""
    state = "open"
    for one in sorted(words, key=lambda word: (word.at, word.id)):
        state = "open" if not one.kept else "confirmed" if one.confirms or state == "confirmed" else "told_kept"
    return state


def _day(at: datetime) -> date:
    return clock.local(at).date()


def _utc(at: datetime | None) -> datetime | None:
    return at and at.astimezone(UTC)


def _time(told: str | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(told).astimezone(UTC)
