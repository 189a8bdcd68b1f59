"""Telephone numbers as they are compared and kept: for stages that must not fail where no key is set."""

from functools import cached_property

from sync.identity.contact_cipher import ContactCipher, ContactKeyError, PhoneNumberError, normal

UNREADABLE = "?"


class Numbers:
    """Seals numbers and opens them with the keys of the settings; nothing is looked at before the first number."""

    def __init__(self, keys: str) -> None:
        self._keys = keys

    @cached_property
    def _cipher(self) -> ContactCipher:
        return ContactCipher(self._keys)

    @property
    def can_seal(self) -> bool:
        """Whether there is a key at all."""
        try:
            return bool(self._cipher)
        except ContactKeyError:
            return False

    def seal(self, number: str) -> tuple[bytes, bytes]:
        """Cipher text and look-up hash. Raises PhoneNumberError, ContactKeyError."""
        return self._cipher.seal(number)

    def wrap(self, told: str) -> bytes:
        """Cipher text of whatever somebody said a number was. Raises ContactKeyError."""
        return self._cipher.wrap(told)

    def open(self, cipher: bytes) -> str:
        """The number in its normal form; "?" for what no key opens, which is no number anybody tells."""
        try:
            return self._cipher.open(cipher)
        except ContactKeyError:
            return UNREADABLE

    @staticmethod
    def normal(told: str) -> str:
        """The form in which numbers are compared; what is no number stays as it was told."""
        try:
            return normal(told)
        except PhoneNumberError:
            return told.strip()
