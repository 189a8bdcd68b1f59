"""The reason with which somebody opens a file towards which he has no duty."""

from typing import Any
from urllib.parse import unquote

from marshmallow import Schema, ValidationError, fields, post_load, validate

LENGTH_MAX = 4000  # percent-encoded


class ReasonTold(Schema):
    """In a header and not in the address, because addresses stand in the logs of proxies."""

    reason = fields.String(
        data_key="Doorstep-Reason",
        load_default="",
        validate=validate.Length(max=LENGTH_MAX),
        metadata={"description": "Why the file is opened without a link, finding or task; percent-encoded UTF-8"},
    )

    @post_load
    def decoded(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The text itself."""
        try:
            reason = unquote(data["reason"], errors="strict")
        except UnicodeDecodeError as error:
            raise ValidationError("percent-encoded UTF-8", "Doorstep-Reason") from error
        if "\0" in reason:
            raise ValidationError("U+0000", "Doorstep-Reason")
        return {"reason": reason}
