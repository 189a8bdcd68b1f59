"""What offices and people do in a history: homes, links, hand-overs, matters, roles."""

from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import precondition, rule
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, ids
from sync.access import Actor, HeldRole
from sync.duty.discharging import discharge_places
from sync.errors import Problem
from sync.pipeline import handing_over
from sync.registry.handover import Asked, Holder
from sync.words import FeedKind, Role
from tests.factories import rows
from tests.sync.feed.history.truth import Linked, Matter
from tests.sync.feed.history.world import DAY, World, few


class Registry(World):
    """Writers of the registry and of matters."""

    @rule(n=few)
    def new_place(self, n: int) -> None:
        name = f"第{n}户"
        self.truth.names[self.write(lambda s: rows.add_place(s, self.village, name))] = name

    @rule(n=few, name=st.sampled_from(["东头", "西头", "南头"]))
    def rename(self, n: int, name: str) -> None:
        place = self.place(n)

        def work(session: Session) -> None:
            session.execute(text("UPDATE place SET name = :n WHERE id = :i"), {"n": name, "i": place})
            changes.touched(session, FeedKind.PLACE, [place])

        self.write(work)
        self.truth.names[place] = name

    @rule(n=few)
    def deregister(self, n: int) -> None:
        place = self.place(n)
        if place in self.truth.merged or place in self.truth.merged.values():
            return

        def work(session: Session) -> None:
            session.execute(text("UPDATE place SET state = 'gone' WHERE id = :i"), {"i": place})
            changes.touched(session, FeedKind.PLACE, [place])

        self.write(work)
        self.truth.gone.add(place)

    @rule(a=few, b=few)
    def merge(self, a: int, b: int) -> None:
        away, root = self.place(a), self.place(b)
        taken = self.truth.merged.keys() | self.truth.merged.values() | self.truth.gone
        if away == root or away in taken or root in self.truth.merged or root in self.truth.gone:
            return
        self._turn(away, root, root)
        self.truth.merged[away] = root

    @precondition(lambda self: self.truth.merged)
    @rule(n=few)
    def undo_merge(self, n: int) -> None:
        away = list(self.truth.merged)[n % len(self.truth.merged)]
        self._turn(away, None, self.truth.merged.pop(away))

    def _turn(self, away: UUID, root: UUID | None, other: UUID) -> None:
        def work(session: Session) -> None:
            rows.merge_places(session, away, root)
            discharge_places(session, [away, other])

        self.write(work)

    @rule(cadre=st.integers(0, 1), n=few, begins=st.integers(-1, 2), lasts=st.none() | st.integers(1, 3))
    def new_link(self, cadre: int, n: int, begins: int, lasts: int | None) -> None:
        place, since = self.place(n), self.today + begins * DAY
        cadre, ends = cadre % 2, None if lasts is None else since + lasts * DAY
        if any(one.cadre == cadre and one.place == place for one in self.truth.links.values()):
            return
        link = self.write(lambda s: rows.add_link(s, self.village, self.people[cadre], place, since, ends))
        self.truth.links[link] = Linked(cadre, place, since, ends)

    @rule(giver=st.integers(0, 2), other=st.integers(1, 2), some=st.none() | few, days=st.integers(0, 2))
    def hand_over(self, giver: int, other: int, some: int | None, days: int) -> None:
        starts_on, taker = self.today + days * DAY, (giver + other) % 3
        if Role.CADRE not in self.truth.roles[taker]:
            return
        held = [id_ for id_, one in self.truth.links.items() if one.cadre == giver]
        chosen = None if some is None or not held else (held[some % len(held)],)
        actor = Actor(self.village.zhou, (HeldRole(Role.PROGRAMME_OFFICE, self.village.county),))
        asked = Asked(Holder(self.people[giver], None), Holder(self.people[taker], None), starts_on, chosen)
        try:
            done = self.write(
                lambda s: handing_over.hand_over(s, actor, ids.uuid7(), asked, self.house.policy.feed, self.now)
            )
        except Problem as problem:
            assert problem.code == "nothing-to-hand-over"  # noqa: PT017  # hypothesis runs many histories in one test
            return
        moved = {UUID(one["link"]): UUID(one["goes_on_as"]) for one in done["moved"]}
        for old in [id_ for id_ in self.truth.links if id_ in moved]:
            before, new = self.truth.links[old], moved[old]
            if old == new:
                before.cadre = taker
            else:
                self.truth.links[new] = Linked(taker, before.place, starts_on, before.ends)
                before.ends = starts_on

    # Matters and visits

    @rule(person=st.integers(0, 2), n=few, confidential=st.booleans(), held=st.booleans())
    def new_task(self, person: int, n: int, confidential: bool, held: bool) -> None:
        place, holder = self.place(n), self.village.roads if held else None
        task = self.write(
            lambda s: rows.add_task(
                s, self.village, self.people[person], place, confidential=confidential, holder=holder
            )
        )
        self.truth.matters[task] = Matter(person, place, confidential, "roads" if held else None, self.today)

    @precondition(lambda self: self.truth.matters)
    @rule(n=few, state=st.sampled_from(["closed", "dispatched"]), held=st.booleans())
    def move_task(self, n: int, state: str, held: bool) -> None:
        task = list(self.truth.matters)[n % len(self.truth.matters)]
        holder = self.village.roads if held else self.village.waterworks

        def work(session: Session) -> None:
            session.execute(
                text("UPDATE task SET state = :s, holder_unit_id = :h, ended_at = :e WHERE id = :t"),
                {"s": state, "h": holder, "t": task, "e": clock.now() if state == "closed" else None},
            )
            changes.touched(session, FeedKind.TASK, [task])

        self.write(work)
        self.truth.matters[task].closed = state == "closed"
        self.truth.matters[task].holder = "roads" if held else "waterworks"

    @rule(person=st.integers(0, 2), role=st.sampled_from([Role.CADRE, Role.REPORTER, Role.HANDLER]))
    def turn_role(self, person: int, role: Role) -> None:
        held = self.truth.roles[person]
        if role in held:
            self.write(lambda s: rows.drop_role(s, self.people[person], role))
            held.remove(role)
        else:
            unit = self.village.roads if role is Role.HANDLER else self.village.village
            self.write(lambda s: rows.hold_role(s, self.people[person], role, unit))
            held.add(role)

    @rule(person=st.integers(0, 2))
    def change_profession(self, person: int) -> None:
        """A cadre becomes a reporter, or the other way round, in one transaction."""
        held = self.truth.roles[person]
        before, after = (Role.CADRE, Role.REPORTER) if Role.CADRE in held else (Role.REPORTER, Role.CADRE)
        if after in held:
            return

        def work(session: Session) -> None:
            rows.drop_role(session, self.people[person], before)
            rows.hold_role(session, self.people[person], after, self.village.village)

        self.write(work)
        self.truth.roles[person] = held - {before} | {after}

    @rule(n=few)
    def roll_back(self, n: int) -> None:
        def work(session: Session) -> None:
            rows.add_link(session, self.village, self.village.chen, rows.add_place(session, self.village))
            rows.add_task(session, self.village, self.village.li, self.place(n))
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            self.write(work)
