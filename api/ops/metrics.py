"""GET /metrics for Prometheus: the state of the house from the database, counts of requests from every web process.

Counts are kept in files shared by the web processes if PROMETHEUS_MULTIPROC_DIR names their folder (prometheus_client
reads it; `doorstep up` sets it); without it they are those of the process that answers.
"""

from collections.abc import Iterator

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError

from api.ops.checks import Check, look
from api.session import house
from sync import clock, pulse
from sync.house import House

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
REQUESTS = Histogram(
    "doorstep_request_seconds", "Requests by route and status", ["method", "route", "status"], buckets=BUCKETS
)

page = Blueprint("metrics", __name__)


def count(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request."""
    REQUESTS.labels(method, route, str(status)).observe(seconds)


def keep(app: Flask) -> None:
    """Time every request of `app`; unknown addresses share one label."""

    @app.after_request
    def end(response: Response) -> Response:
        method, route = (request.method, request.url_rule.rule) if request.url_rule else ("any", "unknown")
        count(method, route, response.status_code, clock.ticks() - g.began)
        return response


class HouseCollector(Collector):
    """Gauges read at the moment of the scrape."""

    def __init__(self, opened: House) -> None:
        self.house = opened

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Dependencies with their facts, open batches and waiting records by state."""
        yield from _dependencies(look(self.house))
        try:
            batches = self.house.read(pulse.open_batches)
            records = self.house.read(pulse.waiting_records)
            photos = self.house.read(pulse.photo_troubles)
        except DBAPIError:
            return  # doorstep_up{dependency="database"} tells
        yield _by("doorstep_batches", "Batches that are not done", "state", batches)
        yield _by("doorstep_records_waiting", "Records that wait for something", "state", records)
        yield _by("doorstep_pictures_damaged", "Photos that could not be read", "fault", photos.damaged)
        yield _by("doorstep_photos", "Photos to be read, to be asked for, to be forgotten", "state", photos.states)


def _dependencies(checks: list[Check]) -> Iterator[GaugeMetricFamily]:
    yield _by("doorstep_up", "1 if the dependency works", "dependency", {c.name: int(c.ok) for c in checks})
    latency = {check.name: check.latency_ms / 1000 for check in checks if check.latency_ms}
    yield _by("doorstep_latency_seconds", "How long looking at it took", "dependency", latency)
    for check in checks:
        for fact, value in check.facts.items():
            if value is not None:
                yield GaugeMetricFamily(f"doorstep_{check.name}_{fact}", f"{fact} of {check.name}", value=value)


def _by(name: str, about: str, label: str, values: dict[str, int] | dict[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


@page.get("/metrics")
def metrics() -> Response:
    """Everything, in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(HouseCollector(house()))
    try:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
        own = b""
    except ValueError:  # no folder is named: one process
        own = generate_latest(REGISTRY)
    return Response(generate_latest(registry) + own, content_type=CONTENT_TYPE_LATEST)
