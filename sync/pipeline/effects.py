"""What follows wherever a stored visit or place changes for those who only count: feed, counts of the map, coverage,
obligations, promises."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from sync import changes
from sync.duty import ending
from sync.duty.discharging import discharge_places, discharge_visits
from sync.duty.life import promises
from sync.insight import counting, coverage
from sync.pipeline.owing import owe_neighbours, owe_rejudge
from sync.words import EditField, FeedKind, Verdict


class Turned(NamedTuple):
    """A visit whose verdict is another now."""

    visit_id: UUID
    before: Verdict
    after: Verdict


def verdicts_turned(session: Session, turned: Sequence[Turned]) -> None:
    """Tell the feed of the visits' cadres and the counts of the map, after `visit.verdict` was written.

    A visit that a person refused, or no longer refuses, changes when its home was last met, whether it met what was
    owed there, whether what the home said in it confirms promises, and what it says about other visits of its recorder.
    """
    changes.touched(session, FeedKind.VISIT, [one.visit_id for one in turned])
    counting.count_turned(session, turned)
    refused = [one.visit_id for one in turned if Verdict.REFUSED in (one.before, one.after)]
    coverage.recount_of(session, refused)
    discharge_visits(session, refused)
    changes.touched(session, FeedKind.COMMITMENT, promises.weigh_visits(session, refused))
    if refused:
        owe_neighbours(session, refused)


def repeats_turned(session: Session, visits: Collection[UUID], *, repeats: bool) -> None:
    """Tell counts and obligations of visits that became repeats of others (`repeats`) or no longer are.

    For edges between visits that were stored before; a batch counts its own. The edges are written before this.
    """
    counting.count_joined(session, visits, repeats=repeats)
    discharge_visits(session, visits)


def points_moved(session: Session, points: Sequence[tuple[UUID, counting.Where]]) -> None:
    """Give visits another point: (visit, (lon, lat) in WGS 84, rounded, or None). Writes point and cell of the visits.

    Call it before or after `visit.verdict` is written together with `verdicts_turned`, not between the two.
    """
    counting.move(session, points)


def values_turned(session: Session, turned: Collection[tuple[EditField, UUID]]) -> None:
    """Tell those who rest on it that the registry says something else about a place: by its position visits are judged,
    and where nobody lives nothing is owed."""
    for field, place in turned:
        if field is EditField.POSITION:
            owe_rejudge(session, f"place/{place}")
    if homes := {place for field, place in turned if field is EditField.RESIDENCE}:
        places_regrouped(session, homes)


def places_regrouped(session: Session, places: Collection[UUID]) -> None:
    """Tell coverage, what is owed and what was promised of homes that were merged or parted, left the register or came
    back, moved away or in; give the ids of both sides, after they were written."""
    coverage.recount(session, places)
    ending.follow_homes(session, places)
    discharge_places(session, places)
    changes.touched(session, FeedKind.COMMITMENT, promises.weigh_homes(session, places))
