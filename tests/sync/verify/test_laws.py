"""Laws that no tuning may break: what is missing is never a sign against anybody, and no order decides anything."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.verify.rules.evidence import (
    Evidence,
    FixSeries,
    Neighbour,
    PhotoTold,
    PlacePoint,
    Reused,
    SameSpot,
    Stay,
)
from sync.verify.rules.exif import CLOCK_FLAGS
from sync.verify.rules.explain import explain
from sync.verify.rules.judge import judge_visits
from sync.words import Attestation, Mode, Outcome, Reason, Recorded, Verdict
from tests.sync.verify.test_judge import HOME, POLICY, START

NAMES = st.sampled_from([f"0190000{n}-0000-7000-8000-00000000000{n}" for n in range(6)])
METRES = 1 / 111_320


def near(spread_m: float) -> st.SearchStrategy[float]:
    return st.floats(-spread_m * METRES, spread_m * METRES)


ROWS = st.lists(
    st.tuples(
        near(3000), near(3000), st.none() | st.floats(3, 3000), st.floats(START - 600, START + 1500),
        st.sampled_from("gfnu"), st.sampled_from("wgb"), st.sampled_from("0001"),
    ),
    max_size=8,
)  # fmt: skip
AT_HOME = st.lists(
    st.tuples(
        near(60), near(60), st.floats(3, 40), st.floats(START, START + 900), st.sampled_from("gf"), st.just("w"),
        st.just("0"),
    ),
    min_size=2, max_size=8,
)  # fmt: skip


def series(rows: list[tuple[float, float, float | None, float, str, str, str]]) -> FixSeries:
    return FixSeries(
        [HOME.lon + row[0] for row in rows], [HOME.lat + row[1] for row in rows], [row[2] for row in rows],
        [row[3] for row in rows], *("".join(str(row[n]) for row in rows) for n in (4, 5, 6)),
    )  # fmt: skip


FIXES = (ROWS | AT_HOME).map(series)
STAYS = st.builds(
    lambda lon, lat, since, lasts, unsure: Stay(
        HOME.lon + lon, HOME.lat + lat, 15.0, 200.0, since, since + lasts, unsure
    ),
    near(40_000), near(40_000), st.floats(START - 4000, START + 4000), st.floats(0, 1500), st.floats(0, 400),
)  # fmt: skip
NEIGHBOURS = st.lists(st.builds(Neighbour, NAMES, STAYS), max_size=3).map(tuple)
SPOTS = st.lists(
    st.builds(SameSpot, NAMES, st.booleans(), st.booleans(), st.booleans(), st.none() | st.floats(0, 5000)), max_size=3
).map(tuple)
PHOTOS = st.lists(
    st.builds(
        PhotoTold, NAMES, st.none() | st.floats(START - 50_000, START + 50_000),
        st.none() | st.floats(119, 122), st.none() | st.floats(36, 39),
    ),
    max_size=3,
).map(tuple)  # fmt: skip
REUSED = st.lists(
    st.builds(
        Reused, NAMES, NAMES, st.just("ab" * 32), st.just("2026-03-01"), st.booleans(), st.integers(0, 6),
        st.booleans(), st.booleans(), st.booleans(), st.booleans(),
    ),
    max_size=3,
).map(tuple)  # fmt: skip
FLAGS = st.lists(
    st.sampled_from([Reason.TIME_SKEW, Reason.TIME_JUMP, Reason.LINK_NOT_ASSIGNED, Reason.PARENT_UNKNOWN]),
    unique=True, max_size=3,
).map(tuple)  # fmt: skip
ANY = st.builds(
    Evidence,
    recorded=st.sampled_from([Recorded.NOW, Recorded.NOW, Recorded.AFTERWARDS]),
    mode=st.sampled_from([Mode.HOME, Mode.HOME, *Mode]),
    outcome=st.sampled_from(Outcome),
    started_at=st.just(START) | st.none(),
    ended_at=st.just(START + 900),
    time_uncertainty_s=st.sampled_from([0.0, 30.0, 150.0, 5000.0]),
    local_hour=st.none() | st.integers(0, 23),
    flags=FLAGS,
    attested=st.lists(st.sampled_from(Attestation), unique=True, max_size=2).map(tuple),
    place=st.none() | st.just(HOME) | st.just(PlacePoint(HOME.lon + 0.01, HOME.lat, 100.0)),
    fixes=FIXES,
    by_other=st.sampled_from([False, False, True]),
    location_off=st.sampled_from([False, False, False, True]),
    learning=st.booleans(),
    neighbours=NEIGHBOURS,
    same_spot=SPOTS,
    photos=PHOTOS,
    reused=REUSED,
    shared_phone=st.booleans(),
    sharing_declared=st.booleans(),
    joint_shared=st.lists(NAMES, max_size=1).map(tuple),
    witnesses=st.lists(NAMES, max_size=2, unique=True).map(tuple),
)

# One entry for each kind of evidence, and how a visit looks without it.
WITHOUT: dict[str, Callable[[Evidence], Evidence]] = {
    "fixes": lambda one: replace(one, fixes=FixSeries()),
    "accuracies": lambda one: replace(one, fixes=replace(one.fixes, accuracy_m=[None] * len(one.fixes.lon))),
    "providers": lambda one: replace(one, fixes=replace(one.fixes, provider="u" * len(one.fixes.lon))),
    "mock flags": lambda one: replace(one, fixes=replace(one.fixes, mock="0" * len(one.fixes.lon))),
    "place": lambda one: replace(one, place=None),
    "times": lambda one: replace(one, started_at=None, ended_at=None),
    "hour": lambda one: replace(one, local_hour=None),
    "links and parents": lambda one: replace(one, flags=tuple(f for f in one.flags if f in CLOCK_FLAGS)),
    # A phone that tells nothing of its clocks is taken at its word, and its camera tells by the very same clock.
    "clocks": lambda one: replace(
        one,
        flags=tuple(f for f in one.flags if f not in CLOCK_FLAGS),
        photos=tuple(p._replace(taken_at=None) for p in one.photos),
    ),
    "neighbours": lambda one: replace(one, neighbours=()),
    "spots": lambda one: replace(one, same_spot=()),
    "photos": lambda one: replace(one, photos=(), reused=()),
    "what cameras wrote": lambda one: replace(one, photos=()),
    "camera times": lambda one: replace(one, photos=tuple(p._replace(taken_at=None) for p in one.photos)),
    "camera positions": lambda one: replace(one, photos=tuple(p._replace(lon=None, lat=None) for p in one.photos)),
    "reuse": lambda one: replace(one, reused=()),
    "sharing": lambda one: replace(one, shared_phone=False),
    "joint": lambda one: replace(one, joint_shared=()),
    "witnesses": lambda one: replace(one, witnesses=()),
}


@given(ANY)
@settings(max_examples=300, deadline=None)
def test_leaving_out_one_kind_of_evidence_never_makes_a_visit_doubtful(one: Evidence) -> None:
    kinds = list(WITHOUT)
    before, *after = judge_visits([one, *(WITHOUT[kind](one) for kind in kinds)], POLICY)
    made = [kind for kind, judged in zip(kinds, after, strict=True) if judged.verdict is Verdict.DOUBTFUL]
    assert before.verdict is Verdict.DOUBTFUL or made == []


@given(ANY, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_fixes_and_of_all_else_decides_nothing(one: Evidence, random: "st.random.Random") -> None:  # type: ignore[name-defined]
    order = list(range(len(one.fixes.lon)))
    random.shuffle(order)
    columns = (one.fixes.lon, one.fixes.lat, one.fixes.accuracy_m, one.fixes.at)
    letters = (one.fixes.provider, one.fixes.datum, one.fixes.mock)
    mixed = FixSeries(
        *([column[n] for n in order] for column in columns), *("".join(column[n] for n in order) for column in letters)
    )

    def shuffled(things: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(random.sample(things, len(things)))

    other = replace(one, fixes=mixed, **{
        name: shuffled(getattr(one, name)) for name in ("neighbours", "same_spot", "photos", "reused")
    })  # fmt: skip
    before, after = judge_visits([one, other], POLICY)
    assert (before.verdict, before.point) == (after.verdict, after.point)
    assert [(f.code, f.weight) for f in before.reasons] == [(f.code, f.weight) for f in after.reasons]


@given(st.lists(ANY, min_size=2, max_size=5))
@settings(max_examples=100, deadline=None)
def test_no_visit_is_judged_by_its_place_in_the_set(many: list[Evidence]) -> None:
    together = judge_visits(many, POLICY)
    assert together == [judge_visits([one], POLICY)[0] for one in many]
    assert judge_visits(many[::-1], POLICY) == together[::-1]


@given(ANY)
@settings(max_examples=200, deadline=None)
def test_who_was_asked_for_no_position_is_never_doubted(one: Evidence) -> None:
    unasked = [
        replace(one, recorded=Recorded.AFTERWARDS),
        replace(one, mode=Mode.PHONE),
        replace(one, location_off=True),
        replace(one, by_other=True),
    ]
    for judgement in judge_visits(unasked, POLICY):
        assert judgement.verdict in (Verdict.VERIFIED, Verdict.UNVERIFIABLE)
        assert {finding.weight for finding in judgement.reasons} <= {0.0}


@given(ANY)
@settings(max_examples=200, deadline=None)
def test_every_judgement_explains_itself(one: Evidence) -> None:
    [judgement] = judge_visits([one], POLICY)
    zh, en = explain(judgement)
    assert judgement.verdict.zh in zh
    assert "{" not in zh + en
    assert judgement.verdict is not Verdict.REFUSED
    assert judgement.verdict is Verdict.VERIFIED or len(judgement.reasons) > 0
