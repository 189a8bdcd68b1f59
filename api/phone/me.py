"""GET /phone/v1/me: whose phone this is."""

from typing import Any

from api import auth
from api.blueprint import Blueprint
from api.schemas.person import PersonSchema
from api.session import reading
from sync.identity.queries import person_name

blp = Blueprint("me", __name__)


@blp.get("/me")
@blp.response(200, PersonSchema)
def me() -> dict[str, Any]:
    """The person of this phone, with the roles held today."""
    actor = auth.actor()
    name = reading(lambda session: session.scalars(person_name(actor.person_id)).one())
    return {"id": actor.person_id, "name": name, "roles": actor.roles}
