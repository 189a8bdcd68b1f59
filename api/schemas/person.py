"""People as the API shows them."""

from marshmallow import Schema, fields

from sync.words import Role


class HeldRoleSchema(Schema):
    """A role held today at a unit."""

    role = fields.Enum(Role, by_value=True, required=True)
    unit_id = fields.UUID(required=True)


class NamedPersonSchema(Schema):
    """A person by name."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class PersonSchema(NamedPersonSchema):
    """The person behind a request."""

    roles = fields.List(fields.Nested(HeldRoleSchema), required=True)
