"""Coverage of a village made by hand: what the numbers say, what the homes on the map say, and who sees which."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.house import House
from sync.pipeline import Part, apply_batches
from sync.pipeline.effects import Turned, verdicts_turned
from sync.pipeline.merging import merge_place
from sync.policy import defaults
from sync.registry.areas import sketch
from sync.words import Mode, Outcome, Role, Verdict
from tests.api.console.conftest import Ask
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.maps import FAR, Town, add_town
from tests.factories.village import HOME, Village

MONTH = 40  # days ago
BOX = "bbox=120.5,37.5,121,38"
PLACE = text(
    "INSERT INTO place (id, kind, unit_id, town_id, name, position, state)"
    " VALUES (:i, 'household', :u, :t, :n, CAST(:p AS geography), :s)"
)
COVERS = text("SELECT ST_Covers(ST_GeomFromGeoJSON(:g), ST_SetSRID(ST_MakePoint(:x, :y), 4326))")


class Liujia:
    """柳家村: a home for each way in which a home may be looked after, and another village with nobody in it."""

    def __init__(self) -> None:
        self.village, self.empty = ids.uuid7(), ids.uuid7()
        names = (
            "met", "met_long_ago", "tried", "tried_since", "called", "called_away", "never", "proposed", "gone",
            "merged", "refused", "no_position",
        )  # fmt: skip
        self.homes = {name: ids.uuid7() for name in names}


def _write(session: Session, beigou: Village, other: Town, made: Liujia) -> None:
    add_town(session, beigou, other)
    for unit, name, code in ((made.village, "柳家村", "3"), (made.empty, "空村", "4")):
        session.execute(
            text("INSERT INTO unit (id, parent_id, kind, name, sort_code) VALUES (:i, :p, 'village', :n, :c)"),
            {"i": unit, "p": beigou.town, "n": name, "c": code},
        )
        for depth, above in enumerate((unit, beigou.town, beigou.county)):
            session.execute(text("INSERT INTO unit_above VALUES (:u, :a, :d)"), {"u": unit, "a": above, "d": depth})
    for n, (name, home) in enumerate(made.homes.items()):
        at = None if name == "no_position" else f"SRID=4326;POINT({HOME[0] + 0.01 + n / 1000} {HOME[1]})"
        state = name if name in ("proposed", "gone") else "active"
        facts = {"i": home, "u": made.village, "t": beigou.town, "n": f"柳家村{n}号", "p": at, "s": state}
        session.execute(PLACE, facts)


def _told(beigou: Village, made: Liujia) -> list[dict[str, Any]]:
    now = this_morning()
    before = now - timedelta(days=MONTH)

    def visit(name: str, at: Any, outcome: Outcome = Outcome.MET, mode: Mode = Mode.HOME) -> dict[str, Any]:
        return batches.visit(
            beigou, at, place=made.homes[name], fixes=[], outcome=outcome.value, mode=mode.value, note=name
        )

    return [
        visit("met", now), visit("met_long_ago", before), visit("tried", now, Outcome.NOBODY_HOME),
        visit("tried_since", before), visit("tried_since", now, Outcome.NOBODY_HOME),
        visit("called", now, mode=Mode.PHONE), visit("called_away", now, Outcome.LIVES_AWAY, Mode.PHONE),
        visit("proposed", now, Outcome.REFUSED), visit("gone", now), visit("merged", now), visit("refused", now),
        visit("no_position", now),
    ]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def liujia(opened: House, beigou: Village) -> Liujia:
    made, other = Liujia(), Town()
    told = _told(beigou, made)
    for n, one in enumerate(told):  # nobody is at two doors at once
        one["started"]["wall"] += timedelta(minutes=11 * n)
        one["ended"]["wall"] += timedelta(minutes=11 * n)

    def work(session: Session) -> None:
        _write(session, beigou, other, made)
        with clock.frozen(clock.now()):
            batch, json = batches.body(told)
            batches.receive(session, beigou.phone_li, batch, json)
        apply_batches(session, defaults(), [Part(beigou.phone_li, batch)])
        merge_place(session, ids.uuid7(), made.homes["merged"], made.homes["never"], beigou.li)
        refused = next(one["id"] for one in told if one["place"] == made.homes["refused"])
        session.execute(text("UPDATE visit SET verdict = 'refused' WHERE id = :i"), {"i": refused})
        verdicts_turned(session, [Turned(refused, Verdict.UNVERIFIABLE, Verdict.REFUSED)])

    opened.write(work)
    return made


# Homes in service: all but the one that is gone and the one that stands for another now; `never` has the visit of
# the one that was merged into it, `refused` has none that counts.
EVER = {
    "met": "met", "met_long_ago": "met", "tried": "tried", "tried_since": "met", "called": "tried",
    "called_away": "met", "never": "met", "proposed": "tried", "refused": "never", "no_position": "met",
}  # fmt: skip
LATELY = EVER | {"met_long_ago": "never", "tried_since": "tried"}


def numbers(item: dict[str, Any]) -> tuple[int, ...]:
    return tuple(item[name] for name in ("places", "met", "tried", "never"))


def by_hand(states: dict[str, str]) -> tuple[int, ...]:
    found = Counter(states.values())
    return len(states), found["met"], found["tried"], found["never"]


def since(days: int) -> str:
    return f"from={clock.today() - timedelta(days=days)}"


@pytest.mark.parametrize(("query", "states"), [("", EVER), (since(MONTH + 2), EVER), (since(7), LATELY)])
def test_the_numbers_of_a_village_are_those_of_its_homes(
    ask: Ask, beigou: Village, liujia: Liujia, query: str, states: dict[str, str]
) -> None:
    answer = ask(f"/map/coverage?unit={beigou.town}&{query}").json
    told = {item["name"]: numbers(item) for item in answer["items"]}
    assert told == {"北沟村": (2, 0, 0, 2), "柳家村": by_hand(states)}  # a village without homes has nothing to tell
    assert numbers(answer["total"]) == tuple(map(sum, zip(*told.values(), strict=True)))
    for above, name in (("", "北沟镇"), (f"unit={beigou.county}", "北沟镇")):
        [town] = [one for one in ask(f"/map/coverage?{above}&{query}").json["items"] if one["name"] == name]
        assert numbers(town) == numbers(answer["total"])


@pytest.mark.parametrize(("query", "states"), [("", EVER), (since(7), LATELY)])
def test_the_homes_on_the_map_are_those_of_the_numbers(
    ask: Ask, beigou: Village, liujia: Liujia, query: str, states: dict[str, str]
) -> None:
    features = ask(f"/map/places.geojson?{BOX}&{query}").json["features"]
    told = {one["properties"]["place"]: one["properties"]["state"] for one in features}
    shown = {str(liujia.homes[name]): state for name, state in states.items() if name != "no_position"}
    assert {place: state for place, state in told.items() if place in set(map(str, liujia.homes.values()))} == shown
    assert told.keys() - shown.keys() >= {str(beigou.home)}


def test_units_are_told_in_the_order_of_their_codes_and_say_whether_there_is_more_below(
    ask: Ask, beigou: Village, opened: House
) -> None:
    def towns() -> list[tuple[str, bool]]:
        return [(one["name"], one["has_children"]) for one in ask("/map/coverage").json["items"]]

    assert towns() == [("北沟镇", True), ("大辛店镇", True)]
    ended = text("UPDATE unit SET valid = daterange(lower(valid), CURRENT_DATE) WHERE name = '山后村'")
    opened.write(lambda session: session.execute(ended))
    try:
        assert towns() == [("北沟镇", True), ("大辛店镇", False)]  # as the tree says
    finally:
        again = text("UPDATE unit SET valid = daterange(lower(valid), NULL) WHERE name = '山后村'")
        opened.write(lambda session: session.execute(again))


def test_no_home_is_counted_twice_for_somebody_with_two_roles(ask: Ask, beigou: Village) -> None:
    county, town = beigou.county, beigou.town
    whole = ask("/map/coverage").json
    for held in (
        ((Role.VERIFIER, county), (Role.VERIFIER, town)),
        ((Role.VERIFIER, town), (Role.VERIFIER, county)),
        ((Role.LEADER, county), (Role.VERIFIER, town)),
    ):
        told = ask("/map/coverage", held=held).json
        assert told["total"] == whole["total"], held
        assert told["items"] == whole["items"], held
    beside = ask("/map/coverage", held=((Role.VERIFIER, town), (Role.VERIFIER, beigou.waterworks))).json
    assert {one["name"] for one in beside["items"]} == {"北沟村", "柳家村"}


def test_who_sees_which_numbers(ask: Ask, beigou: Village, liujia: Liujia) -> None:
    def total(role: Role, unit: UUID) -> int:
        answer = ask("/map/coverage", role=role, unit=unit)
        return int(answer.json["total"]["places"])

    homes = len(EVER)
    assert total(Role.VERIFIER, beigou.county) == homes + 3
    assert total(Role.VERIFIER, beigou.town) == homes + 2
    assert total(Role.VERIFIER, liujia.village) == 0  # nobody judges the own unit
    assert total(Role.LEADER, liujia.village) == homes
    assert total(Role.LEADER, beigou.waterworks) == 0
    for role in (Role.CADRE, Role.DISPATCHER, Role.HANDLER, Role.UNIT_ADMIN, Role.SECURITY_ADMIN, Role.SEALED_OFFICER):
        assert ask("/map/coverage", role=role, unit=beigou.county).status_code == 403


def test_villages_that_nobody_drew_are_sketched_inside_the_real_outline_and_say_so(
    ask: Ask, beigou: Village, opened: House
) -> None:
    county = "POLYGON((120.5 37.4, 121 37.4, 121 38, 120.5 38, 120.5 37.4))"

    def work(session: Session) -> None:
        session.execute(
            text(
                "INSERT INTO area (unit_id, shape, source, at)"
                " VALUES (:u, ST_Multi(ST_GeomFromText(:w, 4326)), 'imported', now())"
            ),
            {"u": beigou.county, "w": county},
        )
        sketch(session)

    opened.write(work)
    features = {one["properties"]["name"]: one for one in ask("/map/areas.geojson").json["features"]}
    sources = {name: one["properties"]["source"] for name, one in features.items()}
    assert sources == {
        "蓬莱区": "imported", "北沟镇": "sketched", "大辛店镇": "sketched", "北沟村": "sketched", "柳家村": "sketched",
        "山后村": "sketched",
    }  # fmt: skip
    for one in features.values():
        rings = [ring for polygon in one["geometry"]["coordinates"] for ring in polygon]
        assert all(120.5 <= lon <= 121 and 37.4 <= lat <= 38 for ring in rings for lon, lat in ring)
    inside = {"北沟村": HOME, "山后村": FAR}
    for name, (x, y) in inside.items():
        facts = {"g": orjson.dumps(features[name]["geometry"]).decode(), "x": x, "y": y}
        assert opened.read(lambda session, f=facts: session.scalar(COVERS, f)), name
    assert ask("/map/settings").json["bounds"] == [120.5, 37.4, 121, 38]
