"""A village whose transactions publish, and a look at what each scope of the feed holds."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import text

from sync import changes
from sync.house import House
from sync.words import FeedKind
from tests.factories.village import Village, found

Held = Callable[..., dict[UUID, str]]


@pytest.fixture
def village(house: House) -> Village:
    """Beigou, with Li's link told to the feed as an import tells it."""
    made = house.write(found)
    touch_links(house)
    return made


def touch_links(house: House) -> None:
    """Tell the feed of every link."""
    query = text("SELECT id FROM link")
    house.write(lambda session: changes.touched(session, FeedKind.LINK, session.scalars(query)))


@pytest.fixture
def held(house: House) -> Held:
    """id -> op of the rows of one kind in a scope."""

    def held(scope: str, kind: FeedKind) -> dict[UUID, str]:
        query = text("SELECT id, op FROM feed_item WHERE scope = :s AND kind = :k")
        return {row[0]: row[1] for row in house.read(lambda s: s.execute(query, {"s": scope, "k": kind.value}).all())}

    return held
