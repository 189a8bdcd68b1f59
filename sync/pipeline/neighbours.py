"""What was near a visit in time: the stays of its recorder and of its phone, of the set that is judged and stored.

They are read once a set, whatever is made of them: travel that nobody can have made, the datum in which a phone tells.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from sync.verify import queries
from sync.verify.rules.evidence import Neighbour, Stay
from sync.verify.rules.witness import Told, doubted, witnesses

if TYPE_CHECKING:
    from sync.pipeline.judging import Case


class Stood(NamedTuple):
    """Where a visit stood, as its own fixes and place say; `is_recognised`: only in another datum than it tells."""

    stay: Stay
    told: Told
    is_recognised: bool = False


Around = dict[int, dict[UUID, Stood]]


def look_around(session: Session, cases: Sequence["Case"], stood: Sequence[Stood | None]) -> Around:
    """The stays that began within `neighbour_s` of those of the set, by the number of the case and the other's id: of
    the same recorder, and of a phone that others use undeclared, which cannot be in two places either."""
    recorders = {n: case.recorder_id for n, case in enumerate(cases) if stood[n]}
    phones = {n: case.device_id for n, case in enumerate(cases) if stood[n] and case.evidence.is_lent_undeclared}
    found: Around = {}
    for whose, lent in ((recorders, False), (phones, True)):
        for n, others in _near(session, cases, stood, whose, lent=lent).items():
            found.setdefault(n, {}).update(others)
    return found


def against_datum(cases: Sequence["Case"], stood: Sequence[Stood | None], around: Around) -> dict[int, tuple[str, ...]]:
    """The visits of the set that only another datum explains while others of their phone fit as told, each with those
    others."""
    found = {}
    for n, others in around.items():
        one = stood[n]
        if (
            one
            and one.is_recognised
            and not cases[n].evidence.is_elsewhere
            and (named := witnesses(one.told, _told(others), cases[n].policy.verify))
        ):
            found[n] = named
    return found


def spoken_against(cases: Sequence["Case"], stood: Sequence[Stood | None], around: Around) -> dict[int, set[UUID]]:
    """Stored visits that were read in another datum, by the visit of this set that may speak against it."""
    own, found = {case.visit_id for case in cases}, {}
    for n, others in around.items():
        one = stood[n]
        named = {UUID(id_) for id_ in doubted(one.told, _told(others))} if one and not one.is_recognised else set()
        if named - own:
            found[n] = named - own
    return found


def as_evidence(others: Mapping[UUID, Stood]) -> tuple[Neighbour, ...]:
    """The same as evidence, in the order of ids."""
    return tuple(Neighbour(str(id_), others[id_].stay) for id_ in sorted(others))


def _told(others: Mapping[UUID, Stood]) -> list[tuple[Told, Neighbour]]:
    return [(one.told, Neighbour(str(id_), one.stay)) for id_, one in others.items()]


def _near(
    session: Session, cases: Sequence["Case"], stood: Sequence[Stood | None], whose: Mapping[int, UUID], *, lent: bool
) -> Around:  # fmt: skip
    """The other stays near those of the cases in `whose`, which says under whom they are compared."""
    window = timedelta(seconds=cases[0].policy.verify.neighbour_s)
    pools: dict[UUID, list[tuple[datetime, UUID, Stood]]] = {}
    for n, key in whose.items():
        one = stood[n]
        assert one is not None, "only stays are compared"
        pools.setdefault(key, []).append((cases[n].started_at, cases[n].visit_id, one))
    ranges = [
        (key, low - window, high + window)
        for key, pool in pools.items()
        for low, high in _merged(sorted(one[0] for one in pool), window)
    ]
    for near in queries.stays_near(session, ranges, _ids(cases), lent=lent):
        pools[near.of].append((near.started_at, near.visit_id, Stood(near.stay, near.told)))
    for pool in pools.values():
        pool.sort(key=lambda one: (one[0], one[1]))
    found: Around = {}
    for n, key in whose.items():
        pool, at = pools[key], cases[n].started_at
        first = bisect_left(pool, at - window, key=lambda one: one[0])
        last = bisect_right(pool, at + window, key=lambda one: one[0])
        others = {id_: one for _, id_, one in pool[first:last] if id_ != cases[n].visit_id}
        if others:
            found[n] = others
    return found


def _ids(cases: Sequence["Case"]) -> Collection[UUID]:
    return [case.visit_id for case in cases]


def _merged(starts: list[datetime], window: timedelta) -> list[tuple[datetime, datetime]]:
    """(first, last) of runs of starts whose windows overlap, so that a day of visits is one range of the index."""
    runs = [(starts[0], starts[0])]
    for at in starts[1:]:
        if at - runs[-1][1] <= 2 * window:
            runs[-1] = (runs[-1][0], at)
        else:
            runs.append((at, at))
    return runs
