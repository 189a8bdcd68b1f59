"""What the camera wrote into the photos, when and where. A photo without it (a gallery pick, cleaned) says nothing."""

from collections.abc import Sequence

import numpy as np

from sync.geo.datum import to_wgs84
from sync.geo.distance import metres
from sync.policy import Verify
from sync.verify.rules.evidence import Evidence, PhotoTold
from sync.verify.rules.findings import Finding
from sync.verify.rules.missing import has_time
from sync.words import Datum, Reason

CLOCK_FLAGS = frozenset({Reason.TIME_SKEW, Reason.TIME_JUMP})


def findings(evidence: Sequence[Evidence], policy: Verify) -> list[list[Finding]]:
    """PHOTO_EXIF_TIME and PHOTO_EXIF_GPS of each visit, each once, by the photo that is furthest off."""
    by_place = _gps(evidence, policy)
    return [[*_time(e, policy), *by_place.get(n, ())] if e.photos else [] for n, e in enumerate(evidence)]


def _time(evidence: Evidence, policy: Verify) -> list[Finding]:
    """The camera's clock is the phone's: where that was off or jumped, the photo says nothing about the time."""
    if not has_time(evidence, policy) or not CLOCK_FLAGS.isdisjoint(evidence.flags):
        return []
    assert evidence.started_at is not None and evidence.ended_at is not None
    off = [
        (max(evidence.started_at - one.taken_at, one.taken_at - evidence.ended_at) - evidence.time_uncertainty_s, one)
        for one in evidence.photos
        if one.taken_at is not None
    ]
    worst = max(((s, one) for s, one in off if s > policy.exif_time_s), key=lambda pair: pair[0], default=None)
    if worst is None:
        return []
    facts = {"photo": worst[1].photo, "off_s": round(worst[0]), "taken_at": round(worst[1].taken_at or 0.0)}
    return [Finding(Reason.PHOTO_EXIF_TIME, policy.weight_exif_time, facts)]


def _gps(evidence: Sequence[Evidence], policy: Verify) -> dict[int, list[Finding]]:
    """The camera's position in whichever datum suits the cadre best."""
    asked = [
        (n, photo)
        for n, e in enumerate(evidence)
        if e.photos and e.place is not None and not e.is_elsewhere
        for photo in e.photos
        if _is_somewhere(photo)
    ]
    if not asked:
        return {}
    places = np.array([evidence[n].place for n, _ in asked], np.float64)
    lon = np.array([photo.lon for _, photo in asked], np.float64)
    lat = np.array([photo.lat for _, photo in asked], np.float64)
    readings = [metres(*to_wgs84(lon, lat, datum), places[:, 0], places[:, 1]) for datum in Datum]
    d_m = np.min(readings, axis=0)
    found: dict[int, list[Finding]] = {}
    rows = np.flatnonzero(d_m > places[:, 2] + policy.exif_gps_m)
    for row in rows[np.argsort(-d_m[rows], kind="stable")]:
        n, photo = asked[row]
        facts = {"photo": photo.photo, "photo_m": round(float(d_m[row]))}
        found.setdefault(n, [Finding(Reason.PHOTO_EXIF_GPS, policy.weight_exif_gps, facts)])
    return found


def _is_somewhere(photo: PhotoTold) -> bool:
    """Whether the camera wrote a position at all: (0, 0) and what lies off the globe is none."""
    lon, lat = photo.lon, photo.lat
    if lon is None or lat is None or (lon == 0.0 and lat == 0.0):
        return False
    return abs(lon) <= 180.0 and abs(lat) <= 90.0
