"""Numbers in the stories of edited fields are sealed again with the others, page by page."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.access import Actor, HeldRole
from sync.identity import rotation
from sync.identity.contact_cipher import ContactCipher, ContactKeyError, new_key
from sync.identity.numbers import UNREADABLE, Numbers
from sync.pipeline.edit_deciding import Choice, decide_field
from sync.words import Role, Taking
from tests.conftest import CONTACT_KEY
from tests.factories.edits import NEW_NUMBER, NUMBERS, OLD_NUMBER, THIRD_NUMBER, add_contact, edit, hand_in, link
from tests.factories.village import Village, found


@pytest.fixture
def village(session: Session) -> Village:
    """Two numbers of a home were told differently, and a person decided about one."""
    village = found(session)
    link(session, village, village.chen, village.home)
    for _ in range(2):
        contact = add_contact(session, village.home)
        one = edit(village.home, "phone", OLD_NUMBER, NEW_NUMBER, contact=contact, ago=50)
        other = edit(village.home, "phone", OLD_NUMBER, THIRD_NUMBER, contact=contact, ago=40)
        hand_in(session, village.phone_li, one)
        hand_in(session, village.phone_chen, other)
    session.execute(text("UPDATE programme SET office_id = :o"), {"o": village.waterworks})
    field = session.execute(text("SELECT id, rev FROM edited_field ORDER BY id LIMIT 1")).one()
    office = Actor(ids.uuid7(), (HeldRole(Role.PROGRAMME_OFFICE, village.waterworks),))
    choice = Choice(id=ids.uuid7(), rev=field.rev, taking=Taking.OTHER, value=THIRD_NUMBER)
    decide_field(session, office, field.id, choice, NUMBERS, clock.now())
    return village


def rotate(session: Session, cipher: ContactCipher, newest: str) -> int:
    """A whole round; how many numbers it sealed again."""
    while not (done := rotation.rotate_some(session, cipher, newest)).is_done:
        pass
    return done.sealed


def test_every_number_is_sealed_again_and_the_old_key_may_go(
    session: Session, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "AT_ONCE", 1)
    newest = new_key()
    both = ContactCipher(f"{newest},{CONTACT_KEY}")
    kept = 2 * 3 + 4 * 2 + 3  # fields: base, stands, listed; tellings: old, new; the decision: value, before, base
    in_use = session.scalar(text("SELECT count(phone_cipher) FROM contact"))
    assert in_use
    assert (rotation.outdated(session, both), rotation.count(session)) == (kept + in_use, kept + in_use)
    assert (rotate(session, both, newest), rotate(session, both, newest)) == (kept + in_use, 0)
    session.expire_all()
    alone = ContactCipher(newest)
    assert rotation.outdated(session, alone) == 0
    opened = session.scalars(text("SELECT new_cipher FROM place_edit")).all()
    assert sorted(alone.open(bytes(one)) for one in opened) == [NEW_NUMBER, NEW_NUMBER, THIRD_NUMBER, THIRD_NUMBER]


def test_a_number_that_no_key_opens_stops_the_rotation_and_is_shown_as_unreadable(
    session: Session, village: Village
) -> None:
    stranger = new_key()
    with pytest.raises(ContactKeyError):
        rotate(session, ContactCipher(stranger), stranger)
    sealed = session.scalars(text("SELECT new_cipher FROM place_edit")).first()
    assert sealed and Numbers(stranger).open(bytes(sealed)) == UNREADABLE
    assert (Numbers("").can_seal, Numbers("nonsense").can_seal, NUMBERS.can_seal) == (False, False, True)
    assert Numbers.normal("+86 138-0000-0001") == OLD_NUMBER
    assert Numbers.normal(" 村委会 ") == "村委会"
