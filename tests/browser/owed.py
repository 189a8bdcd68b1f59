"""What is owed in Beigou, for the screens of duty: a programme with its rules; contact overdue, met, nobody's."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.duty.owing import Owed, owe_contacts
from sync.house import House
from sync.words import OwedFor
from tests.browser import ground
from tests.factories.owing import call_at, owe_event
from tests.factories.review import add_place
from tests.factories.rows import add_link
from tests.factories.village import HOME, Village

_OFFICE = text("UPDATE programme SET office_id = :o WHERE id = :p")
_RULE = text(
    "INSERT INTO programme_rule (id, programme_id, category, event, holder, role, level, target, number, rhythm, term,"
    " term_kind) VALUES (:i, :p, 'needy', NULL, 'cadre', 'cadre', 'village', 'household', 2, 'month', NULL, NULL),"
    " (:j, :p, NULL, 'hospital', NULL, NULL, NULL, NULL, NULL, NULL, 48, 'hours')"
)


@dataclass(frozen=True)
class Duty:
    """Obligations by what they are, and the homes that Li is linked to."""

    house: House
    village: Village
    late: UUID
    met: UUID
    event: UUID
    homes: tuple[UUID, ...]

    def one(self, statement: str, **facts: Any) -> Any:
        """The first row of a plain select."""
        return self.house.read(lambda session: session.execute(text(statement), facts).first())


def lay_out(house: House, village: Village) -> Duty:
    """Write it: the county is in charge of the programme; Li links three homes."""
    now = clock.now()

    def work(session: Session) -> Duty:
        session.execute(_OFFICE, {"o": village.county, "p": village.programme})
        session.execute(_RULE, {"i": ids.uuid7(), "j": ids.uuid7(), "p": village.programme})
        ground.outline(session, village)
        homes = tuple(
            add_place(session, village, f"北沟村{n}号", (HOME[0] + 0.001 * n, HOME[1])) for n in range(31, 33)
        )
        for home in homes:
            add_link(session, village, village.li, home)
        link = session.scalar(text("SELECT id FROM link WHERE place_id = :p"), {"p": village.home})
        under = {
            "place_id": village.home, "origin": OwedFor.PROGRAMME, "programme_id": village.programme, "link_id": link,
        }  # fmt: skip
        day = timedelta(days=1)
        call_at(session, village, village.home, now - 20 * day)
        [late] = owe_contacts(session, house.policy, [Owed(**under, opens_at=now - 9 * day, due_at=now - day)])
        # Due now: in the month that the screen opens with, whichever day it is.
        [met] = owe_contacts(session, house.policy, [Owed(**under, opens_at=now - 30 * day, due_at=now)])
        return Duty(house, village, late, met, owe_event(session, village.unmapped, now), (village.home, *homes))

    return house.write(work)
