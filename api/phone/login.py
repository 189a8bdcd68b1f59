"""POST /phone/v1/login: a phone that was enrolled comes back after months, without its unit's administrator."""

from typing import Any

from flask import request
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.blueprint import Blueprint
from api.phone.enrol import EnrolledDevice, told_of
from api.phone.token import ASKED, Signature
from api.session import house, reading, writing
from sync import clock
from sync.errors import Problem
from sync.identity import passwords, rules
from sync.identity.actions import logins, returning
from sync.identity.queries import login_by_username

blp = Blueprint("login", __name__)


class PhoneLogin(Schema):
    """The cadre's password and the key of the phone: neither alone opens anything."""

    username = fields.String(required=True, validate=validate.Length(1, 200))
    password = fields.String(required=True, validate=validate.Length(1, 1000))
    device = fields.UUID(required=True)
    nonce = fields.String(required=True, validate=validate.Regexp(r"^[A-Za-z0-9_-]{16,64}\Z"))
    signature = Signature(
        required=True,
        metadata={
            "format": "byte",
            "description": "base64 of ECDSA P-256 SHA-256 (DER, or r and s as 64 bytes) over the lines "
            "doorstep-login-1, device id, nonce, joined by LF",
        },
    )


EXAMPLE = ASKED | {
    "username": "cadre-li",
    "password": "open the door please",
    "device": "01932c5e-7c00-7000-8000-0000000000d1",
}


@blp.post("/login")
@blp.arguments(PhoneLogin, example=EXAMPLE)
@blp.response(201, EnrolledDevice)
@blp.alt_response(401, "UNAUTHORIZED")
@blp.alt_response(429, "TOO_MANY_REQUESTS")
def log_in(asked: dict[str, Any]) -> dict[str, Any]:
    """Give a phone that was enrolled with a key a new token; its batches stay its own.

    A wrong name, a wrong password and another phone get the same answer. 401: login-failed (with the wipe directive
    if that phone is lost); 403: device-closed; 429: too many tries.
    """
    policy, now = house().policy, clock.now()
    address = request.remote_addr or "unknown"
    counted = writing(lambda session: logins.admit_try(session, asked["username"], address, now, policy.logins))
    try:
        name = rules.username(asked["username"])
    except Problem:
        name = ""
    found = reading(lambda session: session.execute(login_by_username(name)).one_or_none())
    check = passwords.check(found.password_hash if found else None, asked["password"], policy.logins)
    person_id = found.person_id if found and check.right else None
    returned = returning.Returned(asked["device"], asked["nonce"], asked["signature"])

    def begin(session: Session) -> dict[str, Any]:
        enrolled = returning.log_in(session, person_id, returned, now, policy.devices)
        logins.forgive(session, asked["username"], counted)
        return told_of(session, enrolled)

    return writing(begin)
