"""Obligations and visits as the duty of a village knows them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import ids
from sync.duty.owing import Owed, owe_contacts
from sync.policy import defaults
from sync.words import Mode, Outcome, OwedFor
from tests.factories.village import Village


def owe_event(session: Session, place: UUID, at: datetime, hours: int = 48) -> UUID:
    """Contact owed after a life event at that moment; the id of the obligation."""
    owed = Owed(
        place_id=place, origin=OwedFor.LIFE_EVENT, opens_at=at, due_at=at + timedelta(hours=hours),
        life_event_id=ids.uuid7(),
    )  # fmt: skip
    [made] = owe_contacts(session, defaults(), [owed])
    return made


def obligation(session: Session, id_: UUID) -> Any:
    """The row as it stands."""
    return session.execute(text("SELECT * FROM obligation WHERE id = :i"), {"i": id_}).one()


def call_at(
    session: Session,
    village: Village,
    place: UUID,
    at: datetime,
    outcome: Outcome = Outcome.MET,
    mode: Mode = Mode.HOME,
) -> UUID:
    """A stored visit, before anybody looked which obligations it meets."""
    visit = ids.uuid7()
    session.execute(
        text(
            "INSERT INTO visit (id, place_id, unit_id, recorder_id, device_id, rev, outcome, mode, recorded,"
            " started_at, ended_at, clock_method, clock_uncertainty_s, received_at, verdict)"
            " VALUES (:v, :p, :u, :r, :d, 1, :o, :m, 'now', :at, :at, 'offset', 1, :at, 'doubtful')"
        ),
        {"v": visit, "p": place, "u": village.village, "r": village.chen, "d": village.phone_chen, "at": at,
         "o": outcome.value, "m": mode.value},
    )  # fmt: skip
    return visit
