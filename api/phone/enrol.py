"""POST /phone/v1/enrol: a one-time code makes a phone known."""

import base64
import binascii
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from flask import request
from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy.orm import Session

from api.blueprint import Blueprint
from api.schemas.person import NamedPersonSchema
from api.session import house, writing
from sync import clock
from sync.identity.actions import devices, logins
from sync.identity.queries import person_name

blp = Blueprint("enrol", __name__)


class PublicKey(fields.String):
    """A P-256 public key, DER in base64; bytes when loaded."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            der = base64.b64decode(text, validate=True)
            key = load_der_public_key(der)
        except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
            raise ValidationError("not a DER public key in base64") from error
        if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
            raise ValidationError("not a key of the curve P-256")
        return der


class About(Schema):
    """The phone, as it describes itself."""

    id = fields.UUID(metadata={"description": "UUIDv7 made on the phone; send the same after a lost answer"})
    model = fields.String(required=True, validate=validate.Length(1, 100), metadata={"example": "Redmi 12C"})
    os = fields.String(required=True, validate=validate.Length(1, 100), metadata={"example": "Android 13"})
    app_version = fields.String(required=True, validate=validate.Length(1, 40), metadata={"example": "1.0.0"})


class Enrolment(Schema):
    """User name or staff number, and the code that the unit's administrator gave."""

    username = fields.String(required=True, validate=validate.Length(1, 200), metadata={"example": "cadre-li"})
    code = fields.String(required=True, validate=validate.Regexp(r"^[0-9]{8}\Z"), metadata={"example": "04718265"})
    device = fields.Nested(About, required=True)
    public_key = PublicKey(validate=None, metadata={"description": "P-256 key of the phone's keystore, DER in base64"})


class EnrolledDevice(Schema):
    """What the phone keeps; token and receipt key are shown this once."""

    device = fields.UUID(required=True, attribute="device_id")
    token = fields.String(required=True, metadata={"description": "Bearer token of every later request"})
    token_expires_at = fields.AwareDateTime(required=True)
    receipt_key = fields.Function(
        lambda enrolled: base64.b64encode(enrolled["receipt_key"]).decode(),
        metadata={"type": "string", "format": "byte", "description": "HMAC-SHA256 key of receipts and directives"},
    )
    person = fields.Nested(NamedPersonSchema, required=True)


ASKED = {
    "username": "cadre-li",
    "code": "04718265",
    "device": {
        "id": "01932c5e-7c00-7000-8000-0000000000d1",
        "model": "Redmi 12C",
        "os": "Android 13",
        "app_version": "1.0.0",
    },
    "public_key": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54W"
    "K84zV2sxXs7LtkBoN79R9Q==",
}
TOLD = {
    "device": "01932c5e-7c00-7000-8000-0000000000d1",
    "token": "ds_qjqm0nqYfA8vK5zTTPvW2xkWcE1o9n3sJkV4bq1yJ8E",
    "token_expires_at": "2026-06-08T09:00:00+00:00",
    "receipt_key": "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=",
    "person": {"id": "01932c5e-7c00-7000-8000-0000000000c1", "name": "李伟"},
}


@blp.post("/enrol")
@blp.arguments(Enrolment, example=ASKED)
@blp.response(201, EnrolledDevice, example=TOLD)
def enrol(asked: dict[str, Any]) -> dict[str, Any]:
    """Exchange a one-time code for a device token.

    A wrong name, a wrong code and an ended code get the same answer. Five wrong tries end a code.
    """
    now, policy = clock.now(), house().policy
    address = request.remote_addr or "unknown"
    about = dict(asked["device"])
    device_id = about.pop("id", None)

    def spend(session: Session) -> Any:
        counted = logins.count_address(session, address, now, policy.logins)
        return counted, devices.spend_try(session, asked["username"], now, policy.devices)

    counted, tried = writing(spend)

    def bind(session: Session) -> dict[str, Any]:
        enrolled = devices.enrol_device(
            session,
            tried,
            asked["code"],
            now,
            policy.devices,
            device_id=device_id,
            about=about,
            public_key=asked.get("public_key"),
        )
        logins.forgive_address(session, counted)
        return told_of(session, enrolled)

    return writing(bind)


def told_of(session: Session, enrolled: devices.Enrolled) -> dict[str, Any]:
    """What a phone is told once, when it becomes known."""
    name = session.scalars(person_name(enrolled.person_id)).one()
    return {
        "device_id": enrolled.device_id,
        "token": enrolled.token,
        "token_expires_at": enrolled.token_expires_at,
        "receipt_key": enrolled.receipt_key,
        "person": {"id": enrolled.person_id, "name": name},
    }
