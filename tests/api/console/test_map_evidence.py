"""What a small area says of single visits: datum, place, and what a person decided."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import ids
from sync.geo.datum import from_wgs84
from sync.house import House
from sync.pipeline import Part, apply_batches
from sync.pipeline.effects import Turned, verdicts_turned
from sync.pipeline.merging import merge_place
from sync.policy import defaults
from sync.words import Datum, Verdict
from tests.api.console.conftest import Ask
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.maps import address, layer, tile_at, visit_at
from tests.factories.village import HOME, Village

BOX = "bbox=120.7,37.7,120.85,37.9"


@pytest.fixture(scope="module", autouse=True)
def told(opened: House, beigou: Village) -> dict[str, UUID]:
    """Visits at the home: shifted as maps of China are, declared so and not; at an alias of it; decided by a person."""
    at = this_morning()
    lon, lat = from_wgs84(*HOME, Datum.GCJ02)
    there = float(lon), float(lat)
    alias = ids.uuid7()
    visits = {
        "hidden": visit_at(beigou, beigou.home, at, there),
        "declared": visit_at(beigou, beigou.home, at - timedelta(days=1), there),
        "alias": visit_at(beigou, alias, at - timedelta(days=2), HOME),
        "decided": visit_at(beigou, beigou.home, at - timedelta(days=3), (HOME[0] - 0.03, HOME[1])),
        "unmapped": visit_at(beigou, beigou.unmapped, at - timedelta(days=4), HOME),
    }
    for fix in visits["declared"]["fixes"]:
        fix["datum"] = "gcj02"

    def work(session: Session) -> None:
        session.execute(
            text(
                "INSERT INTO place (id, kind, unit_id, town_id, name, state)"
                " VALUES (:i, 'household', :u, :t, '北沟村1号(重)', 'active')"
            ),
            {"i": alias, "u": beigou.village, "t": beigou.town},
        )
        merge_place(session, ids.uuid7(), alias, beigou.home, beigou.li)
        batch, json = batches.body(list(visits.values()))
        batches.receive(session, beigou.phone_li, batch, json)
        apply_batches(session, defaults(), [Part(beigou.phone_li, batch)])
        decided = visits["decided"]["id"]
        session.execute(text("UPDATE visit SET verdict = 'refused' WHERE id = :i"), {"i": decided})
        verdicts_turned(session, [Turned(decided, Verdict.DOUBTFUL, Verdict.REFUSED)])

    opened.write(work)
    return {name: one["id"] for name, one in visits.items()}


@pytest.fixture
def shown(ask: Ask, told: dict[str, UUID]) -> dict[str, dict[str, Any]]:
    """The features by the names of the visits."""
    names = {str(id_): name for name, id_ in told.items()}
    features = ask(f"/map/visits.geojson?{BOX}").json["features"]
    return {names[one["properties"]["visit"]]: one for one in features}


def test_a_datum_that_nobody_declared_is_told_with_the_point_as_it_was_sent(shown: dict[str, dict[str, Any]]) -> None:
    for name, says in (("hidden", "wgs84"), ("declared", "gcj02")):
        feature, properties = shown[name], shown[name]["properties"]
        assert feature["geometry"]["coordinates"] == pytest.approx(HOME, abs=1.1e-4)
        assert (properties["declared"], properties["read_as"]) == (says, "gcj02")
        assert properties["distance_m"] < 20
        sent = from_wgs84(*HOME, Datum.GCJ02)
        assert (properties["told_lon"], properties["told_lat"]) == pytest.approx([float(x) for x in sent], abs=1e-4)
    assert "LOC_DATUM_GCJ02" in shown["hidden"]["properties"]["reasons"]
    assert "LOC_DATUM_GCJ02" not in shown["declared"]["properties"]["reasons"]


def test_an_alias_is_shown_as_the_place_it_stands_for(shown: dict[str, dict[str, Any]], beigou: Village) -> None:
    properties = shown["alias"]["properties"]
    assert properties["place"] == str(beigou.home)
    assert (properties["place_lon"], properties["place_lat"]) == pytest.approx(HOME)
    assert properties["distance_m"] < 20


def test_what_a_person_decided_stands_above_what_the_machine_says(ask: Ask, shown: dict[str, dict[str, Any]]) -> None:
    properties = shown["decided"]["properties"]
    assert (properties["verdict"], "LOC_OUTSIDE" in properties["reasons"]) == ("refused", True)
    tile = layer(ask(address(tile_at((HOME[0] - 0.03, HOME[1]), 16))), "visits")
    assert [one["verdict"] for one in tile] == ["refused"]


def test_a_place_without_a_position_has_nothing_to_be_far_from(shown: dict[str, dict[str, Any]]) -> None:
    properties = shown["unmapped"]["properties"]
    assert properties["place"] is not None
    for name in ("place_lon", "place_lat", "distance_m"):
        assert properties[name] is None
    assert properties["radius_m"] == 200


@pytest.mark.parametrize("query", ["", "&verdict=refused", "&from=2000-01-01&until=2100-12-31"])
def test_nobody_is_named_and_no_category_is_told(ask: Ask, query: str) -> None:
    answer = ask(f"/map/visits.geojson?{BOX}{query}")
    said = answer.get_data(as_text=True)
    assert answer.json["features"]
    for word in ("北沟村", "家里只有老人", "needy", "category", "李"):
        assert word not in said
