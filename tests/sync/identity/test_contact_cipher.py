"""Phone numbers are kept so that only the installation reads them, and found however they were typed."""

import pytest

from sync.identity.contact_cipher import ContactCipher, ContactKeyError, PhoneNumberError, new_key, normal

OLD, NEW = new_key(), new_key()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13812345678", "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("+86 138-1234-5678", "13812345678"),
        ("0086-13812345678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("0535-5642100", "05355642100"),
        ("(0535)5642100", "05355642100"),
        ("（0535）5642100", "05355642100"),
        ("+86 535 5642100", "05355642100"),
        ("+86 0535 5642100", "05355642100"),
        ("010—88886666", "01088886666"),
        ("5642100", "5642100"),
        ("0535-5642100转801", "05355642100x801"),
        ("0535-5642100 ext.801", "05355642100x801"),
        ("400-123-4567", "4001234567"),
    ],
)
def test_a_number_has_one_form_however_it_was_typed(typed: str, kept: str) -> None:
    assert normal(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "无", "123", "23812345678901", "138123456789", "13812345678 王芳", "+1 2025550100"]
)
def test_what_is_not_a_number_is_refused(typed: str) -> None:
    with pytest.raises(PhoneNumberError):
        normal(typed)


def test_a_sealed_number_opens_again_and_shows_nothing_of_itself() -> None:
    cipher, digest = ContactCipher(NEW).seal("138 1234 5678")
    assert ContactCipher(NEW).open(cipher) == "13812345678"
    assert b"138" not in cipher
    assert len(digest) == 32


def test_the_same_number_is_found_by_its_hash_but_never_sealed_alike() -> None:
    cipher = ContactCipher(NEW)
    (first, found), (second, again) = cipher.seal("13812345678"), cipher.seal("+86 13812345678")
    assert found == again
    assert first != second
    assert found == cipher.hashes("13812345678")[0]


def test_after_a_new_key_old_numbers_still_open_and_are_still_found() -> None:
    cipher, digest = ContactCipher(OLD).seal("13812345678")
    both = ContactCipher(f"{NEW}, {OLD}")
    assert both.open(cipher) == "13812345678"
    assert digest in both.hashes("13812345678")
    assert not both.is_newest(cipher)
    assert both.is_newest(both.seal("13812345678")[0])


def test_a_number_under_a_lost_key_stays_closed() -> None:
    cipher, _ = ContactCipher(OLD).seal("13812345678")
    with pytest.raises(ContactKeyError):
        ContactCipher(NEW).open(cipher)


@pytest.mark.parametrize("keys", ["", "short", "not base64 at all!"])
def test_wrong_keys_are_told_at_once(keys: str) -> None:
    with pytest.raises(ContactKeyError):
        ContactCipher(keys)
