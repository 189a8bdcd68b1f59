"""What cadres and reporters tell in a history: visits, promises, life events, excuses, absences."""

from typing import Any
from uuid import UUID

import hypothesis.strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, ids, pipeline
from sync.access import Actor, HeldRole
from sync.duty.discharging import discharge_visits
from sync.errors import Problem
from sync.pipeline.excusing import restore_by_office
from sync.words import FeedKind, Role
from tests.factories import batches, rows
from tests.factories.handing import hand_in
from tests.factories.telling import absence, kept, life_event, promise
from tests.sync.feed.history import duties, owed
from tests.sync.feed.history.world import DAY, World, few

_OWED = "SELECT id FROM obligation WHERE state = 'owed' AND holder_id = :p ORDER BY opens_at, id"
_EXCUSED = "SELECT id FROM obligation WHERE state = 'excused' AND excuse <> 'link_ended' ORDER BY opens_at, id"
_PROMISES = "SELECT id FROM commitment ORDER BY made_at, id"
_VISITS = "SELECT id FROM visit WHERE unit_id = :u AND verdict <> 'refused' ORDER BY started_at, id"
_ABSENCES = "SELECT id FROM absence WHERE person_id = :p ORDER BY told_at, id"


class Caring(World):
    """Records as phones send them, applied at once, and what a person decides about them."""

    def tell(self, person: int, *records: dict[str, Any]) -> None:
        """Hand records in, a minute after what was told before."""
        self.now += DAY / 1440
        device = self.devices[person]
        self.write(lambda s: hand_in(s, device, *records))

    def ids(self, statement: str, **facts: Any) -> list[UUID]:
        """Ids in the order of the statement."""
        return list(self.house.read(lambda s: s.scalars(text(statement), facts)))

    @rule(person=st.integers(0, 1), n=few, both=st.booleans())
    def visit(self, person: int, n: int, both: bool) -> None:
        others = (self.people[1 - person],) if both else ()

        def work(session: Session) -> UUID:
            found = rows.add_visit(session, self.village, self.people[person], self.place(n), self.now, *others)
            discharge_visits(session, [found])
            return found

        self.truth.visits[self.write(work)] = ({person, 1 - person} if both else {person}, self.today)

    @rule(
        person=st.integers(0, 1),
        n=few,
        met=st.booleans(),
        due=st.none() | st.integers(0, 9),
        of=st.none() | few,
        was_kept=st.booleans(),
        event=st.none() | st.sampled_from(["hospital", "dispute"]),
    )
    def call(self, person: int, n: int, met: bool, due: int | None, of: int | None, was_kept: bool, event: Any) -> None:
        """A visit as a phone tells it: with a promise, with what the home says of an earlier one, with an event."""
        promises = self.ids(_PROMISES) if of is not None else []
        record = batches.visit(
            self.village, self.now, place=self.place(n), outcome="met" if met else "nobody_home", fixes=[],
            commitments=[] if due is None else [promise(self.today + due * DAY)],
            commitments_kept=[
                {"id": ids.uuid7(), "commitment": promises[of % len(promises)], "kept": was_kept}
            ] if promises and of is not None else [],
            life_events=[{"id": ids.uuid7(), "event": event}] if event else [],
        )  # fmt: skip
        self.now += 11 * DAY / 1440
        self.tell(person, record)
        if self.ids("SELECT id FROM visit WHERE id = :i", i=record["id"]):
            self.truth.visits[record["id"]] = ({person}, self.today)

    @rule(n=few)
    def refuse(self, n: int) -> None:
        """A verifier finds that a visit did not take place: what it met is owed again."""
        visits = self.ids(_VISITS, u=self.village.village)
        if not visits:
            return
        visit = visits[n % len(visits)]

        def work(session: Session) -> None:
            session.execute(text("UPDATE visit SET verdict = 'refused' WHERE id = :i"), {"i": visit})
            changes.touched(session, FeedKind.VISIT, [visit])
            discharge_visits(session, [visit])

        self.write(work)

    @rule(person=st.integers(0, 2), n=few, event=st.sampled_from(["hospital", "death", "dispute"]))
    def something_happened(self, person: int, n: int, event: str) -> None:
        self.tell(person, life_event(self.place(n), event=event))

    @rule(person=st.integers(0, 2), n=few, is_kept=st.booleans())
    def speak_of_a_promise(self, person: int, n: int, is_kept: bool) -> None:
        if promises := self.ids(_PROMISES):
            self.tell(person, kept(promises[n % len(promises)], kept=is_kept))

    @rule(person=st.integers(0, 2), n=few)
    def excuse(self, person: int, n: int) -> None:
        if owes := self.ids(_OWED, p=self.people[person]):
            said = {"id": ids.uuid7(), "obligation": owes[n % len(owes)], "excuse": "resident_declines"}
            self.tell(person, {"kind": "obligation_excuse", "said": {"wall": self.now}} | said)

    @rule(n=few)
    def owe_again(self, n: int) -> None:
        """The office takes an excuse back."""
        if excused := self.ids(_EXCUSED):
            office = Actor(self.village.zhou, (HeldRole(Role.PROGRAMME_OFFICE, self.village.county),))
            try:
                self.write(lambda s: restore_by_office(s, office, excused[n % len(excused)]))
            except Problem as problem:
                assert problem.code == "not-found"  # noqa: PT017  # what no programme asks for is not the office's

    @rule(person=st.integers(0, 1), other=st.integers(1, 2), begins=st.integers(0, 2), lasts=st.integers(0, 40))
    def be_away(self, person: int, other: int, begins: int, lasts: int) -> None:
        first = self.today + begins * DAY
        self.tell(person, absence(self.people[(person + other) % 3], first, first + lasts * DAY))

    @rule(person=st.integers(0, 1), n=few, lasts=st.integers(0, 9), is_over=st.booleans())
    def change_an_absence(self, person: int, n: int, lasts: int, is_over: bool) -> None:
        if absences := self.ids(_ABSENCES, p=self.people[person]):
            earlier = {"absence": absences[n % len(absences)], "cancelled": is_over}
            deputy = self.people[(person + 1 + n % 2) % 3]
            self.tell(person, absence(deputy, self.today, self.today + lasts * DAY, **earlier))

    @rule()
    def look_at_absences(self) -> None:
        self.write(pipeline.settle_absences)

    @rule()
    def go_round(self) -> None:
        """A round through the links in the middle of the day."""
        self.write(lambda s: pipeline.owe_visits(s, self.house.policy, ""))

    @precondition(lambda self: self.truth.visits)
    @rule()
    def what_is_met_is_met(self) -> None:
        self.house.read(lambda s: duties.check_met(s, owed.look(s)))
