"""Sealed matters as they travel: encrypted on the phone to two officers' public keys, opened in an officer's browser.

A JWE in its general JSON form (RFC 7516): A256GCM for the text, its key wrapped for each officer by ECDH-ES+A256KW
(RFC 7518, 4.6) over P-256 or X25519 (RFC 8037), which every browser's WebCrypto can do. The server only keeps it. What
is here opens and seals for the `doorstep` command and for tests, with the same words.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from sync import ids

Jwk = Mapping[str, Any]
Public = ec.EllipticCurvePublicKey | x25519.X25519PublicKey
Private = ec.EllipticCurvePrivateKey | x25519.X25519PrivateKey
WRAPPING, TYPE, KEY_BYTES, IV_BYTES, TAG_BYTES = "ECDH-ES+A256KW", "doorstep-sealed-1", 32, 12, 16
P256, X25519 = "P-256", "X25519"


class SealError(Exception):
    """A key is no key, or none of the keys opens the cipher text."""


def key_id(kids: Sequence[str]) -> str:
    """The name of a set of keys: 16 hex digits of SHA-256 over their ids, sorted and joined by commas."""
    return hashlib.sha256(",".join(sorted(kids)).encode()).hexdigest()[:16]


def new_key(curve: str = P256) -> dict[str, str]:
    """A fresh private key as JWK (its `d` is the secret)."""
    private = ec.generate_private_key(ec.SECP256R1()) if curve == P256 else x25519.X25519PrivateKey.generate()
    return _jwk(private.public_key()) | {"d": _b64(_secret(private))}


def public_of(jwk: Jwk) -> dict[str, str]:
    """The public members of a key, checked: a point of P-256, or one of X25519 that agrees. Raises SealError."""
    public = _public(jwk)
    try:
        _agreed(_like(public), public)
    except ValueError as error:  # a point of low order
        raise SealError("不是有效的公钥 / not a public key") from error
    return _jwk(public)


def seal(text: bytes, keys: Sequence[Jwk]) -> bytes:
    """Encrypt to these public keys (JWK with `kid`). Raises SealError for what is no key."""
    content_key, iv = ids.key(), ids.key()[:IV_BYTES]
    protected = _b64(orjson.dumps({"enc": "A256GCM", "typ": TYPE}))
    recipients = []
    for jwk in keys:
        public = _public(jwk)
        ephemeral = _like(public)
        wrapped = aes_key_wrap(_agreed(ephemeral, public), content_key)
        header = {"kid": jwk["kid"], "epk": _jwk(ephemeral.public_key())}
        recipients.append({"header": header, "encrypted_key": _b64(wrapped)})
    sealed = AESGCM(content_key).encrypt(iv, text, protected.encode())
    return orjson.dumps({
        "protected": protected,
        "unprotected": {"alg": WRAPPING},
        "recipients": recipients,
        "iv": _b64(iv),
        "ciphertext": _b64(sealed[:-TAG_BYTES]),
        "tag": _b64(sealed[-TAG_BYTES:]),
    })  # fmt: skip


def recipients(cipher: bytes) -> list[str]:
    """The ids of the keys that a cipher text says it was sealed to; none if it is no such thing."""
    try:
        return [str(one["header"]["kid"]) for one in orjson.loads(cipher)["recipients"]]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []


def unseal(cipher: bytes, private: Jwk) -> bytes:
    """The text, by a private key (JWK with `d`), whichever of the recipients it is. Raises SealError."""
    try:
        jwe = orjson.loads(cipher)
        sealed = _bytes(jwe["ciphertext"]) + _bytes(jwe["tag"])
        key = _private(private)
        for one in jwe["recipients"]:
            content_key = _unwrapped(one, key)
            if content_key:
                return AESGCM(content_key).decrypt(_bytes(jwe["iv"]), sealed, jwe["protected"].encode())
    except (ValueError, TypeError, KeyError, AttributeError, InvalidTag) as error:
        raise SealError("不是有效的密件 / this is no sealed matter") from error
    raise SealError("不是用这把密钥加密的 / it was not sealed to this key")


def _unwrapped(recipient: Jwk, private: Private) -> bytes | None:
    public = _public(recipient["header"]["epk"])
    if isinstance(public, ec.EllipticCurvePublicKey) is not isinstance(private, ec.EllipticCurvePrivateKey):
        return None
    try:
        return aes_key_unwrap(_agreed(private, public), _bytes(recipient["encrypted_key"]))
    except InvalidUnwrap:
        return None


def agreed(private: Jwk, public: Jwk) -> bytes:
    """What a private and a public key agree on (RFC 7518, 4.6: Z). Raises SealError."""
    return _exchanged(_private(private), _public(public))


def _exchanged(private: Private, public: Public) -> bytes:
    if isinstance(private, ec.EllipticCurvePrivateKey):
        assert isinstance(public, ec.EllipticCurvePublicKey)
        return private.exchange(ec.ECDH(), public)
    assert isinstance(public, x25519.X25519PublicKey)
    return private.exchange(public)


def _agreed(private: Private, public: Public) -> bytes:
    """The key that wraps, with empty party infos."""
    return derived(_exchanged(private, public), WRAPPING, KEY_BYTES)


def derived(shared: bytes, algorithm: str, length: int, sender: bytes = b"", receiver: bytes = b"") -> bytes:
    """`length` bytes of Concat KDF with SHA-256 over what two keys agreed on (RFC 7518, 4.6.2)."""
    other = _sized(algorithm.encode()) + _sized(sender) + _sized(receiver) + (length * 8).to_bytes(4, "big")
    return ConcatKDFHash(SHA256(), length, other).derive(shared)


def _sized(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part


def _like(public: Public) -> Private:
    if isinstance(public, ec.EllipticCurvePublicKey):
        return ec.generate_private_key(ec.SECP256R1())
    return x25519.X25519PrivateKey.generate()


def _public(jwk: Jwk) -> Public:
    try:
        match jwk["kty"], jwk["crv"]:
            case "EC", "P-256":
                x, y = (int.from_bytes(_sure(jwk[name]), "big") for name in "xy")
                return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
            case "OKP", "X25519":
                return x25519.X25519PublicKey.from_public_bytes(_sure(jwk["x"]))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SealError("不是有效的公钥 / not a public key") from error
    raise SealError("只支持 P-256 和 X25519 / only P-256 and X25519")


def _private(jwk: Jwk) -> Private:
    if isinstance(_public(jwk), x25519.X25519PublicKey):
        return x25519.X25519PrivateKey.from_private_bytes(_sure(jwk["d"]))
    return ec.derive_private_key(int.from_bytes(_sure(jwk["d"]), "big"), ec.SECP256R1())


def _secret(private: Private) -> bytes:
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.private_numbers().private_value.to_bytes(KEY_BYTES, "big")
    return private.private_bytes_raw()


def _jwk(public: Public) -> dict[str, str]:
    if isinstance(public, x25519.X25519PublicKey):
        return {"kty": "OKP", "crv": X25519, "x": _b64(public.public_bytes_raw())}
    numbers = public.public_numbers()
    x, y = (_b64(number.to_bytes(KEY_BYTES, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": P256, "x": x, "y": y}


def _sure(text: str) -> bytes:
    """Exactly 32 bytes."""
    raw = _bytes(text)
    if len(raw) != KEY_BYTES:
        raise ValueError("32 bytes")
    return raw


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
