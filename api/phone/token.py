"""POST /phone/v1/token: a phone exchanges its token for the successor, as often as its packets are lost."""

import base64
import binascii
from functools import partial
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from api import auth
from api.blueprint import Blueprint
from api.session import house, writing
from sync import clock
from sync.errors import Problem
from sync.identity import tokens
from sync.identity.actions.tokens import Request, rotate

blp = Blueprint("token", __name__, description="令牌 / tokens")
SIGNATURE_MAX = 72  # bytes of a DER signature of P-256
ASKED = {
    "nonce": "01932c5e-7c00-7000-8000-00000000000d",
    "signature": "MEUCIQDKZokqnCj8WktVLXeYOKlB8cu1vO0TfbrkTk3Lo6jrEgIgcXsgIuuwWyAmtOC7YFK8HyvH0vRHdDdMV3CkK+oOdOs=",
}
GIVEN = {
    "token": "ds_qjqm0nqYfA8vK5zTTPvW2xkWcE1o9n3sJkV4bq1yJ8E",
    "expires_at": "2026-06-08T09:00:00+00:00",
    "rotate_after": "2026-03-17T09:00:00+00:00",
    "server_time": "2026-03-10T09:00:00+00:00",
}


class Signature(fields.String):
    """An ECDSA signature in base64, DER or r and s; bytes when loaded."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            signature = base64.b64decode(super()._deserialize(value, attr, data, **kwargs), validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValidationError("not base64") from error
        if not 1 <= len(signature) <= SIGNATURE_MAX:
            raise ValidationError("not a signature of P-256")
        return signature


class Exchange(Schema):
    """The request is written down before it is sent, and repeated as it is until an answer comes."""

    nonce = fields.String(
        required=True,
        validate=validate.Regexp(r"^[A-Za-z0-9_-]{16,64}\Z"),
        metadata={"description": "Made by the phone for this exchange; the same after a lost answer"},
    )
    signature = Signature(
        required=True,
        metadata={
            "format": "byte",
            "description": "base64 of ECDSA P-256 SHA-256 (DER, or r and s as 64 bytes) over the lines "
            "doorstep-token-1, device id, SHA-256 of the token in hex, nonce, joined by LF",
        },
    )


class Successor(Schema):
    """The successor. The phone writes it down, then uses it alone; the predecessor ends soon after its first use."""

    token = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True, metadata={"description": "Sliding end, if it is used now"})
    rotate_after = fields.AwareDateTime(required=True, metadata={"description": "When it is to be exchanged itself"})
    server_time = fields.AwareDateTime(required=True)


@blp.post("/token")
@blp.arguments(Exchange, example=ASKED)
@blp.response(200, Successor, example=GIVEN)
@blp.alt_response(401, "UNAUTHORIZED")
@blp.alt_response(403, "FORBIDDEN")
@blp.alt_response(429, "TOO_MANY_REQUESTS")
def exchange(asked: dict[str, Any]) -> dict[str, Any]:
    """Exchange the token of this request for its successor, the same one however often it is asked for.

    A superseded token is taken here for ever if the phone's key signs it; without that its use ends all tokens of
    the phone. 401: token-unknown, token-expired, token-revoked, device-lost; 403: key-missing, signature-wrong,
    device-closed.
    """
    opened, now = house(), clock.now()
    request = Request(auth.presented(), asked["nonce"], asked["signature"])
    key = tokens.key_from(opened.settings.secret_key)
    given = writing(partial(rotate, asked=request, key=key, now=now, policy=opened.policy.devices))
    if isinstance(given, Problem):
        raise given
    return {
        "token": given.token,
        "expires_at": given.expires_at,
        "rotate_after": given.rotate_after,
        "server_time": now,
    }
