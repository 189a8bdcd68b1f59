"""After any history a phone holds exactly what its person may have, and no revision ever goes backwards (D4.9).

Hypothesis makes histories of hand-overs, dated links, merges, tasks, visits, promises, life events, absences, roles,
nights, epochs and rollbacks, while four phones pull pages of any size and crash between them. What they should hold is
worked out in Python, from the rules of product.md and plain selects (`history.truth`, `history.owed`); that shares no
line with the feed. What is owed, and by whom, is looked at after every night (`history.duties`).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import initialize, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from api.app import create_app
from sync import pipeline
from sync.feed import epochs, purging
from sync.house import House
from tests.sync.feed.history import duties
from tests.sync.feed.history.caring import Caring
from tests.sync.feed.history.registry import Registry
from tests.sync.feed.history.world import DAY, PEOPLE, few

WEEK = timedelta(days=7)


class History(Registry, Caring):
    """Writers, nights, restores and phones."""

    @initialize()
    def found(self) -> None:
        self.settle_in()
        for n in range(4):
            self.new_place(n)
            self.new_link(n, n, 0, None)
        self.write(self._jobs)

    @rule(days=st.sampled_from([1, 1, 1, 7, 25, 60]), keep=st.sampled_from([0, 1, 30, 120]), feed_first=st.booleans())
    def nights(self, days: int, keep: int, feed_first: bool) -> None:
        """Days pass; the jobs of duty run at least once a week, the feed's before or after them."""
        after = self.now + days * DAY
        if after.date() > date(2026, 5, 30):
            return  # tokens end after ninety days
        while self.now < after:
            self.now = min(self.now + WEEK, after)
            if feed_first:
                self.settle()
            self.write(self._jobs)
        if not feed_first:
            self.settle()
        self.house.read(lambda s: duties.check_night(s, self.now, self.house.policy.duty, self.left))
        feed = replace(self.house.policy.feed, keep_days=keep)
        while self.write(lambda s: purging.purge(s, feed)):
            pass
        if not feed_first:
            self.is_fresh = True
            for n in range(PEOPLE):
                self.pull_all(n, None)
            self.is_fresh = False

    def _jobs(self, session: Session) -> None:
        self.left |= {self.people[n] for n, roles in self.truth.roles.items() if not roles}
        pipeline.settle_absences(session)
        pipeline.owe_visits(session, self.house.policy, "")
        pipeline.lapse_obligations(session, self.house.policy)
        pipeline.remind_of_promises(session, self.house.policy.life)
        pipeline.settle_absences(session)

    @rule()
    def raise_epoch(self) -> None:
        self.write(epochs.bump)

    @rule(n=st.integers(0, PEOPLE), giver=st.integers(0, 1))
    def a_phone_is_away_for_long(self, n: int, giver: int) -> None:
        """All homes of its cadre are handed over, and that is forgotten before it comes back."""
        self.phones[n].pull()
        self.hand_over(giver, 1, None, 0)
        self.nights(1, 0, False)
        self.pull_all(n, 3)

    @rule(giver=st.integers(0, 1), some=st.none() | few)
    def hand_over_and_look(self, giver: int, some: int | None) -> None:
        """No night may pass that would mend what the commit forgot."""
        self.everybody_pulls(None)
        self.hand_over(giver, 1, some, 0)
        self.everybody_pulls(5)


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
