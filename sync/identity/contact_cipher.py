"""Phone numbers at rest: cipher text to read them, a keyed hash to find them; both under keys from the settings."""

import base64
import hashlib
import hmac
import re
import unicodedata

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from sync import ids

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(0\d{2,3})?([2-9]\d{6,7})(x\d{1,6})?")
_SERVICE = re.compile(r"[48]00\d{7}")
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#)(?=\d)", re.IGNORECASE)
_AFTER_COUNTRY = re.compile(r"^(?:\+|00)86(?=\d)|^86(?=1[3-9]\d{9}$)")


class PhoneNumberError(ValueError):
    """The text is not a Chinese telephone number."""


class ContactKeyError(Exception):
    """None of the keys opens this cipher text, or a key is not a Fernet key."""


def normal(number: str) -> str:
    """A Chinese number in the form that is compared: `13812345678`, `05355642100`, `05355642100x801`, `4001234567`.

    Takes full-width digits, spaces, dashes, brackets, country code and extension. Raises PhoneNumberError.
    """
    plain = re.sub(r"[\s().·-]", "", unicodedata.normalize("NFKC", number).replace("—", "-").replace("–", "-"))
    plain = _EXTENSION.sub("x", plain)
    national = _AFTER_COUNTRY.sub("", plain, count=1)
    if _MOBILE.fullmatch(national) or _SERVICE.fullmatch(national):
        return national
    if national != plain and not national.startswith("0"):
        national = "0" + national
    if _LANDLINE.fullmatch(national):
        return national
    raise PhoneNumberError("不是有效的电话号码 / not a telephone number")


def new_key() -> str:
    """A fresh key for DOORSTEP_CONTACT_KEYS."""
    return base64.urlsafe_b64encode(ids.key()).decode()


class ContactCipher:
    """Seals with the newest key, opens with any. `keys` is the setting: Fernet keys, comma separated, newest first."""

    def __init__(self, keys: str) -> None:
        found = [key.strip() for key in keys.split(",") if key.strip()]
        try:
            self._fernets = [Fernet(key) for key in found]
            self._all = MultiFernet(self._fernets)
        except ValueError as error:
            raise ContactKeyError("DOORSTEP_CONTACT_KEYS needs Fernet keys: 32 bytes in URL-safe base64") from error
        self._hash_keys = [
            hmac.new(base64.urlsafe_b64decode(key), b"doorstep contact look-up", hashlib.sha256).digest()
            for key in found
        ]

    def seal(self, number: str) -> tuple[bytes, bytes]:
        """Cipher text and look-up hash (32 bytes) of a number. Raises PhoneNumberError."""
        plain = normal(number).encode()
        return self._fernets[0].encrypt(plain), hmac.new(self._hash_keys[0], plain, hashlib.sha256).digest()

    def wrap(self, told: str) -> bytes:
        """Cipher text of whatever somebody said a number was; it cannot be looked up."""
        return self._fernets[0].encrypt(told.encode())

    def open(self, cipher: bytes) -> str:
        """The number in its normal form. Raises ContactKeyError."""
        try:
            return self._all.decrypt(cipher).decode()
        except InvalidToken as error:
            raise ContactKeyError("no key of DOORSTEP_CONTACT_KEYS opens this number") from error

    def hashes(self, number: str) -> tuple[bytes, ...]:
        """The hashes under which a number may be found while keys are being rotated. Raises PhoneNumberError."""
        plain = normal(number).encode()
        return tuple(hmac.new(key, plain, hashlib.sha256).digest() for key in self._hash_keys)

    def is_newest(self, cipher: bytes) -> bool:
        """Whether the newest key sealed it."""
        try:
            self._fernets[0].decrypt(cipher)
        except InvalidToken:
            return False
        return True
