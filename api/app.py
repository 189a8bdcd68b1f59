"""The application as a table of contents: which doors there are, who guards them, what stands behind them."""

from typing import NamedTuple

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from api import auth, errors, headers, openapi, request_log
from api.auth import Guard
from api.blueprint import DoorBlueprint, open_door
from api.console import app as screens
from api.console import (
    away,
    deciding,
    duty,
    edits,
    handover,
    holders,
    life,
    nearby,
    overview,
    pages,
    phones,
    photos,
    places,
    programmes,
    proposals,
    reads,
    retention,
    review,
    sealed,
    sessions,
    units,
)
from api.console import map as map_
from api.encoding import OrjsonProvider
from api.ops import health, metrics
from api.override import MethodOverride
from api.phone import batches, blobs, enrol, feed, hello, login, me, token, visits
from api.phone.unchanged import Unchanged
from sync import logs
from sync.house import House
from sync.settings import Settings


class Door(NamedTuple):
    """One door: its name, the prefix of its addresses, its guard, and the blueprints behind it."""

    name: str
    prefix: str
    guard: Guard
    blueprints: tuple[Blueprint, ...]


DOORS = (
    Door("phone", "/phone/v1", auth.DEVICE, (me.blp, visits.blp)),
    Door("phone_token", "/phone/v1", auth.ROTATING_DEVICE, (token.blp,)),
    Door("phone_feed", "/phone/v1", auth.PULLING_DEVICE, (feed.blp,)),
    Door("phone_push", "/phone/v1", auth.PUSHING_DEVICE, (batches.blp, blobs.blp, hello.blp)),
    Door("phone_open", "/phone/v1", auth.PUBLIC, (enrol.blp, login.blp)),
    Door(
        "console",
        "/console/v1",
        auth.CONSOLE,
        (
            sessions.behind,
            phones.blp,
            photos.blp,
            places.blp,
            review.blp,
            deciding.blp,
            map_.blp,
            nearby.blp,
            units.blp,
            handover.blp,
            holders.blp,
            reads.blp,
            retention.blp,
            sealed.blp,
            duty.blp,
            programmes.blp,
            life.blp,
            away.blp,
            edits.blp,
            proposals.blp,
        ),
    ),
    Door("console_open", "/console/v1", auth.PUBLIC, (sessions.before,)),
    Door("pages", "", auth.PAGE, (overview.blp, pages.behind, screens.blp)),
    Door("public", "", auth.PUBLIC, (openapi.pages, pages.before, health.blp)),
    Door("ops", "", auth.OPS, (metrics.page,)),
)


def create_app(settings: Settings) -> Flask:
    """The application over the installation that `settings` describes; connects when the first request comes."""
    logs.configure(settings.log_level)
    app = Flask("api", static_folder=None)
    app.json = OrjsonProvider(app)
    app.config.update(MAX_CONTENT_LENGTH=1 << 20, PROPAGATE_EXCEPTIONS=False)
    app.extensions["doorstep"] = House.open(settings, pool_size=settings.web_threads)
    request_log.keep(app)
    metrics.keep(app)
    headers.protect(app, settings)
    errors.translate(app)
    api = openapi.document(app)
    for name, prefix, guard, blueprints in DOORS:
        door = DoorBlueprint(name, prefix, guard)
        for blueprint in blueprints:
            door.add(blueprint)
        open_door(app, api, door)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]  # as below
    opened: House = app.extensions["doorstep"]
    app.wsgi_app = Unchanged(app.wsgi_app, opened, headers.of_every_answer(settings))  # type: ignore[method-assign]  # as below
    app.wsgi_app = MethodOverride(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way to wrap itself
    return app
