"""What a phone tells of itself in headers of any request: its clocks, its app, what it still holds."""

import re
from datetime import datetime
from typing import Any

from flask import request

from sync.errors import refuse
from sync.identity.actions.health import Told

CLOCK = re.compile(r"^at=(?P<at>[^;]{10,40})(?:;elapsed_ms=(?P<elapsed>\d{1,16}))?(?:;boot_id=(?P<boot>[\w-]{1,64}))?$")
APP = re.compile(r"(?:^|;)app=([0-9A-Za-z][0-9A-Za-z.+-]{0,39})(?:;|$)")
UNSENT = re.compile(r"(?:^|;)unsent=(\d{1,7})(?:;|$)")
OLDEST_S = re.compile(r"(?:^|;)oldest_s=(\d{1,10})(?:;|$)")

CLOCK_HEADER: dict[str, Any] = {
    "in": "header",
    "name": "Doorstep-Clock",
    "description": "The phone's clocks at this very request: `at=…;elapsed_ms=…;boot_id=…`",
    "schema": {"type": "string"},
    "example": "at=2026-03-10T19:02:11+08:00;elapsed_ms=86400123;boot_id=b7f3",
}
PHONE_HEADER: dict[str, Any] = {
    "in": "header",
    "name": "Doorstep-Phone",
    "description": "App version, records unsent, and the age of the oldest of them in seconds by the phone's own clock",
    "schema": {"type": "string"},
    "example": "app=1.4.2;unsent=3;oldest_s=86400",
}


def clocks() -> dict[str, Any] | None:
    """The header Doorstep-Clock: the phone's clocks at this very request, `at=…;elapsed_ms=…;boot_id=…`.

    None if it is not there. Raises bad-request.
    """
    value = request.headers.get("Doorstep-Clock")
    if not value:
        return None
    match = CLOCK.match(value.replace(" ", ""))
    try:
        at = datetime.fromisoformat(match["at"]) if match else None
    except ValueError:
        at = None
    if match is None or at is None or at.tzinfo is None:
        raise refuse("bad-request", detail="Doorstep-Clock: at=<RFC 3339>;elapsed_ms=<n>;boot_id=<id>")
    elapsed = int(match["elapsed"]) if match["elapsed"] else None
    return {"at": at.isoformat(), "elapsed_ms": elapsed, "boot_id": match["boot"]}


def told() -> Told:
    """Doorstep-Clock and `Doorstep-Phone: app=1.4.2;unsent=3;oldest_s=86400`; what cannot be read counts as not told,
    since no visit may be kept out by a wrong word about the phone."""
    value = request.headers.get("Doorstep-Phone", "").replace(" ", "")
    return Told(
        app_version=_first(APP, value),
        unsent=_number(UNSENT, value),
        oldest_s=_number(OLDEST_S, value),
        clock_at=_wall(),
    )


def _wall() -> datetime | None:
    match = CLOCK.match(request.headers.get("Doorstep-Clock", "").replace(" ", ""))
    try:
        at = datetime.fromisoformat(match["at"]) if match else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _first(pattern: re.Pattern[str], value: str) -> str | None:
    found = pattern.search(value)
    return found[1] if found else None


def _number(pattern: re.Pattern[str], value: str) -> int | None:
    found = _first(pattern, value)
    return int(found) if found is not None else None
