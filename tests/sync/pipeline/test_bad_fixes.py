"""Bad fixes down the whole road: the visit is stored and counts, its neighbours too, and nobody is doubted for it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync.geo.datum import from_wgs84
from sync.words import Datum
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.village import HOME, Village
from tests.sync.pipeline.conftest import Verdicts
from tests.sync.pipeline.test_context import fixes


def far(at: datetime, **changes: Any) -> list[dict[str, Any]]:
    """Fixes five kilometres away."""
    return fixes(at, (HOME[0] + 0.05, HOME[1]), **changes)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (lambda at: far(at, accuracy_m=None), "LOC_ACCURACY_POOR"),
        (lambda at: far(at, accuracy_m=-1.0), "LOC_ACCURACY_POOR"),
        (lambda at: far(at, accuracy_m=0.0), "LOC_ACCURACY_POOR"),
        (lambda at: far(at, accuracy_m=1e308), "LOC_ACCURACY_POOR"),
        (lambda at: far(at, accuracy_m=1e-300), "LOC_ACCURACY_POOR"),
        (lambda at: [one | {"lon": 0.0, "lat": 0.0} for one in far(at)], "LOC_NO_FIX"),
        (lambda at: [one | {"at": at + timedelta(days=3)} for one in far(at)], "LOC_NO_FIX"),
        (lambda at: [one | {"at": at.replace(year=2099)} for one in far(at)], "LOC_NO_FIX"),
        (lambda at: fixes(at, HOME, 1), "LOC_SINGLE_FIX"),
    ],
)
def test_what_cannot_be_a_reading_doubts_nobody(
    session: Session, village: Village, verdicts: Verdicts, told: Any, code: str
) -> None:
    at = this_morning()
    one = batches.visit(village, at, fixes=told(at))
    good = batches.visit(village, at + timedelta(minutes=40), fixes=fixes(at + timedelta(minutes=40), HOME))
    verdicts.hand_in(one, good)
    assert (verdicts.of(one), verdicts.of(good)) == ("unverifiable", "verified")
    assert code in verdicts.codes(one)
    assert verdicts.findings() == []
    kept = session.scalar(text("SELECT cardinality(lon) FROM trace WHERE visit_id = :i"), {"i": one["id"]})
    assert kept == len(one["fixes"])  # evidence stays as it was told
    verdicts.again(one, good)
    assert len(verdicts.history(one)) == 1


@pytest.mark.parametrize(
    ("bad", "pointer"),
    [
        ({"lon": 181.0}, "/fixes/0/lon"),
        ({"lat": -90.5}, "/fixes/0/lat"),
        ({"lon": None}, "/fixes/0/lon"),
        ({"datum": "cgcs"}, "/fixes/0/datum"),
        ({"accuracy_m": "good"}, "/fixes/0/accuracy_m"),
        ({"at": "yesterday"}, "/fixes/0/at"),
    ],
)
def test_what_is_no_fix_at_all_keeps_its_visit_aside_and_nothing_else(
    session: Session, village: Village, verdicts: Verdicts, bad: dict[str, Any], pointer: str
) -> None:
    at = this_morning()
    good = batches.visit(village, at)
    spoilt = batches.visit(village, at, fixes=[one | bad for one in fixes(at, HOME)])
    verdicts.hand_in(spoilt, good)
    assert verdicts.of(good) == "verified"
    results = session.scalar(text("SELECT results FROM batch ORDER BY received_at DESC LIMIT 1"))
    assert [(one["state"], one.get("pointer")) for one in results] == [("quarantined", pointer), ("applied", None)]


def test_more_fixes_than_a_visit_may_have_are_kept_aside(
    session: Session, village: Village, verdicts: Verdicts
) -> None:
    at = this_morning()
    most = verdicts.policy.push.fixes_max
    whole = batches.visit(village, at, fixes=fixes(at, HOME, most))
    many = batches.visit(village, at + timedelta(hours=1), fixes=fixes(at, HOME) * 800)
    verdicts.hand_in(whole, many)
    results = session.scalar(text("SELECT results FROM batch ORDER BY received_at DESC LIMIT 1"))
    assert [(one["state"], one.get("pointer")) for one in results] == [("applied", None), ("quarantined", "/fixes")]


def test_a_series_of_several_datums_that_says_so_is_read_right(village: Village, verdicts: Verdicts) -> None:
    at = this_morning()
    mixed = fixes(at, HOME, 6)
    for one in mixed[1::2]:
        lon, lat = from_wgs84(one["lon"], one["lat"], Datum.GCJ02)
        one.update(lon=float(lon), lat=float(lat), datum="gcj02")
    visit = batches.visit(village, at, fixes=mixed)
    verdicts.hand_in(visit)
    assert verdicts.of(visit) == "verified"
    assert verdicts.history(visit)[-1].numbers["in_radius_share"] == 1.0
