"""The console's own screens: the bundle that the build wrote to `api/web/dist`, for whoever is logged in.

Every address of a screen answers the same page; what it shows is decided in the browser, by what the API lets this
person see. Files of the bundle carry a hash in their name, so that a browser keeps them for good.
"""

import re
from pathlib import Path

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.utils import send_from_directory

from api import headers
from api.session import house
from sync.errors import refuse

DIST = Path(__file__).resolve().parents[1] / "web" / "dist"
FOREVER = "private, max-age=31536000, immutable"
TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml", "png": "image/png", "woff2": "font/woff2"}
NAME = re.compile(rf"[\w-][\w.-]*\.(?:{'|'.join(TYPES)})")

SCREENS = ("", "review", "duty", "programmes", "handover", "edits", "devices", "care", "trail")

blp = Blueprint("screens", __name__, template_folder="templates")


def screen() -> ResponseReturnValue:
    """The page of every screen, whatever its name; without a bundle, what to do about it."""
    page = DIST / "console.html"
    if not page.exists():
        return render_template("unbuilt.html"), 503
    response = Response(page.read_bytes(), mimetype="text/html")
    response.headers["Content-Security-Policy"] = headers.screen_policy(house().settings.tile_url)
    return response


for _name in SCREENS:
    blp.add_url_rule(f"/console/{_name}", view_func=screen)


@blp.get("/console/assets/<name>")
def asset(name: str) -> ResponseReturnValue:
    """A file of the bundle, in the form that the build compressed where the browser takes it."""
    if not NAME.fullmatch(name):
        raise refuse("not-found")
    folder = DIST / "assets"
    packed = request.accept_encodings.quality("gzip") > 0 and (folder / f"{name}.gz").exists()
    response = send_from_directory(folder, name + (".gz" if packed else ""), request.environ, max_age=None)
    response.mimetype = TYPES[name.rpartition(".")[2]]
    response.headers["Cache-Control"] = FOREVER
    response.headers["Vary"] = "Accept-Encoding"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response
