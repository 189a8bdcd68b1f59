"""Headers of every answer: no script, no frame, no third party, nothing kept by caches unless a view says so.

The console's screens alone may run scripts, those of our own bundle.
"""

from urllib.parse import urlsplit

from flask import Flask, Response

from sync.settings import Settings

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
SCREEN = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{tiles}; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def screen_policy(tile_url: str) -> str:
    """The Content-Security-Policy of the console's screens: own scripts, and pictures from where map tiles come.

    `tile_url` is the template of the settings, or "". A host with a place for subdomains, `t{s}.example`, becomes
    `*.example`: a policy has no wildcard inside a label.
    """
    parts = urlsplit(tile_url)
    host = parts.netloc
    if "{" in host.partition(".")[0]:
        host = "*." + host.partition(".")[2]
    return SCREEN.format(tiles=f" {parts.scheme}://{host}" if host else "")


def of_every_answer(settings: Settings) -> dict[str, str]:
    """What stands on an answer unless a view says otherwise; behind HTTPS browsers are told to stay there."""
    https = {"Strict-Transport-Security": "max-age=31536000"} if settings.secure_cookies else {}
    return SECURITY | https | {"Cache-Control": "no-store"}


def protect(app: Flask, settings: Settings) -> None:
    """Put them on every answer of `app`."""
    fixed = of_every_answer(settings)

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in fixed.items():
            response.headers.setdefault(name, value)
        return response
