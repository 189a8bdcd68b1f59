"""After any history a phone holds exactly what its person may have, and no revision ever goes backwards (D4.9).

Hypothesis makes histories of hand-overs, dated links, merges, tasks, visits, roles, nights, epochs and rollbacks, while
four phones pull pages of any size and crash between them. What they should hold is worked out by `Truth`, in Python,
from the rules of product.md; it shares no line with the feed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import hypothesis.strategies as st
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.app import create_app
from sync import changes, clock, ids
from sync.access import Actor, HeldRole
from sync.errors import Problem
from sync.feed import cursor, epochs, purging
from sync.house import House
from sync.pipeline import handing_over
from sync.registry.handover import Asked, Holder
from sync.words import FeedKind, Role
from tests.factories import rows
from tests.factories.pulling import PullingPhone
from tests.factories.village import add_phone, found
from tests.sync.feed.test_settling import settle

PEOPLE = 3
DAY = timedelta(days=1)
few = st.integers(0, 50)


@dataclass
class Linked:
    """A link as the truth knows it: first day, first day without it (None: open)."""

    cadre: int
    place: UUID
    since: date
    ends: date | None


@dataclass
class Matter:
    """A task with one problem."""

    reporter: int
    place: UUID
    confidential: bool
    holder: str | None
    told: date
    closed: bool = False


@dataclass
class Truth:
    """What the registry says, and what follows for each person."""

    links: dict[UUID, Linked] = field(default_factory=dict)
    names: dict[UUID, str] = field(default_factory=dict)
    merged: dict[UUID, UUID] = field(default_factory=dict)
    gone: set[UUID] = field(default_factory=set)
    matters: dict[UUID, Matter] = field(default_factory=dict)
    visits: dict[UUID, tuple[set[int], date]] = field(default_factory=dict)
    roles: dict[int, set[Role]] = field(default_factory=dict)

    def root(self, place: UUID) -> UUID:
        """What a merged place stands for."""
        return self.merged.get(place, place)

    def homes(self, person: int, today: date) -> set[UUID]:
        """Homes that a person is linked to, gone ones among them."""
        return {
            self.root(one.place)
            for one in self.links.values()
            if one.cadre == person and one.since <= today and (one.ends is None or today < one.ends)
        }

    def own(self, person: int, today: date, house: House) -> set[tuple[str, UUID]]:
        """What a person has by own duty."""
        roles, homes = self.roles[person], self.homes(person, today)
        has: set[tuple[str, UUID]] = set()
        if Role.CADRE in roles:
            has |= {("place", home) for home in homes - self.gone}
            has |= {
                ("link", id_)
                for id_, one in self.links.items()
                if one.cadre == person and one.since <= today and (one.ends is None or today < one.ends)
            }
            oldest = today - timedelta(days=house.policy.feed.visit_days)
            has |= {("visit", id_) for id_, (people, on) in self.visits.items() if person in people and on >= oldest}
        if roles & {Role.CADRE, Role.REPORTER}:
            oldest = today - timedelta(days=house.policy.feed.task_days)
            has |= {
                ("task", id_)
                for id_, one in self.matters.items()
                if (person == one.reporter or (self.root(one.place) in homes and not one.confidential))
                and (not one.closed or one.told >= oldest)
            }
        return has

    def handled(self, person: int) -> set[tuple[str, UUID]]:
        """What the unit handles where a person is handler."""
        if Role.HANDLER not in self.roles[person]:
            return set()
        return {("task", id_) for id_, one in self.matters.items() if one.holder == "roads" and not one.closed}


@dataclass
class Pulling(PullingPhone):
    """A phone that also watches its cursor: within an epoch no scope's number goes back unless it was reset."""

    key: bytes = b""

    def applied(self, page: dict[str, Any]) -> Any:
        """Check, then apply."""
        after = cursor.unseal(page["cursor"], self.key)
        if self.store.cursor:
            before = cursor.unseal(self.store.cursor, self.key)
            for scope, mark in after.marks.items():
                if scope in before.marks and scope not in page["reset"]:
                    assert mark.seq >= before.marks[scope].seq
        return super().applied(page)


class History(RuleBasedStateMachine):
    """Writers, nights, restores and phones."""

    house: ClassVar[House]
    client: ClassVar[FlaskClient]

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime.fromisoformat("2026-03-10T10:00:00+08:00")
        self._clock = clock.frozen(lambda: self.now)
        self._clock.__enter__()
        self.truth = Truth()

    def teardown(self) -> None:
        self._clock.__exit__()

    @property
    def today(self) -> date:
        return clock.local(self.now).date()

    # Beginning

    @initialize()
    def found(self) -> None:
        """A village of its own for each history, so that nothing needs to be swept away."""

        def work(session: Session) -> None:
            for table in ("route", "unit_above", "person_role", "link", "problem"):
                session.execute(text(f"DELETE FROM {table}"))
            session.execute(text("DELETE FROM installation WHERE key = 'feed_settled'"))  # days begin again
            session.execute(text("UPDATE person SET staff_no = id::text"))
            session.execute(text("UPDATE programme SET code = id::text, office_id = NULL"))
            self.village = found(session)
            session.execute(
                text("UPDATE programme SET office_id = :o WHERE id = :p"),
                {"o": self.village.county, "p": self.village.programme},
            )
            session.execute(text("DELETE FROM link"))
            self.tokens = [add_phone(session, ids.uuid7(), self.people[n % PEOPLE]) for n in range(PEOPLE + 1)]

        self.house.write(work)
        self.truth.roles = {0: {Role.CADRE}, 1: {Role.CADRE}, 2: {Role.REPORTER}}
        self.truth.names = {self.village.home: "北沟村1号", self.village.unmapped: "北沟村2号"}
        key = cursor.key_from(self.house.settings.secret_key)
        self.phones = [Pulling(self._get(token), key=key) for token in self.tokens]
        for n in range(4):
            self.new_place(n)
            self.new_link(n, n, 0, None)

    @property
    def people(self) -> list[UUID]:
        return [self.village.li, self.village.chen, self.village.zhou]

    def _get(self, token: str) -> Callable[[str, dict[str, str]], tuple[int, dict[str, str], bytes]]:
        def get(path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
            known = headers | {"Authorization": f"Bearer {token}"}
            answer = self.client.get(f"/phone/v1/{path}", headers=known)
            return answer.status_code, dict(answer.headers), answer.data

        return get

    def _write(self, work: Callable[[Session], Any]) -> Any:
        return self.house.write(work)

    def _place(self, n: int) -> UUID:
        return list(self.truth.names)[n % len(self.truth.names)]  # in the order of making: ids are random

    # The registry

    @rule(n=few)
    def new_place(self, n: int) -> None:
        name = f"第{n}户"
        self.truth.names[self._write(lambda s: rows.add_place(s, self.village, name))] = name

    @rule(n=few, name=st.sampled_from(["东头", "西头", "南头"]))
    def rename(self, n: int, name: str) -> None:
        place = self._place(n)

        def work(session: Session) -> None:
            session.execute(text("UPDATE place SET name = :n WHERE id = :i"), {"n": name, "i": place})
            changes.touched(session, FeedKind.PLACE, [place])

        self._write(work)
        self.truth.names[place] = name

    @rule(n=few)
    def deregister(self, n: int) -> None:
        place = self._place(n)
        if place in self.truth.merged or place in self.truth.merged.values():
            return

        def work(session: Session) -> None:
            session.execute(text("UPDATE place SET state = 'gone' WHERE id = :i"), {"i": place})
            changes.touched(session, FeedKind.PLACE, [place])

        self._write(work)
        self.truth.gone.add(place)

    @rule(a=few, b=few)
    def merge(self, a: int, b: int) -> None:
        away, root = self._place(a), self._place(b)
        taken = self.truth.merged.keys() | self.truth.merged.values() | self.truth.gone
        if away == root or away in taken or root in self.truth.merged or root in self.truth.gone:
            return
        self._write(lambda s: rows.merge_places(s, away, root))
        self.truth.merged[away] = root

    @precondition(lambda self: self.truth.merged)
    @rule(n=few)
    def undo_merge(self, n: int) -> None:
        away = list(self.truth.merged)[n % len(self.truth.merged)]
        self._write(lambda s: rows.merge_places(s, away, None))
        del self.truth.merged[away]

    @rule(cadre=st.integers(0, 1), n=few, begins=st.integers(-1, 2), lasts=st.none() | st.integers(1, 3))
    def new_link(self, cadre: int, n: int, begins: int, lasts: int | None) -> None:
        place, since = self._place(n), self.today + begins * DAY
        cadre, ends = cadre % 2, None if lasts is None else since + lasts * DAY
        if any(one.cadre == cadre and one.place == place for one in self.truth.links.values()):
            return
        link = self._write(lambda s: rows.add_link(s, self.village, self.people[cadre], place, since, ends))
        self.truth.links[link] = Linked(cadre, place, since, ends)

    @rule(giver=st.integers(0, 1), some=st.none() | few, days=st.integers(0, 2))
    def hand_over(self, giver: int, some: int | None, days: int) -> None:
        starts_on, taker = self.today + days * DAY, 1 - giver
        if Role.CADRE not in self.truth.roles[taker]:
            return
        held = [id_ for id_, one in self.truth.links.items() if one.cadre == giver]
        chosen = None if some is None or not held else (held[some % len(held)],)
        actor = Actor(self.village.zhou, (HeldRole(Role.PROGRAMME_OFFICE, self.village.county),))
        asked = Asked(Holder(self.people[giver], None), Holder(self.people[taker], None), starts_on, chosen)
        try:
            done = self._write(
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
        place, holder = self._place(n), self.village.roads if held else None
        task = self._write(
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
                text("UPDATE task SET state = :s, holder_unit_id = :h WHERE id = :t"),
                {"s": state, "h": holder, "t": task},
            )
            changes.touched(session, FeedKind.TASK, [task])

        self._write(work)
        self.truth.matters[task].closed = state == "closed"
        self.truth.matters[task].holder = "roads" if held else "waterworks"

    @rule(person=st.integers(0, 1), n=few, both=st.booleans())
    def visit(self, person: int, n: int, both: bool) -> None:
        others = (self.people[1 - person],) if both else ()
        visit = self._write(
            lambda s: rows.add_visit(s, self.village, self.people[person], self._place(n), self.now, *others)
        )
        self.truth.visits[visit] = ({person, 1 - person} if both else {person}, self.today)

    # Who may

    @rule(person=st.integers(0, 2), role=st.sampled_from([Role.CADRE, Role.REPORTER, Role.HANDLER]))
    def turn_role(self, person: int, role: Role) -> None:
        held = self.truth.roles[person]
        if role in held:
            self._write(lambda s: rows.drop_role(s, self.people[person], role))
            held.remove(role)
        else:
            unit = self.village.roads if role is Role.HANDLER else self.village.village
            self._write(lambda s: rows.hold_role(s, self.people[person], role, unit))
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

        self._write(work)
        self.truth.roles[person] = held - {before} | {after}

    # Time and trouble

    @rule(days=st.sampled_from([1, 1, 1, 7, 60]), keep=st.sampled_from([0, 1, 30, 120]))
    def nights(self, days: int, keep: int) -> None:
        if (self.now + days * DAY).date() > date(2026, 5, 30):
            return  # tokens end after ninety days
        self.now += days * DAY
        settle(self.house)
        feed = replace(self.house.policy.feed, keep_days=keep)
        while self._write(lambda s: purging.purge(s, feed)):
            pass

    @rule()
    def raise_epoch(self) -> None:
        self._write(epochs.bump)

    @rule(n=few)
    def roll_back(self, n: int) -> None:
        def work(session: Session) -> None:
            rows.add_link(session, self.village, self.village.chen, rows.add_place(session, self.village))
            rows.add_task(session, self.village, self.village.li, self._place(n))
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            self._write(work)

    # Phones

    @rule(
        n=st.integers(0, PEOPLE),
        limit=st.integers(1, 7),
        pages=st.integers(1, 3),
        crash=st.sampled_from([None, None, "before", "between"]),
    )
    def pull_a_little(self, n: int, limit: int, pages: int, crash: str | None) -> None:
        for page in range(pages):
            if not self.phones[n].pull_page(limit, crash if page == pages - 1 else None):
                break

    @rule(n=st.integers(0, PEOPLE), limit=st.none() | st.integers(1, 9))
    def pull_all(self, n: int, limit: int | None) -> None:
        self.phones[n].pull(limit)
        self.check(n)

    @rule(limit=st.none() | st.integers(1, 9))
    def everybody_pulls(self, limit: int | None) -> None:
        for n in range(len(self.phones)):
            self.pull_all(n, limit)

    @rule(n=st.integers(0, PEOPLE), giver=st.integers(0, 1))
    def a_phone_is_away_for_long(self, n: int, giver: int) -> None:
        """All homes of its cadre are handed over, and that is forgotten before it comes back."""
        self.phones[n].pull()
        self.hand_over(giver, None, 0)
        self.nights(1, 0)
        self.pull_all(n, 3)

    @rule(giver=st.integers(0, 1), some=st.none() | few)
    def hand_over_and_look(self, giver: int, some: int | None) -> None:
        """No night may pass that would mend what the commit forgot."""
        self.everybody_pulls(None)
        self.hand_over(giver, some, 0)
        self.everybody_pulls(5)

    @rule()
    def new_phone(self) -> None:
        self.phones[-1] = Pulling(self.phones[-1].get, key=self.phones[-1].key)

    def check(self, n: int) -> None:
        """Phone = scope, by what can be read."""
        person, phone = n % PEOPLE, self.phones[n]
        readable = {(key[0][0], key[1], UUID(key[2])) for key, row in phone.store.rows.items() if row.data is not None}
        own = {("c", *one) for one in self.truth.own(person, self.today, self.house)}
        unit = {("u", *one) for one in self.truth.handled(person)}
        assert {one for one in readable if one[0] != "g"} == own | unit
        for id_, home in phone.all("place").items():
            assert home["name"] == self.truth.names[UUID(id_)]
            away = sorted(str(one) for one, root in self.truth.merged.items() if str(root) == id_)
            assert sorted(home.get("aliases", [])) == away

    @invariant()
    def every_row_was_given(self) -> None:
        """Nothing appears on a phone but by a page: each scope it holds was announced."""
        for phone in getattr(self, "phones", []):
            assert {key[0] for key in phone.store.rows} <= phone.store.readings.keys()


@pytest.fixture
def machine(house: House) -> Iterator[type[History]]:
    app = create_app(house.settings)
    History.house, History.client = app.extensions["doorstep"], app.test_client()
    yield History
    History.house.close()


def test_after_any_history_phones_hold_exactly_their_scopes(machine: type[History]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=150,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a history of transactions takes minutes
        ),
    )
