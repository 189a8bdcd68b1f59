"""The map: tiles decoded as a browser would, within what each verifier sees."""

import gzip
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.geo.tiles import ZOOM, Tile, codes, column_and_row
from sync.house import House
from sync.insight import counting
from sync.pipeline import Part, apply_batches
from sync.pipeline.effects import Turned, verdicts_turned
from sync.policy import defaults
from sync.words import Role, Verdict
from tests.api.console.conftest import Ask
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.maps import FAR, Town, add_town, address, layer, tile_at, visit_at
from tests.factories.village import HOME, Village

TODAY, BEFORE = 0, 40  # days ago


@pytest.fixture(scope="module")
def other() -> Town:
    return Town()


@pytest.fixture(scope="module", autouse=True)
def told(opened: House, beigou: Village, other: Town) -> dict[str, UUID]:
    """Visits in Beigou (today: verified, told twice; doubtful; without position; one forty days ago), one elsewhere."""
    at = this_morning()
    near = visit_at(beigou, beigou.home, at, HOME, programme=beigou.programme)
    visits = {
        "verified": near,
        "again": near | {"id": ids.uuid7()},
        "doubtful": visit_at(beigou, beigou.home, at - timedelta(hours=2), (HOME[0] - 0.03, HOME[1])),
        "nowhere": batches.visit(beigou, at + timedelta(minutes=90), fixes=[]),
        "before": visit_at(beigou, beigou.home, at - timedelta(days=BEFORE), HOME),
        "elsewhere": visit_at(beigou, other.home, at - timedelta(days=3), FAR, outcome="nobody_home"),
    }

    def work(session: Session) -> None:
        add_town(session, beigou, other)
        batch, json = batches.body(list(visits.values()))
        batches.receive(session, beigou.phone_li, batch, json)
        apply_batches(session, defaults(), [Part(beigou.phone_li, batch)])

    opened.write(work)
    return {name: visit["id"] for name, visit in visits.items()}


def test_a_visit_is_in_exactly_the_tile_that_holds_it(ask: Ask, told: dict[str, UUID], beigou: Village) -> None:
    for z in (12, 14, 16, 18, ZOOM):
        at = tile_at(HOME, z)
        found = layer(ask(address(at, "verdict=verified&verdict=doubtful")), "visits")
        here = {one["id"]: one for one in found}
        assert str(told["verified"]) in here
        assert str(told["again"]) not in here
        one = here[str(told["verified"])]
        assert (one["verdict"], one["unit"]) == ("verified", str(beigou.village))
        assert abs(one["at"] - this_morning().timestamp()) < 120
        assert all(0 <= n <= 4096 for n in one["xy"])
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            beside = layer(ask(address(Tile(z, at.x + dx, at.y + dy))), "visits")
            assert str(told["verified"]) not in {other["id"] for other in beside}


def test_a_point_stands_where_the_visit_was(ask: Ask, told: dict[str, UUID]) -> None:
    at = tile_at(HOME, 16)
    [one] = [one for one in layer(ask(address(at)), "visits") if one["id"] == str(told["verified"])]
    side = 2 * 20_037_508.342789244 / 2**16
    x = HOME[0] / 180 * 20_037_508.342789244
    east_m = (x + 20_037_508.342789244) - at.x * side
    assert abs(one["xy"][0] - east_m / side * 4096) < 100  # the kept point is rounded to ten metres


@pytest.mark.parametrize("z", [0, 5, 7, 8, 10, 11])
def test_below_zoom_12_a_tile_counts(ask: Ask, z: int) -> None:
    found = layer(ask(address(tile_at(HOME, z))), "counts")
    sums = {name: sum(one[name] for one in found) for name in ("n", "verified", "doubtful", "unverifiable", "refused")}
    assert sums["n"] == sum(sums.values()) - sums["n"]
    assert (sums["doubtful"], sums["refused"]) == (1, 0)
    assert sums["verified"] == (3 if z <= 7 else 2)  # the other town's visit lies in the next tile
    assert all(0 < n < 4096 for one in found for n in one["xy"])


def test_counts_stand_in_the_middle_of_their_cell(ask: Ask) -> None:
    at = tile_at(HOME, 11)
    x, y = column_and_row(codes(*HOME, 16))
    middle = [(int(x) - at.x * 32) * 128 + 64, 4096 - ((int(y) - at.y * 32) * 128 + 64)]
    found = layer(ask(address(at)), "counts")
    assert middle in [one["xy"] for one in found]  # the decoder counts y from below


@pytest.mark.parametrize("folded", [False, True])
def test_counts_are_the_same_before_and_after_folding(ask: Ask, opened: House, folded: bool) -> None:
    if folded:
        opened.write(lambda session: counting.fold(session, 1000))
    found = layer(ask(address(Tile(0, 0, 0))), "counts")
    assert sum(one["n"] for one in found) == 4


@pytest.mark.parametrize("z", [11, 12])
@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("from={today}", 2),
        ("until={yesterday}", 1),
        ("from={today}&until={today}", 2),
        ("from={before}&until={before}", 1),
        ("from={later}", 0),
        ("until={long_ago}", 0),
        ("from={month}&until={today}", 3),
        ("verdict=doubtful", 1),
        ("verdict=verified&verdict=doubtful&from={today}", 2),
        ("verdict=refused", 0),
        ("unit={village}", 3),
        ("unit={other}", 0),
        ("programme={programme}", 1),
        ("programme={nothing}", 0),
    ],
)
def test_filters_hold_at_their_edges(ask: Ask, beigou: Village, other: Town, z: int, query: str, seen: int) -> None:
    day = this_morning().date()
    before = day - timedelta(days=BEFORE)
    words = {
        "today": day, "yesterday": day - timedelta(days=1), "before": before, "later": day + timedelta(days=2),
        "long_ago": before - timedelta(days=1), "month": before.replace(day=1), "village": beigou.village,
        "other": other.village, "programme": beigou.programme, "nothing": ids.uuid7(),
    }  # fmt: skip
    at = tile_at(HOME, z)
    found = layer(ask(address(at, query.format(**words))), "counts" if z < 12 else "visits")
    assert (sum(one["n"] for one in found) if z < 12 else len(found)) == seen


def test_each_verifier_sees_the_units_under_the_own_one(ask: Ask, beigou: Village, other: Town) -> None:
    def seen(unit: UUID, where: tuple[float, float]) -> tuple[int, int]:
        counts = layer(ask(address(tile_at(where, 7)), unit=unit), "counts")
        visits = layer(ask(address(tile_at(where, 15)), unit=unit), "visits")
        return sum(one["n"] for one in counts), len(visits)

    assert seen(beigou.county, FAR) == (4, 1)
    assert seen(beigou.town, HOME) == (3, 2)
    assert seen(beigou.town, FAR) == (3, 0)
    assert seen(other.town, FAR) == (1, 1)
    assert seen(other.town, HOME) == (1, 0)
    assert seen(beigou.village, HOME) == (0, 0)


def test_a_verdict_that_turns_moves_the_counts_at_once(
    ask: Ask, opened: House, told: dict[str, UUID], beigou: Village
) -> None:
    def turn(session: Session, before: Verdict, after: Verdict) -> None:
        session.execute(text("UPDATE visit SET verdict = :v WHERE id = :i"), {"v": after.value, "i": told["doubtful"]})
        verdicts_turned(session, [Turned(told["doubtful"], before, after)])

    def counts() -> tuple[int, int]:
        found = layer(ask(address(tile_at(HOME, 8))), "counts")
        return sum(one["doubtful"] for one in found), sum(one["refused"] for one in found)

    assert counts() == (1, 0)
    opened.write(partial(turn, before=Verdict.DOUBTFUL, after=Verdict.REFUSED))
    assert counts() == (0, 1)
    opened.write(lambda session: counting.fold(session, 1000))
    assert counts() == (0, 1)
    opened.write(partial(turn, before=Verdict.REFUSED, after=Verdict.DOUBTFUL))
    assert counts() == (1, 0)


@pytest.fixture
def crowded(opened: House, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Bounds so low that a few visits are many."""

    def crowded(**bounds: int) -> None:
        from dataclasses import replace

        policy = replace(opened.policy, counts=replace(opened.policy.counts, **bounds))
        object.__setattr__(opened, "policy", policy)

    before = opened.policy
    yield crowded  # type: ignore[misc]
    object.__setattr__(opened, "policy", before)


@pytest.mark.parametrize("z", [12, 13, 14, 16, ZOOM])
def test_where_visits_crowd_a_tile_counts_whatever_its_zoom(ask: Ask, crowded: Callable[..., None], z: int) -> None:
    at = tile_at(HOME, z)
    single = layer(ask(address(at)), "visits")
    crowded(tile_visits_max=1)
    found = layer(ask(address(at)), "counts")
    assert sum(one["n"] for one in found) == len(single) >= 2
    assert sum(one["verified"] for one in found) == sum(one["verdict"] == "verified" for one in single)
    chosen = layer(ask(address(at, "verdict=unverifiable")), "counts")
    assert chosen == []


def test_counts_know_no_programmes_and_say_so_where_too_many_would_have_to_be_looked_at(
    ask: Ask, crowded: Callable[..., None], beigou: Village
) -> None:
    crowded(looked_at_max=3)
    answer = ask(address(tile_at(HOME, 7), f"programme={beigou.programme}"))
    assert (answer.status_code, answer.json["code"], answer.json["most"]) == (413, "area-too-large", 3)
    assert answer.json["visits"] == 4
    narrow = address(tile_at(HOME, 7), f"programme={beigou.programme}&from={this_morning().date()}")
    assert sum(one["n"] for one in layer(ask(narrow), "counts")) == 1


def test_a_tile_is_compressed_and_asked_for_again_by_its_tag(ask: Ask) -> None:
    plain = ask(address(tile_at(HOME, 8)))
    packed = ask("/map/areas.geojson", headers={"Accept-Encoding": "gzip"})
    assert plain.headers["Cache-Control"] == "private, no-cache"
    assert "Content-Encoding" not in plain.headers
    again = ask(address(tile_at(HOME, 8)), headers={"If-None-Match": plain.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other_days = ask(
        address(tile_at(HOME, 8), "until=2020-01-01&from=2019-01-01"), headers={"If-None-Match": plain.headers["ETag"]}
    )
    assert other_days.status_code == 204
    assert packed.headers["Vary"] == "Accept-Encoding, Cookie"


@pytest.mark.parametrize("path", ["21/0/0", "3/8/0", "3/0/8", "-1/0/0", "x/0/0", "3/0/0.5"])
def test_there_is_no_tile_outside_the_square(ask: Ask, path: str) -> None:
    assert ask(f"/map/tiles/visits/{path}.mvt").status_code == 404


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("from=2026-02-30", "/from"),
        ("from=1999-12-31", "/from"),
        ("until=9999-12-31", "/until"),
        ("from=2026-05-02&until=2026-05-01", "/until"),
        ("verdict=guilty", "/verdict/0"),
        ("unit=x", "/unit"),
        ("category=needy", "/category"),
    ],
)
def test_what_cannot_be_asked_is_named(ask: Ask, query: str, pointer: str) -> None:
    answer = ask(address(Tile(3, 6, 3), query))
    assert (answer.status_code, answer.json["pointer"]) == (422, pointer)


PATHS = (
    "/map/tiles/visits/3/6/3.mvt",
    "/map/days",
    "/map/coverage",
    "/map/areas.geojson",
    "/map/settings",
    "/map/visits.geojson?bbox=120,37,121,38",
    "/map/places.geojson?bbox=120.7,37.7,120.8,37.9",
)
FOR_LEADERS = ("/map/coverage", "/map/areas.geojson", "/map/settings")
FOR_OFFICES = ("/map/areas.geojson", "/map/settings")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("role", [Role.CADRE, Role.DISPATCHER, Role.LEADER, Role.PROGRAMME_OFFICE, Role.UNIT_ADMIN])
def test_the_map_is_for_verifiers(ask: Ask, path: str, role: Role) -> None:
    allowed = path in {Role.LEADER: FOR_LEADERS, Role.PROGRAMME_OFFICE: FOR_OFFICES}.get(role, ())
    assert ask(path, role=role).status_code == (200 if allowed else 403)
    assert ask(path).status_code == 200


def test_an_office_that_is_a_department_looks_from_where_it_belongs(ask: Ask, beigou: Village, other: Town) -> None:
    seen = ask("/units", role=Role.PROGRAMME_OFFICE, unit=beigou.waterworks).json["items"]
    assert [one["id"] for one in seen] == [str(beigou.county)]
    below = ask(f"/units?parent={beigou.town}", role=Role.PROGRAMME_OFFICE, unit=beigou.waterworks)
    assert [one["id"] for one in below.json["items"]] == [str(beigou.village)]
    of_office = ask("/map/areas.geojson", role=Role.PROGRAMME_OFFICE, unit=beigou.waterworks).json["features"]
    assert of_office == ask("/map/areas.geojson", role=Role.LEADER).json["features"]
    only = ask("/map/areas.geojson", role=Role.PROGRAMME_OFFICE, unit=other.town).json["features"]
    assert {one["properties"]["unit"] for one in only} <= {str(other.town), str(other.village)}
    assert ask("/units", role=Role.HANDLER, unit=beigou.waterworks).json["items"][0]["id"] == str(beigou.waterworks)


@pytest.mark.parametrize("path", [*PATHS[:4], "/map/visits.geojson?bbox=120,37,121,38", "/units"])
def test_a_unit_of_others_is_not_told_from_none(ask: Ask, path: str, beigou: Village, other: Town) -> None:
    name = "parent" if path == "/units" else "unit"
    for unit in (beigou.town, ids.uuid7()):
        answer = ask(f"{path}{'&' if '?' in path else '?'}{name}={unit}", unit=other.town)
        assert (answer.status_code, answer.json["code"]) == (404, "not-found")


def test_days_tell_every_visit_those_without_a_position_too(ask: Ask, opened: House) -> None:
    day = this_morning().date()
    answer = ask(f"/map/days?from={day - timedelta(days=5)}&until={day}")
    assert answer.json["step"] == "day"
    assert answer.json["items"] == [
        {"on": str(day - timedelta(days=3)), "n": 1, "verified": 1, "doubtful": 0, "unverifiable": 0, "refused": 0},
        {"on": str(day), "n": 3, "verified": 1, "doubtful": 1, "unverifiable": 1, "refused": 0},
    ]
    doubtful = ask(f"/map/days?from={day}&verdict=doubtful").json["items"]
    assert [(one["on"], one["n"], one["doubtful"]) for one in doubtful] == [(str(day), 1, 1)]


def test_a_long_time_is_told_by_months(ask: Ask, other: Town) -> None:
    day = this_morning().date()
    answer = ask("/map/days")
    assert answer.json["step"] == "month"
    assert sum(one["n"] for one in answer.json["items"]) == 5
    assert all(date.fromisoformat(one["on"]).day == 1 for one in answer.json["items"])
    cut = ask(f"/map/days?from={day - timedelta(days=300)}&until={day - timedelta(days=1)}").json
    assert (cut["step"], sum(one["n"] for one in cut["items"])) == ("month", 2)
    assert sum(one["n"] for one in ask("/map/days", unit=other.town).json["items"]) == 1
    assert sum(one["n"] for one in ask(f"/map/days?unit={other.village}").json["items"]) == 1


def test_coverage_is_told_for_each_unit_below(ask: Ask, beigou: Village, other: Town) -> None:
    answer = ask("/map/coverage").json
    told = {one["name"]: (one["places"], one["met"], one["tried"], one["never"]) for one in answer["items"]}
    assert told == {"北沟镇": (2, 1, 0, 1), "大辛店镇": (1, 0, 1, 0)}
    assert answer["total"] == {"places": 3, "met": 1, "tried": 1, "never": 1}
    assert (answer["from"], answer["until"]) == (None, str(clock.today()))
    later = ask(f"/map/coverage?from={clock.today() + timedelta(days=1)}&unit={beigou.town}").json
    assert [(one["unit"], one["never"], one["has_children"]) for one in later["items"]] == [
        (str(beigou.village), 2, False)
    ]
    assert ask("/map/coverage", unit=other.town).json["total"]["places"] == 1
    assert ask("/map/coverage", role=Role.LEADER, unit=beigou.village).json["total"]["places"] == 2
    assert ask("/map/coverage", unit=beigou.village).json["items"] == []


def test_a_small_area_tells_each_visit_with_what_its_verdict_rests_on(
    ask: Ask, told: dict[str, UUID], beigou: Village
) -> None:
    answer = ask("/map/visits.geojson?bbox=120.7,37.7,120.85,37.9")
    assert answer.mimetype == "application/geo+json"
    features = {one["properties"]["visit"]: one for one in answer.json["features"]}
    assert set(features) == {str(told[name]) for name in ("verified", "doubtful", "before")}
    one = features[str(told["doubtful"])]
    assert one["geometry"] == {"type": "Point", "coordinates": [round(HOME[0] - 0.03, 4), HOME[1]]}
    properties = one["properties"]
    assert properties["place"] == str(beigou.home)
    assert (properties["place_lon"], properties["place_lat"]) == (pytest.approx(HOME[0]), pytest.approx(HOME[1]))
    assert (properties["radius_m"], properties["accuracy_m"]) == (200, 12)
    assert 2500 < properties["distance_m"] < 2800
    assert (properties["declared"], properties["read_as"]) == ("wgs84", "wgs84")
    assert properties["told_lon"] == pytest.approx(HOME[0] - 0.03, abs=1e-4)
    assert "LOC_OUTSIDE" in properties["reasons"]
    assert "北沟村1号" not in answer.get_data(as_text=True)
    narrow = ask("/map/visits.geojson?bbox=120.7590,37.8081,120.7592,37.8083&verdict=verified")
    assert {one["properties"]["visit"] for one in narrow.json["features"]} == {
        str(told["verified"]),
        str(told["before"]),
    }


def test_an_area_with_too_many_is_refused(ask: Ask, crowded: Callable[..., None]) -> None:
    wide = "/map/visits.geojson?bbox=120,37,122,38"
    assert len(ask(wide).json["features"]) == 4
    crowded(listed_max=3)
    answer = ask(wide)
    assert (answer.status_code, answer.json["code"], answer.json["most"]) == (413, "area-too-large", 3)
    crowded(looked_at_max=3)
    assert ask(f"{wide}&verdict=refused").status_code == 413
    assert ask("/map/places.geojson?bbox=120,37,122,38").status_code == 413
    crowded(listed_max=1)
    assert ask("/map/places.geojson?bbox=120.5,37.5,121,38").status_code == 413


@pytest.mark.parametrize("box", ["1,2,3", "121,37,120,38", "a,b,c,d", "0,0,200,1", "120,-91,121,0", "1,2,3,4,5", ""])
def test_what_is_no_box_is_named(ask: Ask, box: str) -> None:
    for path in ("visits", "places"):
        answer = ask(f"/map/{path}.geojson?bbox={box}")
        assert (answer.status_code, answer.json["pointer"]) == (422, "/bbox")


def test_homes_are_shown_without_a_name_by_when_somebody_was_met(ask: Ask, beigou: Village, other: Town) -> None:
    path = "/map/places.geojson?bbox=120.7,37.5,121,37.9"
    found = {one["properties"]["place"]: one["properties"] for one in ask(path).json["features"]}
    assert {place: one["state"] for place, one in found.items()} == {str(beigou.home): "met", str(other.home): "tried"}
    assert found[str(other.home)]["met_at"] is None
    later = ask(f"{path}&from={clock.today() + timedelta(days=1)}").json["features"]
    assert {one["properties"]["state"] for one in later} == {"never"}
    assert [one["properties"]["place"] for one in ask(path, unit=other.town).json["features"]] == [str(other.home)]
    assert "1号" not in ask(path).get_data(as_text=True)


@pytest.fixture
def outlined(opened: House, beigou: Village, other: Town) -> None:
    def work(session: Session) -> None:
        for unit, source, box in (
            (beigou.county, "imported", (120.5, 37.4, 121, 38)), (beigou.town, "sketched", (120.7, 37.7, 120.8, 37.9)),
            (beigou.village, "sketched", (120.75, 37.8, 120.77, 37.82)),
            (other.town, "sketched", (120.9, 37.5, 121, 37.7)),
        ):  # fmt: skip
            session.execute(
                text(
                    "INSERT INTO area VALUES (:u, ST_Multi(ST_MakeEnvelope(:w, :s, :e, :n, 4326)), :source, now())"
                    " ON CONFLICT DO NOTHING"
                ),
                {"u": unit, "source": source, **dict(zip("wsen", box, strict=True))},
            )

    opened.write(work)


@pytest.mark.usefixtures("outlined")
def test_outlines_say_whether_they_are_sketched(ask: Ask, beigou: Village, other: Town) -> None:
    features = ask("/map/areas.geojson").json["features"]
    assert {one["properties"]["name"]: one["properties"]["source"] for one in features} == {
        "蓬莱区": "imported", "北沟镇": "sketched", "北沟村": "sketched", "大辛店镇": "sketched"
    }  # fmt: skip
    assert all(one["geometry"]["type"] == "MultiPolygon" for one in features)
    below = ask(f"/map/areas.geojson?unit={beigou.town}").json["features"]
    assert {one["properties"]["unit"] for one in below} == {str(beigou.town), str(beigou.village)}
    own = ask("/map/areas.geojson", unit=other.town).json["features"]
    assert [one["properties"]["name"] for one in own] == ["大辛店镇"]
    packed = ask("/map/areas.geojson", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == ask("/map/areas.geojson").data
    assert (
        ask(
            "/map/areas.geojson", headers={"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}
        ).status_code
        == 304
    )


@pytest.mark.usefixtures("outlined")
def test_settings_say_where_to_begin_and_what_to_filter_by(ask: Ask, beigou: Village, other: Town) -> None:
    told = ask("/map/settings").json
    assert told["bounds"] == [120.5, 37.4, 121, 38]
    assert (told["tile_url"], told["tile_credit"], told["counts_below_zoom"], told["zoom_max"]) == ("", "", 12, ZOOM)
    assert told["programmes"] == [{"id": str(beigou.programme), "name": "五联"}]
    assert ask("/map/settings", unit=other.town).json["bounds"] == [120.9, 37.5, 121, 37.7]
    assert ask("/map/settings", unit=beigou.waterworks).json["bounds"] is None


def test_the_tree_is_told_a_level_at_a_time(ask: Ask, beigou: Village, other: Town) -> None:
    top = ask("/units").json
    assert [(one["id"], one["has_children"]) for one in top["items"]] == [(str(beigou.county), True)]
    below = ask(f"/units?parent={beigou.county}").json["items"]
    assert {one["name"] for one in below} == {"北沟镇", "水务局", "公路局", "大辛店镇"}
    assert {one["name"]: one["kind"] for one in below}["北沟镇"] == "town"
    leaf = ask(f"/units?parent={other.town}", unit=other.town).json["items"]
    assert [(one["name"], one["has_children"]) for one in leaf] == [("山后村", False)]
    assert ask("/units", role=Role.SEALED_OFFICER).json["items"] == []
