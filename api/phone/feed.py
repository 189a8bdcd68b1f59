"""GET /phone/v1/changes: everything that changed for this phone since it last asked (sync.md section 4)."""

import gzip
from datetime import datetime
from functools import partial
from typing import Any

import orjson
from flask import Response, request
from marshmallow import Schema, fields, validate

from api import auth, limiting
from api.blueprint import Blueprint
from api.schemas.device import LockSchema, dead_man_lock
from api.session import house, snapshot, writing
from sync import clock
from sync.feed import cursor, noting, rules
from sync.feed.payloads.viewer import Viewer
from sync.feed.pull import Page, pull
from sync.identity.contact_cipher import ContactCipher
from sync.limits import Limit
from sync.policy import Devices
from sync.words import BatchState, FeedKind, FeedOp

blp = Blueprint("feed", __name__, description="同步 / feed")
ITEMS_MAX = 500
ZIP_FROM_BYTES = 1024
ZIP_LEVEL = 4


class Asked(Schema):
    """Where to go on, and how much at once."""

    cursor = fields.String(
        validate=validate.Length(max=8000), metadata={"description": "Of the last page; none: from the beginning"}
    )
    limit = fields.Integer(load_default=ITEMS_MAX, validate=validate.Range(1, ITEMS_MAX))


class Item(Schema):
    """What happened to one entity in one scope; a phone keeps rows by (scope, kind, id)."""

    scope = fields.String(required=True, metadata={"description": "c:<person>, u:<unit> or g"})
    kind = fields.String(
        required=True, validate=validate.OneOf([kind.name.lower() for kind in FeedKind if kind is not FeedKind.BATCH])
    )
    id = fields.UUID(required=True)
    seq = fields.Integer(required=True, metadata={"description": "Number of the change within the scope"})
    op = fields.Enum(
        FeedOp, by_value=True, required=True, metadata={"description": "P put, L left this scope, D deleted, M merged"}
    )
    data = fields.Dict(allow_none=True, metadata={"description": "P: the entity as it is now; null: nothing to show"})
    into = fields.UUID(allow_none=True, metadata={"description": "M: what stands for it now"})


class OwnBatch(Schema):
    """What became of a batch of this phone."""

    batch = fields.UUID(required=True)
    state = fields.Enum(BatchState, by_value=True, required=True)
    received_at = fields.AwareDateTime(required=True)
    note = fields.String()
    results = fields.List(fields.Dict(), metadata={"description": "As in GET /phone/v1/batches/{id}"})


class Sum(Schema):
    """What the phone holds of a scope after the last page: the xor of the first 64 bits of SHA-256 of "id:seq"."""

    count = fields.Integer(required=True)
    xor = fields.String(required=True, validate=validate.Regexp("^[0-9a-f]{16}$"))


class Changes(Schema):
    """One page. Items and cursor are written in one local transaction."""

    items = fields.List(fields.Nested(Item), required=True)
    batches = fields.List(fields.Nested(OwnBatch), required=True)
    cursor = fields.String(required=True)
    more = fields.Boolean(required=True)
    reset = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Scopes that begin afresh: what is not met again by the last page goes"},
    )
    added_scopes = fields.List(fields.String(), required=True)
    dropped_scopes = fields.List(fields.String(), required=True, metadata={"description": "All of their rows go"})
    checksums = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(Sum),
        required=True,
        metadata={"description": "By scope; on the last page, if anything was read"},
    )
    directives = fields.List(
        fields.Dict(),
        required=True,
        metadata={"description": "Signed with the receipt key; `wipe` also stands in the body of 401"},
    )
    lock = fields.Nested(LockSchema, required=True)
    epoch = fields.Integer(
        required=True,
        metadata={"description": "Another than before: offer the batches of the last days again (:missing)"},
    )
    server_time = fields.AwareDateTime(required=True)


@blp.get("/changes")
@blp.arguments(Asked, location="query")
@blp.response(200, Changes)
@blp.alt_response(304, description="Nothing has changed since the page that had this ETag")
@blp.alt_response(400, "BAD_REQUEST")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
def changes(asked: dict[str, Any]) -> Response:
    """The next page of what concerns this phone's person.

    A page is at most 500 items or 512 kB. `more`: ask again with the new cursor. The ETag of the last page answers
    "nothing changed" with 304.
    """
    opened, found = house(), auth.knock()
    key = cursor.key_from(opened.settings.secret_key)
    before = cursor.unseal(asked["cursor"], key) if asked.get("cursor") else None
    now, device = clock.now(), found.device
    cipher = ContactCipher(opened.settings.contact_keys)
    viewer = Viewer(device.person_id, device.id, clock.local(now).date(), opened.policy, cipher.open)
    page = snapshot(
        partial(
            pull,
            viewer=viewer,
            scopes=found.scopes,
            cursor=before,
            items_max=min(asked["limit"], opened.policy.feed.items_max),
        )
    )
    if not page.is_whole:
        limiting.give_back(opened, device.id, Limit.PULLS)  # the pull goes on with its next page
    if noting.is_due(page, now, opened.policy.feed):
        writing(partial(noting.note, device=device, page=page, now=now))
    return _answer(_body(page, cursor.seal(page.cursor, key), now, opened.policy.devices), page, found.scopes)


def _body(page: Page, sealed: str, now: datetime, policy: Devices) -> bytes:
    rest = orjson.dumps(
        {
            "cursor": sealed,
            "more": not page.is_whole,
            "reset": page.plan.reset,
            "added_scopes": page.plan.added,
            "dropped_scopes": page.plan.dropped,
            "checksums": {scope: {"count": one.entities, "xor": one.xor} for scope, one in page.checksums.items()},
            "directives": [],
            "lock": dead_man_lock(now, policy),
            "epoch": page.epoch,
            "server_time": now,
        }
    )
    return b'{"items":[' + b",".join(page.items) + b'],"batches":[' + b",".join(page.batches) + b"]," + rest[1:]


def _answer(body: bytes, page: Page, scopes: dict[str, int]) -> Response:
    headers = {"Vary": "Accept-Encoding"}
    if page.is_whole:
        headers["ETag"] = rules.etag(page.epoch, scopes, page.heads)
    if len(body) >= ZIP_FROM_BYTES and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = gzip.compress(body, ZIP_LEVEL, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, mimetype="application/json")
