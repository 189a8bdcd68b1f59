"""A photo that served another visit before."""

from sync.policy import Verify
from sync.verify.rules.evidence import Evidence, Reused
from sync.verify.rules.findings import Finding
from sync.words import Reason

TOLD_MOST = 10


def findings(evidence: Evidence, policy: Verify) -> list[Finding]:
    """PHOTO_REUSED_EXACT, else PHOTO_REUSED_SIMILAR; each once, however many photos.

    Whoever had the picture first took it: it weighs on the later visit alone. A photo that went round the group chat of
    a joint visit, or that stands in two records of one day at one door, weighs nothing. Neither does likeness at one
    place: a third of honest photos of the same door on two days are alike to six bits (README, figures).
    """
    counted = [one for one in evidence.reused if _counts(one)]
    for exact, code, weight in (
        (True, Reason.PHOTO_REUSED_EXACT, policy.weight_photo_exact),
        (False, Reason.PHOTO_REUSED_SIMILAR, policy.weight_photo_similar),
    ):
        same = sorted((one for one in counted if one.exact is exact), key=lambda one: (one.bits, one.day, one.visit))
        if same:
            first = same[0]
            facts = {"visits": list(dict.fromkeys(one.visit for one in same))[:TOLD_MOST], "day": first.day}
            facts |= {"photo": first.photo, "sha256": first.sha256}
            return [Finding(code, weight, facts if exact else facts | {"bits": first.bits})]
    return []


def _counts(one: Reused) -> bool:
    is_own_door = one.same_place and (one.same_day or not one.exact)
    return one.came_before and not one.joined and not is_own_door
