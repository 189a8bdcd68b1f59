"""Answers that a browser may keep and ask about: compressed, with a tag of their bytes, 304 while they are the same."""

import gzip
import hashlib

from flask import Response, request

SMALL = 600  # bytes; packing less would not save a packet


def conditional(body: bytes, mimetype: str) -> Response:
    """The answer for this request. It is private to the viewer and asked for again each time."""
    packed = len(body) > SMALL and request.accept_encodings.quality("gzip") > 0
    tag = hashlib.sha256(body).hexdigest()[:24] + ("-gz" if packed else "")
    response = Response(gzip.compress(body, 5, mtime=0) if packed else body, mimetype=mimetype)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    response.set_etag(tag)
    response.make_conditional(request)
    return response
