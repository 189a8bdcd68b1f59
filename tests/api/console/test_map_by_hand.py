"""The map's answers beside what one finds by hand: every filter, every layer, each viewer, at the edges of days, tiles
and boxes; the same before and after the counts are folded."""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.geo.tiles import Tile
from sync.house import House
from sync.insight import counting
from sync.pipeline import Part, apply_batches
from sync.pipeline.effects import Turned, verdicts_turned
from sync.policy import defaults
from sync.words import Role, Verdict
from tests.api.console.conftest import Ask, Held
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.maps import FAR, Town, add_town, address, layer, tile_at, visit_at
from tests.factories.village import HOME, Village

EDGE = (120.7617, HOME[1]), (120.7618, HOME[1])  # west and east of an edge between two tiles of zoom 12
AWAY = (HOME[0] - 0.03, HOME[1] + 0.01)
WORLD = "-180,-90,180,90"
SAMPLE = 24


@dataclass(frozen=True)
class Told:
    """A visit as the one who counts by hand knows it; `where`: rounded as it is kept, None without a fix."""

    id: UUID
    unit: UUID
    on: date
    where: tuple[float, float] | None
    programme: UUID | None
    verdict: str = ""


@dataclass(frozen=True)
class Query:
    """What is asked for; `units`: those that the asked unit holds, None: all."""

    first: date | None
    last: date | None
    verdicts: tuple[str, ...]
    unit: UUID | None
    programme: UUID | None

    def text(self, *, programme: bool = True) -> str:
        """As the query of an address."""
        named = {"from": self.first, "until": self.last, "unit": self.unit}
        if programme:
            named["programme"] = self.programme
        parts = [f"{name}={value}" for name, value in named.items() if value]
        return "&".join([*parts, *(f"verdict={verdict}" for verdict in self.verdicts)])


@dataclass(frozen=True)
class World:
    """Everything that was told, repeats left out."""

    beigou: Village
    other: Town
    visits: tuple[Told, ...]

    def below(self, unit: UUID | None) -> set[UUID]:
        """The villages below a unit, it included."""
        here, there = {self.beigou.village}, {self.other.village}
        held = {self.beigou.county: here | there, self.beigou.town: here, self.other.town: there, None: here | there}
        return held.get(unit, {unit} if unit else set())

    def seen(self, held: tuple[Held, ...]) -> set[UUID]:
        """The villages whose visits somebody sees: those under the units where he is verifier, not these themselves."""
        return {
            village
            for role, unit in held
            for village in (self.below(unit) - {unit} if role is Role.VERIFIER else set())
        }

    def found(self, query: Query, held: tuple[Held, ...], *, programme: bool = True) -> list[Told]:
        """What the answer must tell of."""
        units = self.seen(held) & self.below(query.unit)
        return [
            one
            for one in self.visits
            if one.unit in units
            and (query.first is None or one.on >= query.first)
            and (query.last is None or one.on <= query.last)
            and (not query.verdicts or one.verdict in query.verdicts)
            and (not programme or query.programme is None or one.programme == query.programme)
        ]


def _tell(village: Village, other: Town) -> list[tuple[dict[str, Any], Told]]:
    """Visits of ten weeks: at the door, far from it, at a tile's edge, without a fix, minutes from midnight."""
    told = []

    def tell(at: datetime, where: tuple[float, float] | None, place: UUID, unit: UUID, programme: UUID | None) -> None:
        more = {"programme": programme} if programme else {}
        record = (
            visit_at(village, place, at, where, **more)
            if where
            else batches.visit(village, at, place=place, fixes=[], **more)
        )
        told.append((record, Told(record["id"], unit, clock.local(at).date(), where, programme)))

    noon = this_morning()
    midnight = noon.replace(hour=0, minute=0, second=0, microsecond=0)
    for n, days in enumerate((0, 1, 2, 5, 9, 20, 31, 33, 45, 62, 70)):
        programme = village.programme if n % 3 == 0 else None
        for m, where in enumerate((HOME, AWAY, EDGE[0], EDGE[1], None)):
            place = village.unmapped if where in EDGE else village.home  # without a position no datum is recognised
            tell(noon - timedelta(days=days, minutes=25 * m), where, place, village.village, programme)
        if n % 2 == 0:
            tell(noon - timedelta(days=days, minutes=150), FAR, other.home, other.village, programme)
        if n:
            tell(midnight - timedelta(days=days, seconds=20), HOME, village.home, village.village, programme)
            tell(midnight - timedelta(days=days - 1, seconds=-20), FAR, other.home, other.village, None)
    return told


@pytest.fixture(scope="module", autouse=True)
def world(opened: House, beigou: Village) -> World:
    other = Town()
    told = _tell(beigou, other)
    again = told[0][0] | {"id": ids.uuid7()}

    def work(session: Session) -> dict[UUID, str]:
        add_town(session, beigou, other)
        # In one instant sent and received: no time is corrected, so that days are those that were told.
        with clock.frozen(clock.now()):
            batch, json = batches.body([*(record for record, _ in told), again])
            batches.receive(session, beigou.phone_li, batch, json)
        apply_batches(session, defaults(), [Part(beigou.phone_li, batch)])
        refused = [one.id for _, one in told if one.unit == beigou.village][::9]
        rows = session.execute(text("SELECT id, verdict FROM visit WHERE id = ANY(:ids)"), {"ids": refused}).all()
        session.execute(text("UPDATE visit SET verdict = 'refused' WHERE id = ANY(:ids)"), {"ids": refused})
        verdicts_turned(session, [Turned(row.id, Verdict(row.verdict), Verdict.REFUSED) for row in rows])
        return {row.id: row.verdict for row in session.execute(text("SELECT id, verdict FROM visit"))}

    verdicts = opened.write(work)
    assert len(verdicts) == len(told) + 1
    assert set(verdicts.values()) == {verdict.value for verdict in Verdict}
    visits = (Told(**(one.__dict__ | {"verdict": verdicts[one.id]})) for _, one in told)
    return World(beigou, other, tuple(visits))


def _queries(world: World) -> list[Query]:
    """Every kind of question, drawn from a fixed seed."""
    dice, today = random.Random(20261), this_morning().date()
    days = [None, *(today - timedelta(days=n) for n in (-1, 0, 1, 2, 5, 20, 32, 33, 46, 70, 71, 200))]
    verdicts = [(), ("doubtful",), ("verified", "unverifiable"), ("refused",), ("refused", "doubtful")]
    units = [None, None, world.beigou.county, world.beigou.town, world.beigou.village]
    drawn = []
    while len(drawn) < SAMPLE:
        first, last = dice.choice(days), dice.choice(days)
        if first and last and first > last:
            first, last = last, first
        programme = dice.choice([None, None, world.beigou.programme, ids.uuid7()])
        drawn.append(Query(first, last, dice.choice(verdicts), dice.choice(units), programme))
    return [Query(None, None, (), None, None), *drawn]


def _sums(found: list[Told]) -> Counter[str]:
    return Counter(one.verdict for one in found)


def _counts(features: list[dict[str, Any]]) -> Counter[str]:
    sums = Counter({verdict.value: sum(one[verdict.value] for one in features) for verdict in Verdict})
    assert sum(one["n"] for one in features) == sums.total()
    return +sums


@pytest.mark.parametrize("folded", [False, True])
def test_every_layer_tells_what_one_finds_by_hand(ask: Ask, opened: House, world: World, folded: bool) -> None:
    if folded:
        while opened.write(lambda session: counting.fold(session, 37)):
            pass
    viewer = ((Role.VERIFIER, world.beigou.county),)
    tiles = [tile_at(HOME, 12), tile_at(EDGE[1], 12), tile_at(HOME, 15), tile_at(EDGE[0], 17), tile_at(FAR, 13)]
    for query in _queries(world):
        found = world.found(query, viewer)
        placed = [one for one in found if one.where]
        for z in (0, 3, 9):
            under = {tile_at(one.where, z) for one in world.visits if one.where}
            told = sum((_counts(layer(ask(address(at, query.text())), "counts")) for at in under), Counter[str]())
            assert told == _sums(placed), (query, z)
        for at in tiles:
            features = layer(ask(address(at, query.text())), "visits")
            inside = {str(one.id) for one in placed if one.where and tile_at(one.where, at.z) == at}
            assert {one["id"] for one in features} == inside, (query, at)
        boxed = ask(f"/map/visits.geojson?bbox={WORLD}&{query.text()}")
        assert boxed.status_code == 200, boxed.json
        features = boxed.json["features"]
        assert sorted(one["properties"]["visit"] for one in features) == sorted(str(one.id) for one in placed), query


def test_days_are_those_that_one_counts_by_hand(ask: Ask, world: World) -> None:
    viewer = ((Role.VERIFIER, world.beigou.county),)
    for query in _queries(world):
        line = ask(f"/map/days?{query.text(programme=False)}").json
        by_hand: dict[str, Counter[str]] = {}
        for one in world.found(query, viewer, programme=False):
            on = one.on.replace(day=1) if line["step"] == "month" else one.on
            by_hand.setdefault(str(on), Counter())[one.verdict] += 1
        told = {item["on"]: +Counter({v.value: item[v.value] for v in Verdict}) for item in line["items"]}
        assert told == by_hand, query
        assert [item["n"] for item in line["items"]] == [by_hand[item["on"]].total() for item in line["items"]]


def test_whoever_looks_sees_the_own_units_alone(ask: Ask, world: World) -> None:
    """Each viewer through every door of the map, against the table of roles read by hand."""
    here, there = world.beigou.town, world.other.town
    everything = Query(None, None, (), None, None)
    for held in (
        ((Role.VERIFIER, here),),
        ((Role.VERIFIER, there),),
        ((Role.VERIFIER, world.beigou.village),),
        ((Role.VERIFIER, world.beigou.waterworks),),
        ((Role.VERIFIER, here), (Role.VERIFIER, there)),
        ((Role.VERIFIER, world.beigou.county), (Role.VERIFIER, there)),
        ((Role.VERIFIER, there), (Role.LEADER, world.beigou.county)),
        ((Role.VERIFIER, there), (Role.CADRE, world.beigou.village)),
        ((Role.UNIT_ADMIN, world.beigou.county), (Role.VERIFIER, there)),
    ):
        found = world.found(everything, held)
        placed = {str(one.id) for one in found if one.where}
        boxed = ask(f"/map/visits.geojson?bbox={WORLD}", held=held).json["features"]
        assert {one["properties"]["visit"] for one in boxed} == placed, held
        assert len(boxed) == len(placed), held
        counts = layer(ask(address(Tile(0, 0, 0)), held=held), "counts")
        assert sum(one["n"] for one in counts) == len(placed), held
        for where in (HOME, FAR):
            at = tile_at(where, 14)
            single = layer(ask(address(at), held=held), "visits")
            assert {one["id"] for one in single} == {
                str(one.id) for one in found if one.where and tile_at(one.where, 14) == at
            }, held
        days = ask("/map/days", held=held).json["items"]
        assert sum(one["n"] for one in days) == len(found), held
        homes = {world.beigou.village: str(world.beigou.home), world.other.village: str(world.other.home)}
        places = ask("/map/places.geojson?bbox=120.7,37.5,121,37.9", held=held).json["features"]
        assert {one["properties"]["place"] for one in places} == {homes[unit] for unit in world.seen(held)}, held


def test_a_box_holds_what_stands_on_its_edge(ask: Ask, world: World) -> None:
    def inside(west: float, south: float, east: float, north: float) -> set[str]:
        features = ask(f"/map/visits.geojson?bbox={west},{south},{east},{north}").json["features"]
        return {one["properties"]["visit"] for one in features}

    at_home = {str(one.id) for one in world.visits if one.where == HOME}
    west_of, east_of = ({str(one.id) for one in world.visits if one.where == edge} for edge in EDGE)
    assert at_home and west_of and east_of
    assert inside(*HOME, *HOME) == at_home
    assert inside(HOME[0], HOME[1], HOME[0] + 0.0001, HOME[1] + 0.0001) == at_home
    assert inside(HOME[0] + 0.00001, HOME[1], HOME[0] + 0.0001, HOME[1]) == set()
    assert inside(EDGE[0][0], HOME[1], EDGE[1][0], HOME[1]) == west_of | east_of
    assert inside(EDGE[0][0], HOME[1], EDGE[0][0], HOME[1]) == west_of
    assert inside(-180, -90, HOME[0] - 0.0001, 90) == {str(one.id) for one in world.visits if one.where == AWAY}


def test_the_same_question_gets_the_same_bytes(ask: Ask, world: World) -> None:
    """Else a browser would be sent again what it has."""
    paths = (
        f"/map/visits.geojson?bbox={WORLD}", "/map/places.geojson?bbox=120.7,37.5,121,37.9", "/map/areas.geojson",
        address(Tile(0, 0, 0)), address(tile_at(HOME, 14)),
    )  # fmt: skip
    for path in paths:
        first = ask(path)
        assert first.status_code == 200
        again = ask(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), path
        narrow = ask(path, unit=world.other.town, headers={"If-None-Match": first.headers["ETag"]})
        assert narrow.status_code in ((304,) if path == "/map/areas.geojson" else (200, 204)), path  # no outlines yet
