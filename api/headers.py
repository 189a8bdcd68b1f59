"""Headers of every answer: no script, no frame, no third party, nothing kept by caches unless a view says so."""

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


def protect(app: Flask, settings: Settings) -> None:
    """Put them on every answer of `app`; behind HTTPS browsers are told to stay there."""
    fixed = SECURITY | ({"Strict-Transport-Security": "max-age=31536000"} if settings.secure_cookies else {})

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in fixed.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
