"""Single rows as actions leave them, with the feed touched as they do."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, ids
from sync.words import FeedKind, Role
from tests.factories.village import Village


def add_place(session: Session, village: Village, name: str = "北沟村3号") -> UUID:
    """A home without position."""
    place = ids.uuid7()
    session.execute(
        text(
            "INSERT INTO place (id, kind, unit_id, town_id, name, state) VALUES (:i, 'household', :u, :t, :n, 'active')"
        ),
        {"i": place, "u": village.village, "t": village.town, "n": name},
    )
    changes.touched(session, FeedKind.PLACE, [place])
    return place


def add_link(
    session: Session, village: Village, cadre: UUID, place: UUID, since: date | None = None, ends: date | None = None
) -> UUID:
    """A link of the village's programme; `ends` is the first day without it."""
    link = ids.uuid7()
    session.execute(
        text(
            "INSERT INTO link (id, programme_id, category, cadre_id, place_id, valid)"
            " VALUES (:i, :g, 'needy', :c, :p, daterange(CAST(:since AS date), CAST(:ends AS date)))"
        ),
        {"i": link, "g": village.programme, "c": cadre, "p": place, "since": since, "ends": ends},
    )
    changes.touched(session, FeedKind.LINK, [link])
    return link


def end_link(session: Session, link: UUID, on: date) -> None:
    """The first day without it."""
    session.execute(
        text("UPDATE link SET valid = daterange(lower(valid), CAST(:on AS date)) WHERE id = :i"), {"i": link, "on": on}
    )
    changes.touched(session, FeedKind.LINK, [link])


def add_task(session: Session, village: Village, reporter: UUID, place: UUID | None, **more: Any) -> UUID:
    """A task from one problem. More: sealed, confidential, holder, told_at, text, state."""
    task, now = ids.uuid7(), clock.now()
    facts = {
        "t": task, "u": village.village, "now": now, "h": more.get("holder"), "sealed": more.get("sealed", False),
        "p": ids.uuid7(), "place": place, "r": reporter, "told": more.get("told_at", now),
        "text": more.get("text", "井水发黄"), "conf": more.get("confidential", False),
        "sk": "discipline" if more.get("sealed") else None, "state": more.get("state", "dispatched"),
        "ended": now if more.get("state") == "closed" else None,
    }  # fmt: skip
    session.execute(
        text(
            "INSERT INTO task (id, kind, state, urgency, unit_id, holder_unit_id, received_at, ended_at, sealed,"
            " policy_version) VALUES (:t, 'handling', :state, 'ordinary', :u, :h, :now, :ended, :sealed, 't')"
        ),
        facts,
    )
    session.execute(
        text(
            "INSERT INTO problem (id, place_id, unit_id, reporter_id, told_at, received_at, urgency, text, read_back,"
            " confidential, sealed_kind, task_id)"
            " VALUES (:p, :place, :u, :r, :told, :now, 'ordinary', :text, true, :conf, :sk, :t)"
        ),
        facts,
    )
    changes.touched(session, FeedKind.TASK, [task])
    return task


def add_visit(session: Session, village: Village, recorder: UUID, place: UUID, at: datetime, *others: UUID) -> UUID:
    """A visit of `recorder` and `others`, not judged beyond the verdict's word."""
    visit = ids.uuid7()
    session.execute(
        text(
            "INSERT INTO visit (id, place_id, unit_id, recorder_id, device_id, rev, outcome, mode, recorded,"
            " started_at, ended_at, clock_method, clock_uncertainty_s, received_at, verdict)"
            " VALUES (:v, :p, :u, :r, :d, 1, 'met', 'home', 'now', :at, :at, 'offset', 1, :at, 'unverifiable')"
        ),
        {"v": visit, "p": place, "u": village.village, "r": recorder, "d": village.phone_li, "at": at},
    )
    for person in (recorder, *others):
        session.execute(
            text("INSERT INTO visit_party (visit_id, person_id, is_recorder) VALUES (:v, :p, :r)"),
            {"v": visit, "p": person, "r": person == recorder},
        )
    changes.touched(session, FeedKind.VISIT, [visit])
    return visit


def merge_places(session: Session, away: UUID, root: UUID | None) -> None:
    """Merge a place into another; None: undo it."""
    before = session.scalar(text("SELECT merged_into_id FROM place WHERE id = :a"), {"a": away})
    session.execute(
        text("UPDATE place SET merged_into_id = :r, state = :state WHERE id = :a"),
        {"a": away, "r": root, "state": "merged" if root else "active"},
    )
    changes.touched(session, FeedKind.PLACE, [one for one in (away, root, before) if one])


def hold_role(session: Session, person: UUID, role: Role, unit: UUID) -> None:
    """Hold a role at a unit from the beginning."""
    session.execute(
        text("INSERT INTO person_role (id, person_id, unit_id, role) VALUES (:i, :p, :u, :r)"),
        {"i": ids.uuid7(), "p": person, "u": unit, "r": role.value},
    )


def drop_role(session: Session, person: UUID, role: Role) -> None:
    """Never have held it."""
    session.execute(text("DELETE FROM person_role WHERE person_id = :p AND role = :r"), {"p": person, "r": role.value})
