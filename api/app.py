"""The application as a table of contents: which doors there are, who guards them, what stands behind them."""

from typing import NamedTuple

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from api import auth, errors, headers, openapi, request_log
from api.auth import Guard
from api.blueprint import DoorBlueprint, open_door
from api.console import overview, pages, phones, sessions
from api.encoding import OrjsonProvider
from api.ops import health, metrics
from api.override import MethodOverride
from api.phone import batches, blobs, enrol, hello, me
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
    Door("phone", "/phone/v1", auth.DEVICE, (me.blp,)),
    Door("phone_push", "/phone/v1", auth.PUSHING_DEVICE, (batches.blp, blobs.blp, hello.blp)),
    Door("phone_open", "/phone/v1", auth.PUBLIC, (enrol.blp,)),
    Door("console", "/console/v1", auth.CONSOLE, (sessions.behind, phones.blp)),
    Door("console_open", "/console/v1", auth.PUBLIC, (sessions.before,)),
    Door("pages", "", auth.PAGE, (overview.blp, pages.behind)),
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
    app.wsgi_app = MethodOverride(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way to wrap itself
    return app
