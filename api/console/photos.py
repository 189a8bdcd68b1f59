"""GET /console/v1/photos/{id}/small, /large, /original: pictures for whoever has to judge them.

Pictures have no address that tells anything and no copy in a shared cache; each one opened leaves a line in the trail.
"""

from typing import Any
from uuid import UUID

from flask import Response, request
from sqlalchemy.orm import Session

from api import auth
from api.blueprint import Blueprint
from api.session import house, writing
from sync import audit
from sync.errors import refuse
from sync.photos.queries import open_photo, visits_of
from sync.registry import doors

blp = Blueprint("photos", __name__, description="照片 / photos")
CACHE = "private, max-age=86400, immutable"
SIZES = {"small": "small_sha256", "large": "large_sha256", "original": "sha256"}
SUFFIXES = {"jpeg": "jpg", "heif": "heic"}
PICTURE = {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}, "description": "The picture"}
DOC = {"responses": {"200": PICTURE, "304": {"description": "The browser has it already"}}}


@blp.get("/photos/<uuid:photo_id>/<any(small, large, original):size>")
@blp.doc(**DOC)
@blp.alt_response(404, "NOT_FOUND")
def get_photo(photo_id: UUID, size: str) -> Response:
    """A thumbnail (WebP, 320 or 1280 px, without EXIF), or the bytes as the phone sent them.

    Somebody who may not see the photo learns no more than somebody who asks for one that is not there.
    """
    actor, opened = auth.actor(), house()

    def work(session: Session) -> tuple[Any, bytes, bytes | None]:
        doors.read(session, visits=visits_of(session, photo_id))
        photo = open_photo(session, actor, photo_id, opened.policy.photos)
        sha256 = getattr(photo, SIZES[size], None)
        if sha256 is None:
            raise refuse("not-found")
        if request.if_none_match.contains(sha256.hex()):
            return photo, sha256, None
        try:
            with opened.blobs.open(sha256) as file:
                content = file.read()
        except KeyError as error:
            raise refuse("not-found") from error
        audit.read(
            session, actor.person_id, place_id=photo.place_id, unit_id=photo.unit_id, fields=f"photo.{size}",
            duty="problem" if photo.problem_id else "evidence", request=request.path,
        )  # fmt: skip
        return photo, sha256, content

    photo, sha256, content = writing(work)
    response = Response(status=304) if content is None else _picture(photo, size, content)
    response.set_etag(sha256.hex())
    response.headers["Cache-Control"] = CACHE
    return response


def _picture(photo: Any, size: str, content: bytes) -> Response:
    response = Response(content)
    if size != "original":
        response.mimetype = "image/webp"
        return response
    kind = photo.format or "octet-stream"
    name = f"{photo.id}.{SUFFIXES.get(kind, kind)}" if photo.format else str(photo.id)
    response.mimetype = f"image/{kind}" if photo.format else "application/octet-stream"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
