"""What an imported list says of fields that were put right since: kept as they are, and a person asked about news."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from sync import clock, ids
from sync.identity.numbers import Numbers
from sync.registry.edits import fields, writing
from sync.registry.edits.fields import Key
from sync.registry.edits.rules import Telling, same
from sync.registry.edits.values import unpack
from sync.registry.edits.writing import Edit
from sync.registry.imports.spec import Differing
from sync.words import EditField, EditReason


def hear_list(session: Session, differing: Sequence[Differing], numbers: Numbers) -> None:
    """Open a case where the list says something that it did not say before; a stale list is told nothing new by.

    The places are locked by the import.
    """
    wanted = {Key(one.place_id, EditField(one.field), one.contact_id): one for one in differing}
    found = fields.load(session, list(wanted), numbers)
    news, tellings = [], list[tuple[Telling, Key, UUID]]()
    for key, one in wanted.items():
        field, value = found[key], unpack(one.value, one.cipher, numbers)
        moved_since = not same(field.stored, field.stands)  # by a verifier: whoever tells next begins from there
        if moved_since or same(value, field.listed) or any(same(value, told.new) for told in field.opened):
            continue
        telling = Telling(ids.uuid7(), None, field.listed, value, clock.now(), EditReason.LISTED)
        field.listed = value
        field.hear([telling])
        news.append(field)
        tellings.append((next(told for told in field.told if told.id == telling.id), key, field.id))
    fields.save(session, news, clock.now(), numbers)
    edits = [
        Edit(telling, key.field, field_id, key.place_id, None, None, None, clock.now())
        for telling, key, field_id in tellings
    ]
    writing.keep(session, edits, numbers)
