"""Metrics: gauges from the database, counts of requests, also across processes."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from api.app import create_app
from sync import clock, errands
from sync.house import House
from sync.photos.actions import record_upload
from sync.photos.reading import give_up
from sync.words import Job
from tests.conftest import ROOT, settings_for
from tests.factories.batches import body, receive, visit
from tests.factories.village import Village

Sample = tuple[str, tuple[tuple[str, str], ...]]


def _scrape(client: FlaskClient) -> dict[Sample, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def _value(found: dict[Sample, float], name: str, **labels: str) -> float:
    return found[name, tuple(sorted(labels.items()))]


def test_open_batches_and_owed_work_are_told(caller: FlaskClient, opened: House, beigou: Village) -> None:
    def work(session) -> None:  # type: ignore[no-untyped-def]
        batch, json = body([visit(beigou, clock.now())])
        receive(session, beigou.phone_li, batch, json)
        errands.owe(session, Job.APPLY_BATCH, f"{beigou.phone_li}/{batch}")

    opened.write(work)
    found = _scrape(caller)
    assert _value(found, "doorstep_batches", state="received") == 1
    assert _value(found, "doorstep_errands_open") >= 1
    assert _value(found, "doorstep_errands_oldest_s") >= 0
    assert _value(found, "doorstep_up", dependency="database") == 1
    assert _value(found, "doorstep_up", dependency="sweepers") == 0
    assert 0 < _value(found, "doorstep_storage_free_share") <= 1


def test_photos_that_are_not_well_are_told(caller: FlaskClient, opened: House, beigou: Village) -> None:
    def work(session) -> None:  # type: ignore[no-untyped-def]
        for n, doomed in ((1, True), (2, False), (3, False)):
            record_upload(session, beigou.phone_li, bytes([n]) * 32, 100)
            facts = {"sha256": bytes([n]) * 32, "at": clock.now() if doomed else None}
            session.execute(text("UPDATE blob SET doomed_at = :at WHERE sha256 = :sha256"), facts)
        give_up(session, bytes([1]) * 32)

    opened.write(work)
    found = _scrape(caller)
    assert _value(found, "doorstep_pictures_damaged", fault="unreadable") == 1
    assert [_value(found, "doorstep_photos", state=state) for state in ("unread", "lost", "doomed")] == [3, 0, 1]


def test_requests_are_counted_by_route_not_by_address(caller: FlaskClient) -> None:
    labels = {"method": "GET", "route": "/health", "status": "200"}
    caller.get("/health")
    before = _value(_scrape(caller), "doorstep_request_seconds_count", **labels)
    caller.get("/health")
    for path in ("/no/such/page", "/other"):
        caller.get(path)
    found = _scrape(caller)
    assert _value(found, "doorstep_request_seconds_count", **labels) == before + 1
    assert _value(found, "doorstep_request_seconds_count", method="any", route="unknown", status="404") >= 2


def test_without_a_database_what_is_left_is_told(tmp_path: Path, redis_url: str) -> None:
    app: Flask = create_app(settings_for("postgresql://nobody@127.0.0.1:1/none", redis_url, tmp_path))
    found = _scrape(app.test_client())
    app.extensions["doorstep"].close()
    assert _value(found, "doorstep_up", dependency="database") == 0
    assert _value(found, "doorstep_up", dependency="redis") == 1


@pytest.mark.parametrize("address", ["1.2.4.8", "240e::1"])
def test_strangers_may_not_read_them(caller: FlaskClient, address: str) -> None:
    assert caller.get("/metrics", environ_base={"REMOTE_ADDR": address}).status_code == 403


PROCESS = """
import sys
from api.app import create_app
from tests.conftest import settings_for
from pathlib import Path
app = create_app(settings_for(*sys.argv[1:3], Path(sys.argv[3])))
client = app.test_client()
client.get("/health")
sys.stdout.write(client.get("/metrics").text.split("# HELP doorstep_request_seconds ")[1])
"""


def test_counts_of_several_processes_are_added(tmp_path: Path, own_database: str, redis_url: str) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    command = [sys.executable, "-c", PROCESS, own_database, redis_url, str(tmp_path / "blobs")]
    told = [
        subprocess.run(
            command, cwd=ROOT, env={"PROMETHEUS_MULTIPROC_DIR": str(folder)}, check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    ]
    line = 'doorstep_request_seconds_count{method="GET",route="/health",status="200"} '
    assert line + "1.0" in told[0]
    assert line + "2.0" in told[1]
