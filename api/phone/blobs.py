"""HEAD and PUT /phone/v1/blobs/{sha256}: photos, by the main road."""

from functools import partial

from flask import Response, current_app, request

from api import auth
from api.blueprint import Blueprint
from api.phone.body import SHA256_HEX, chunks
from api.session import house, reading, writing
from sync import queue
from sync.errors import refuse
from sync.photos.actions import possesses, record_upload
from sync.storage import OtherBytesError

blp = Blueprint("blobs", __name__, description="照片 / photos")
PUT_DOC = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@blp.route("/blobs/<string:sha256>", methods=["HEAD"])
@blp.response(200, description="This phone handed in these bytes; it need not do so again")
@blp.alt_response(404, "NOT_FOUND")
def head_blob(sha256: str) -> Response:
    """Whether this phone already handed in these bytes; what others have is nobody's business."""
    hash_, device = _hash(sha256), auth.device()
    size = reading(lambda session: possesses(session, device.id, hash_))
    if size is None or not house().blobs.has(hash_):
        raise refuse("not-found")
    return Response(status=200, headers={"Doorstep-Size": str(size)})


@blp.put("/blobs/<string:sha256>")
@blp.doc(**PUT_DOC)
@blp.response(201, description="The bytes are durable; the same answer however often they come")
@blp.alt_response(400, "BAD_REQUEST")
@blp.alt_response(413, "REQUEST_ENTITY_TOO_LARGE")
@blp.alt_response(507, "INSUFFICIENT_STORAGE")
def put_blob(sha256: str) -> Response:
    """Store the bytes durably; photos that this phone cites with their hash and size become present."""
    opened, hash_ = house(), _hash(sha256)
    if opened.blobs.free_share() < opened.policy.push.free_disk_share_min:
        raise refuse("storage-full")
    if request.content_length == 0:
        raise refuse("bad-request", detail="empty")
    try:
        size = opened.blobs.put(hash_, chunks(opened.policy.photos.bytes_max))
    except OtherBytesError as error:
        raise refuse("body-hash-mismatch", got=str(error)) from error
    if writing(partial(record_upload, device_id=auth.device().id, sha256=hash_, size=size)):
        queue.ring(opened)
    body = current_app.json.dumps({"sha256": sha256, "size": size})
    return Response(body, 201, mimetype="application/json")


def _hash(sha256: str) -> bytes:
    try:
        if len(sha256) != SHA256_HEX or sha256 != sha256.lower():
            raise ValueError
        return bytes.fromhex(sha256)
    except ValueError as error:
        raise refuse("not-found", detail="64 hex digits") from error
