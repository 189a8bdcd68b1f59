"""A queue of real rows before a verifier: homes of Beigou, visits far from them, judged by the very rules."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.house import House
from sync.photos import reading
from sync.photos.actions import record_upload
from sync.words import Cause
from tests.factories import pictures
from tests.factories.review import add_doubted, add_place
from tests.factories.village import HOME, Village

SINGLE, DEVICE, SHARED = 36, 18, 4
WEST = 0.006  # degrees: 528 m, in the direction in which no datum lies
_EMPTY = text(
    "TRUNCATE decision, question, said, finding, same_visit, draw, place_position, datum_group, errand, visit_verdict,"
    " visit_party, trace, photo, visit_count, visit_delta, visit CASCADE"
)
_HOMES = text("DELETE FROM place WHERE name LIKE '北沟村_组%'")
_PHOTO = text(
    "INSERT INTO photo (id, visit_id, device_id, batch_id, sha256, size, state, taken_at, cited_at, present_at)"
    " VALUES (:i, :v, :d, :b, :h, :s, 'present', :now, :now, :now)"
)
_HEARD = (
    "INSERT INTO question (id, visit_id, text, by, at, answered_at) VALUES (:q, :v, '当时在哪里见面?', :p, :now, :now)",
    "INSERT INTO said (id, visit_id, question_id, kind, codes, text, person_id, device_id, batch_id, at)"
    " VALUES (:s, :v, :q, 'answer', '{INDOORS}', :t, :p, :d, :b, :now)",
    "UPDATE finding SET state = 'answered', asked_at = :now, answered_at = :now WHERE visit_id = :v",
)


@dataclass(frozen=True)
class Scene:
    """`visits` wait in this order, each at a home of its own; `device` share a phone; `shared` are at one home."""

    house: House
    village: Village
    visits: Sequence[UUID]
    device: Sequence[UUID]
    shared: Sequence[UUID]
    home: UUID

    def rows(self, statement: str, **facts: Any) -> Sequence[Any]:
        """Rows of a plain select."""
        return self.house.read(lambda session: session.execute(text(statement), facts).all())

    def decided(self) -> dict[UUID, str]:
        """What stands, by visit."""
        rows = self.rows("SELECT visit_id, deciding FROM decision WHERE undone_at IS NULL")
        return {row.visit_id: row.deciding for row in rows}

    def verdicts(self, visits: Sequence[UUID]) -> set[str]:
        """The verdicts that these visits have."""
        return {row.verdict for row in self.rows("SELECT verdict FROM visit WHERE id = ANY(:v)", v=list(visits))}

    def hear(self, visit: UUID, said: str = "当时在屋里,定位飘了。") -> None:
        """Let the cadre have been asked and have answered."""
        facts = {
            "v": visit, "q": ids.uuid7(), "s": ids.uuid7(), "b": ids.uuid7(), "p": self.village.li,
            "d": self.village.phone_li, "t": said, "now": clock.now(),
        }  # fmt: skip
        self.house.write(lambda session: [session.execute(text(statement), facts) for statement in _HEARD])

    def photograph(self, *visits: UUID, seed: int = 1) -> None:
        """Let these visits cite one photo."""
        content = pictures.jpeg(pictures.scene(seed))
        sha256 = hashlib.sha256(content).digest()
        phone = self.village.phone_li
        self.house.blobs.put(sha256, [content])
        self.house.write(lambda session: record_upload(session, phone, sha256, len(content)))
        self.house.write(lambda session: reading.read(session, self.house.blobs, self.house.policy.photos, sha256))
        cited = [
            {"i": ids.uuid7(), "v": visit, "d": phone, "b": ids.uuid7(), "h": sha256, "s": len(content),
             "now": clock.now()}
            for visit in visits
        ]  # fmt: skip
        self.house.write(lambda session: session.execute(_PHOTO, cited))


def lay_out(house: House, village: Village) -> Scene:
    """Empty the queue and fill it again."""

    def work(session: Session) -> Scene:
        session.execute(_EMPTY)
        session.execute(_HOMES)
        visits = [_alone(session, village, i, Cause.SINGLE) for i in range(SINGLE)]
        device = [_alone(session, village, SINGLE + i, Cause.DEVICE) for i in range(DEVICE)]
        at_one, home = _together(session, village)
        return Scene(house, village, visits, device, at_one, home)

    return house.write(work)


def _alone(session: Session, village: Village, i: int, cause: Cause) -> UUID:
    home = (HOME[0] + 0.0006 * (i % 10 - 5), HOME[1] + 0.0006 * (i // 10 - 3))
    place = add_place(session, village, f"北沟村{i // 10 + 1}组{i + 1}号", home)
    spot = (home[0] - WEST - 0.0002 * (i % 5), home[1])
    key = str(village.phone_li) if cause is Cause.DEVICE else None
    at = clock.now() - timedelta(hours=3 + i)
    return add_doubted(session, village, cause, key, place=place, spot=spot, at=at).visit


def _together(session: Session, village: Village) -> tuple[list[UUID], UUID]:
    place = add_place(session, village, "北沟村9组1号", (HOME[0], HOME[1] + 0.004))
    visits = []
    for i in range(SHARED):
        at, spot = clock.now() - timedelta(days=4 + i), (HOME[0] - WEST, HOME[1] + 0.004 + 1e-5 * i)
        visits.append(add_doubted(session, village, Cause.ADDRESS, str(place), place=place, spot=spot, at=at).visit)
    return visits, place
