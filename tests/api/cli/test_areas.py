"""Outlines and counts from the command line."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync.house import House
from sync.insight import counting
from sync.pipeline import Part, apply_batches
from sync.policy import defaults
from tests.api.cli.conftest import Run
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.village import HOME, Village

RING = [[120.7, 37.7], [120.8, 37.7], [120.8, 37.9], [120.7, 37.9], [120.7, 37.7]]


def write(path: Path, ring: Any, **properties: Any) -> Path:
    geometry = {"type": "Polygon", "coordinates": [ring]}
    path.write_text(json.dumps({"type": "Feature", "properties": properties, "geometry": geometry}))
    return path


def test_a_boundary_is_imported_and_its_villages_are_sketched(
    run: Run, opened: House, beigou: Village, tmp_path: Path
) -> None:
    path = write(tmp_path / "county.geojson", RING, name="蓬莱区")
    assert run("import", "areas", path).exit_code == 2  # the datum must be said
    assert "没有错误" in run("import", "areas", path, "--datum", "wgs84", "--dry-run").output
    assert "1 新增" in run("import", "areas", path, "--datum", "wgs84").output
    assert "1 未变" in run("import", "areas", path, "--datum", "wgs84").output
    first, again = run("areas", "sketch"), run("areas", "sketch")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "villages 1, 镇街 towns 1, 变动 changed 2, 没有范围 without outline 0" in first.output
    assert "changed 0" in again.output
    inside = text("SELECT ST_Contains(shape, ST_SetSRID(ST_MakePoint(:x, :y), 4326)) FROM area WHERE unit_id = :u")
    facts = {"x": HOME[0], "y": HOME[1], "u": beigou.village}
    assert opened.read(lambda session: session.scalar(inside, facts)) is True


def test_a_broken_file_says_what_is_wrong_and_keeps_a_report(run: Run, beigou: Village, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    wrong = write(tmp_path / "wrong.geojson", RING[:2], name="北沟镇")
    answer = run("import", "areas", wrong, "--datum", "gcj02", "--report", report)
    assert answer.exit_code == 1
    assert "什么都没有改" in answer.output
    assert "a ring has at least four positions" in report.read_text(encoding="utf-8-sig")
    (tmp_path / "no.geojson").write_text("?")
    assert "不是 GeoJSON" in run("import", "areas", tmp_path / "no.geojson", "--datum", "bd09").output


def test_villages_without_an_outline_are_counted_and_explained(run: Run, opened: House, beigou: Village) -> None:
    opened.write(lambda session: session.execute(text("DELETE FROM area")))
    answer = run("areas", "sketch")
    assert "without outline 1" in answer.output
    assert "no real outline above them" in answer.output


def test_wrong_numbers_are_mended(run: Run, opened: House, beigou: Village) -> None:
    def hand_in(session: Session) -> None:
        batch, json_ = batches.body([batches.visit(beigou, this_morning())])
        batches.receive(session, beigou.phone_li, batch, json_)
        apply_batches(session, defaults(), [Part(beigou.phone_li, batch)])

    opened.write(hand_in)
    opened.write(lambda session: session.execute(text("DELETE FROM visit_delta")))
    opened.write(lambda session: session.execute(text("DELETE FROM place_seen")))
    assert opened.read(counting.differences) == 1
    answer = run("counts", "mend")
    assert (answer.exit_code, answer.output.strip()) == (0, "走访对象 places 2, 仍不符 still wrong 0")
    seen = text("SELECT place_id FROM place_seen WHERE met_at IS NOT NULL")
    assert opened.read(lambda session: session.scalars(seen).all()) == [beigou.home]
