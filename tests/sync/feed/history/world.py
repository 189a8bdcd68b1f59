"""The world of a history: a village of its own, its people and what they should hold, phones that pull and crash."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import hypothesis.strategies as st
from flask.testing import FlaskClient
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.feed import cursor, settling
from sync.house import House
from sync.words import Role
from tests.factories.pulling import PullingPhone
from tests.factories.village import add_phone, found
from tests.sync.feed.history import owed
from tests.sync.feed.history.truth import Truth

PEOPLE = 3
DAY = timedelta(days=1)
BEGIN = datetime.fromisoformat("2026-03-10T10:00:00+08:00")
few = st.integers(0, 50)
# Rows of earlier histories that would otherwise be gone through again.
_SWEEP = (
    "hand_over", "absence", "commitment_word", "commitment", "obligation", "life_event", "route", "unit_above",
    "person_role", "link", "problem",
)  # fmt: skip
_SWEPT = (
    "DELETE FROM installation WHERE key = 'feed_settled'",  # days begin again
    "UPDATE person SET staff_no = id::text",
    "UPDATE programme SET code = id::text, office_id = NULL, valid = 'empty'",
)


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


class World(RuleBasedStateMachine):
    """People, homes and phones; what happens to them stands in the classes that build on it."""

    house: ClassVar[House]
    client: ClassVar[FlaskClient]
    histories: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        World.histories += 1
        self.now = BEGIN + timedelta(milliseconds=World.histories)  # ids of each history come after those before
        self._first = ids.first_uuid7(self.now)
        self._clock = clock.frozen(lambda: self.now)
        self._clock.__enter__()
        self.truth = Truth()
        self.left: set[UUID] = set()  # people who held no role on some night
        self.is_fresh = False  # nothing happened since the night, so that deputies have the homes they need, no more

    def teardown(self) -> None:
        self._clock.__exit__()

    @property
    def today(self) -> date:
        return clock.local(self.now).date()

    @property
    def people(self) -> list[UUID]:
        return [self.village.li, self.village.chen, self.village.zhou]

    @property
    def devices(self) -> list[UUID]:
        return [self.village.phone_li, self.village.phone_chen, self.village.phone_zhou]

    def settle_in(self) -> None:
        """A village of its own for each history, so that nothing of others is met."""

        def work(session: Session) -> None:
            for table in _SWEEP:
                session.execute(text(f"DELETE FROM {table}"))
            for statement in _SWEPT:
                session.execute(text(statement))
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

    def _get(self, token: str) -> Callable[[str, dict[str, str]], tuple[int, dict[str, str], bytes]]:
        def get(path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
            known = headers | {"Authorization": f"Bearer {token}"}
            answer = self.client.get(f"/phone/v1/{path}", headers=known)
            return answer.status_code, dict(answer.headers), answer.data

        return get

    def write(self, work: Callable[[Session], Any]) -> Any:
        """One transaction of the house."""
        return self.house.write(work)

    def settle(self) -> None:
        """The feed's look at a new day, as the worker walks; people of earlier histories are passed over."""

        def walk(session: Session, subject: str | None) -> list[str]:
            if subject is None:
                settling.begin(session, self.house.policy)
            else:
                settling.step(session, self.house.policy.feed, subject)
            return list(session.scalars(text("DELETE FROM errand WHERE job = 'settle_feed' RETURNING subject")))

        owed_ = self.write(lambda s: walk(s, None)) and [f"{self._first}/0"]
        while owed_:
            [subject] = owed_
            owed_ = self.write(lambda s, subject=subject: walk(s, subject))

    def place(self, n: int) -> UUID:
        """One of the homes, in the order of making: ids are random."""
        return list(self.truth.names)[n % len(self.truth.names)]

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

    @rule()
    def new_phone(self) -> None:
        self.phones[-1] = Pulling(self.phones[-1].get, key=self.phones[-1].key)

    def check(self, n: int) -> None:
        """Phone = scope, by what can be read."""
        person, phone, said = n % PEOPLE, self.phones[n], self.house.read(owed.look)
        readable = {(key[0][0], key[1], UUID(key[2])) for key, row in phone.store.rows.items() if row.data is not None}
        mine = {(kind, id_) for scope, kind, id_ in readable if scope == "c"}
        has = self.truth.own(person, self.today, self.house)
        has |= said.own(self.people[person], self.truth.roles[person], self.today, self.house)
        lent = {("place", home) for home in said.lent(self.people[person], self.today)}
        needed = {("place", home) for home in said.needed(self.people[person], self.today)}
        if Role.CADRE not in self.truth.roles[person]:
            lent = needed = set()
        assert has <= mine <= has | lent
        if self.is_fresh:
            assert mine == has | needed
        assert {(kind, id_) for scope, kind, id_ in readable if scope == "u"} == self.truth.handled(person)
        for id_, home in phone.all("place").items():
            assert home["name"] == self.truth.names[UUID(id_)]
            away = sorted(str(one) for one, root in self.truth.merged.items() if str(root) == id_)
            assert sorted(home.get("aliases", [])) == away
        owed.check_words(said, phone, self.truth.names)

    @invariant()
    def every_row_was_given(self) -> None:
        """Nothing appears on a phone but by a page: each scope it holds was announced."""
        for phone in getattr(self, "phones", []):
            assert {key[0] for key in phone.store.rows} <= phone.store.readings.keys()
