"""What a home confirmed in a visit, while the visit is refused, no longer refused, or its appeal succeeds."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.duty.life import promises
from sync.duty.life.promises import Made, Said
from sync.house import House
from sync.words import Cause, FindingState, Role
from tests.api.console.review.conftest import Ask, Browser, Doubt, Open
from tests.factories.batches import this_morning
from tests.factories.review import add_finding, add_visit
from tests.factories.village import Village

WHY = "没有人认识这户人家"


@pytest.fixture
def confirmed(opened: House, beigou: Village, doubt: Doubt) -> tuple[UUID, UUID]:
    """A doubtful visit that was heard, and a promise that the home confirmed in it."""
    doubted = doubt(at=this_morning() + timedelta(hours=1))

    def work(session: Session) -> UUID:
        answered = "UPDATE finding SET answered_at = now(), state = 'answered' WHERE id = :f"
        session.execute(text(answered), {"f": doubted.finding})
        made, at = add_visit(session, beigou), this_morning()
        one = Made(
            ids.uuid7(), made, 1, beigou.home, beigou.village, beigou.town, beigou.li, "带来通水工期", clock.today(), at
        )
        promises.write(session, [one])
        said = Said(
            ids.uuid7(), one.id, True, True, "", doubted.visit, beigou.li, beigou.phone_li, ids.uuid7(),
            at + timedelta(hours=1),
        )  # fmt: skip
        promises.hear(session, [said])
        return one.id

    return doubted.visit, opened.write(work)


def test_a_confirmation_counts_only_while_its_visit_is_not_refused(
    wang: Browser, browse: Open, beigou: Village, opened: House, confirmed: tuple[UUID, UUID], value: Ask
) -> None:
    visit, promise = confirmed

    def stands() -> Any:
        return value("SELECT state FROM commitment WHERE id = :i", i=promise)

    assert stands() == "confirmed"
    refusal = wang.decide(visit, "refuse", reason=WHY).json["id"]
    assert stands() == "told_kept"
    wang.post(f"decisions/{refusal}/undo")
    assert stands() == "confirmed"
    wang.decide(visit, "refuse", reason=WHY)
    assert stands() == "told_kept"
    opened.write(lambda s: add_finding(s, visit, Cause.APPEAL, str(visit), state=FindingState.ANSWERED))
    assert browse(Role.VERIFIER, beigou.county).decide(visit, "confirm").json["verdict"] == "verified"
    assert stands() == "confirmed"
