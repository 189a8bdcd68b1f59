"""Any history of lost packets, waiting and theft: a phone is never logged out by a packet, and a copy is found.

The phone does as sync.md says: it writes down before it sends, repeats what has no answer, and uses a successor alone
once it is written down. The thief copies what is written down, and has no key.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from sync import clock, ids
from sync.house import House
from sync.identity.actions import devices
from sync.words import Role
from tests.api.conftest import Hire, Known
from tests.factories.keyed import KeyedPhone, through
from tests.factories.village import Village

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
GRACE = timedelta(minutes=10)
LONG = timedelta(days=90)
OUT = {"token-revoked", "token-unknown"}


class History(RuleBasedStateMachine):
    """One phone, its cadre, perhaps a thief."""

    app: Flask
    opened: House
    new_cadre: Callable[[], Known]

    def __init__(self) -> None:
        super().__init__()
        self.at = NOON
        self.clock = clock.frozen(lambda: self.at)
        self.clock.__enter__()
        self.contact = NOON
        self.stolen: list[str] = []
        self.has_thief_acted = False
        self.is_out = False

    def teardown(self) -> None:
        self.clock.__exit__()

    @initialize()
    def the_phone_enrols(self) -> None:
        self.li = self.new_cadre()
        self.phone = KeyedPhone(through(self.app.test_client()))
        self._log_in()

    @rule(lost=st.booleans())
    def the_phone_asks_something(self, lost: bool) -> None:
        """Whether the reply is lost makes no difference to what it does next."""
        status, told = self.phone.ask()
        self._heard(status, told.get("code"))

    @rule(lost=st.booleans(), forgets=st.booleans())
    def the_phone_exchanges_its_token(self, lost: bool, forgets: bool) -> None:
        status, told = self.phone.rotate(lost=lost)
        if lost and forgets:
            self.phone.nonce = None
        self._heard(status, told.get("code"))

    @rule(minutes=st.sampled_from([1, 9, 11, 60, 1440, 1440 * 30, 1440 * 89]))
    def time_passes(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)

    @rule()
    def a_thief_copies_what_is_written_down(self) -> None:
        self.stolen.append(self.phone.token)

    @precondition(lambda self: self.stolen)
    @rule(data=st.data(), rotating=st.booleans())
    def the_thief_uses_a_copy(self, data: st.DataObject, rotating: bool) -> None:
        self.has_thief_acted = True
        token = data.draw(st.sampled_from(self.stolen))
        if rotating:
            thief = KeyedPhone(self.phone.send, device=self.phone.device, token=token)
            status, told = thief.rotate()
            assert status != 200, "nobody gets a token without the key"
        else:
            status, told = self.phone.ask(token=token)
            assert status == 401 or token == self.phone.token or self._is_good(token), "a copy that is found is out"
        if told.get("code") == "token-revoked" and not self.is_out:
            assert self._alarm() == "token_replayed"

    @precondition(lambda self: self.is_out)
    @rule()
    def the_cadre_enrols_again(self) -> None:
        self._log_in()
        assert self._alarm() is None
        for token in self.stolen:
            if token != self.phone.token:
                assert self.phone.ask(token=token)[1]["code"] in OUT, "all copies are worth nothing now"

    @invariant()
    def whoever_is_out_was_copied_or_away_for_months(self) -> None:
        if self.is_out:
            assert self.has_thief_acted or self.at - self.contact >= LONG

    def _heard(self, status: int, code: str | None) -> None:
        if status == 200:
            assert not self.is_out
            self.contact = self.at
        elif code == "token-expired":
            assert self.at - self.contact >= LONG
            self.is_out = True
        else:
            assert code in OUT, (status, code)
            assert self.has_thief_acted, "no lost packet logs a phone out"
            self.is_out = True

    def _is_good(self, token: str) -> bool:
        """Whether the row of the phone still names this token, or did so minutes ago."""
        query = text(
            "SELECT EXISTS (SELECT FROM device d WHERE d.id = :d AND d.token_hash = :h)"
            " OR EXISTS (SELECT FROM device_token t WHERE t.token_hash = :h AND t.superseded_at > :since)"
        )
        facts = {"d": self.phone.device, "h": ids.digest(token), "since": self.at - GRACE}
        return bool(self.opened.read(lambda session: session.scalar(query, facts)))

    def _alarm(self) -> str | None:
        query = text("SELECT alarm FROM device WHERE id = :d")
        return self.opened.read(lambda session: session.scalar(query, {"d": self.phone.device}))

    def _log_in(self) -> None:
        code, _ = self.opened.write(
            lambda session: devices.issue_code(session, self.li.id, self.at, timedelta(minutes=10))
        )
        status, told = self.phone.enrol(self.li.username, code)
        assert status == 201, told
        self.contact, self.is_out = self.at, False
        self.has_thief_acted = False


@pytest.fixture
def history(app: Flask, opened: House, hire: Hire, beigou: Village) -> type[History]:
    """The machine over this module's installation; each run has a cadre of its own."""
    History.app, History.opened = app, opened
    History.new_cadre = staticmethod(lambda: hire(Role.CADRE, beigou.village))
    return History


def test_no_packet_logs_a_phone_out_and_every_copy_is_found(history: type[History]) -> None:
    run_state_machine_as_test(
        history,
        settings=settings(
            max_examples=60, stateful_step_count=25, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
