"""From drafts to the map and to coverage: the bridge between new visits and the numbers that screens read."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy.orm import Session

from sync.geo import tiles
from sync.insight import counting, coverage
from sync.insight.counting import Counted
from sync.insight.coverage import Seen
from sync.intake.drafts import VisitDraft
from sync.intake.parents import Parents
from sync.pipeline.walk import Walk


def locate(drafts: Sequence[VisitDraft]) -> None:
    """Give each draft the cell of its point, all at once."""
    placed = [one for one in drafts if one.point]
    points = [one.point[one.point.index("(") + 1 : -1].split() for one in placed if one.point]
    lon, lat = np.array(points, np.float64).reshape(-1, 2).T
    for one, cell in zip(placed, tiles.codes(lon, lat).tolist(), strict=True):
        one.cell = cell


def count(walk: Walk, known: Parents, new: Sequence[VisitDraft], revised: Sequence[VisitDraft]) -> None:
    """Count new visits for the map, repeats left out, and note when their places were met.

    A revision may tell another outcome, so that the times of its place may go back: that place is looked at anew.
    """
    told = [one for one in new if one.repeat_of is None]
    counting.count(walk.session, [Counted(one.cell, one.started.at, one.unit_id, one.verdict) for one in told])
    coverage.see(
        walk.session,
        [
            Seen(place.id, place.unit_id, one.started.at, one.record.outcome, one.record.mode)
            for one in new
            if (place := known.places.get(one.record.place))
        ],
    )
    coverage.recount_of(walk.session, [one.record.id for one in revised])


def catch_up(session: Session, most: int) -> int:
    """Count visits that an older server stored, with the times of their places; how many, at most `most`."""
    visits = counting.catch_up(session, most)
    coverage.recount_of(session, visits)
    return len(visits)
