"""Beigou village in a transaction that is rolled back, and a way to hand records in and to look at verdicts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, errands, ids
from sync.pipeline import Part, apply_batches, judge_again, rejudge
from sync.policy import Policy, defaults
from sync.words import Job
from tests.factories import batches
from tests.factories.counted import assert_numbers
from tests.factories.village import Village, found


@dataclass
class Verdicts:
    """The road and the second looks over one session."""

    session: Session
    village: Village
    policy: Policy

    def hand_in(self, *records: Any, device: UUID | None = None) -> None:
        """Apply records as one batch of a phone."""
        batch, json = batches.body(list(records))
        batches.receive(self.session, device or self.village.phone_li, batch, json)
        apply_batches(self.session, self.policy, [Part(device or self.village.phone_li, batch)])

    def of(self, record: dict[str, Any]) -> str:
        """The verdict that a visit shows."""
        return str(self.session.scalar(text("SELECT verdict FROM visit WHERE id = :i"), {"i": record["id"]}))

    def history(self, record: dict[str, Any]) -> list[Any]:
        """Every machine verdict of a visit, the first one first."""
        query = "SELECT n, verdict, reasons, numbers, policy_version FROM visit_verdict WHERE visit_id = :i ORDER BY n"
        return list(self.session.execute(text(query), {"i": record["id"]}))

    def codes(self, record: dict[str, Any]) -> set[str]:
        """Reason codes of the newest verdict."""
        return {reason["code"] for reason in self.history(record)[-1].reasons}

    def reason(self, record: dict[str, Any], code: str) -> dict[str, Any]:
        """One finding of the newest verdict."""
        found: dict[str, Any] = next(one for one in self.history(record)[-1].reasons if one["code"] == code)
        return found

    def findings(self) -> list[Any]:
        """Findings as (visit, cause, key, state), the oldest first."""
        query = "SELECT visit_id, cause, cause_key, state, reasons FROM finding ORDER BY id"
        return list(self.session.execute(text(query)))

    def owed(self) -> set[str]:
        """Subjects that are owed another judgement."""
        query = "SELECT subject FROM errand WHERE job = 'rejudge' AND done_at IS NULL"
        return set(self.session.scalars(text(query)))

    def run(self, most: int = 50) -> int:
        """Do what is owed until nothing is left; how many errands it took."""
        for done in range(most):
            self.session.execute(text("UPDATE errand SET due_at = now() - interval '1 s' WHERE done_at IS NULL"))
            [claim] = errands.claim(self.session, 60) or [None]
            if claim is None:
                return done
            assert claim.job is Job.REJUDGE
            rejudge(self.session, self.policy, [claim])
            errands.finish(self.session, [claim])
        raise AssertionError(f"still owed after {most}: {self.owed()}")

    def again(self, *records: dict[str, Any]) -> None:
        """Judge visits again, although nothing is owed."""
        judge_again(self.session, self.policy, [record["id"] for record in records])


@pytest.fixture(autouse=True)
def numbers_agree(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did to visits, edges, verdicts and places: the map and coverage still tell the truth."""
    session = request.getfixturevalue("session") if "session" in request.fixturenames else None
    yield
    if session is not None:
        assert_numbers(session)


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


@pytest.fixture
def verdicts(session: Session, village: Village) -> Verdicts:
    return Verdicts(session, village, defaults())


@pytest.fixture
def at_noon() -> Iterator[None]:
    """It is noon, so that half an hour ago was today as well."""
    with clock.frozen(clock.local(clock.now()).replace(hour=12, minute=0)):
        yield


Add = Callable[..., UUID]


@pytest.fixture
def add_home(session: Session, village: Village) -> Add:
    """Another home of the village, linked to Li: at (lon, lat) in WGS 84, or without a position."""

    def add_home(name: str, lonlat: tuple[float, float] | None, cadre: UUID | None = None, linked: bool = True) -> UUID:
        place = ids.uuid7()
        session.execute(
            text(
                "INSERT INTO place (id, kind, unit_id, town_id, name, position, state)"
                " VALUES (:i, 'household', :u, :t, :n, CAST(:p AS geography), 'active')"
            ),
            {"i": place, "u": village.village, "t": village.town, "n": name,
             "p": lonlat and f"SRID=4326;POINT({lonlat[0]} {lonlat[1]})"},
        )  # fmt: skip
        if linked:
            session.execute(
                text(
                    "INSERT INTO link (id, programme_id, category, cadre_id, place_id, valid)"
                    " VALUES (:i, :g, 'ordinary', :c, :p, '[2020-01-01,)')"
                ),
                {"i": ids.uuid7(), "g": village.programme, "c": cadre or village.li, "p": place},
            )
        return place

    return add_home
