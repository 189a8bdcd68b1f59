"""Sealed to two officers: each opens it, nobody else does, and it is what RFC 7516 and 7518 say."""

import base64
from typing import Any

import orjson
import pytest

from sync.identity import sealing
from sync.identity.sealing import P256, X25519, SealError

WORDS = "举报某站所收取好处费".encode()


def pair(curve: str, kid: str) -> tuple[dict[str, str], dict[str, str]]:
    private = sealing.new_key(curve)
    return private, sealing.public_of(private) | {"kid": kid}


@pytest.mark.parametrize("curves", [(P256, P256), (X25519, X25519), (P256, X25519)])
def test_each_of_two_officers_opens_it_whatever_the_curves(curves: tuple[str, str]) -> None:
    (one, public_one), (other, public_other) = (pair(curve, str(n)) for n, curve in enumerate(curves))
    cipher = sealing.seal(WORDS, [public_one, public_other])
    assert sealing.unseal(cipher, one) == sealing.unseal(cipher, other) == WORDS
    assert sealing.recipients(cipher) == ["0", "1"]
    assert "举报".encode() not in cipher
    assert sealing.seal(WORDS, [public_one]) != sealing.seal(WORDS, [public_one]), "never twice alike"


@pytest.mark.parametrize("curve", [P256, X25519])
def test_nobody_else_opens_it(curve: str) -> None:
    _, public = pair(curve, "1")
    cipher = sealing.seal(WORDS, [public])
    for stranger in (sealing.new_key(P256), sealing.new_key(X25519)):
        with pytest.raises(SealError, match="not sealed to this key"):
            sealing.unseal(cipher, stranger)


def changed(cipher: bytes, name: str) -> bytes:
    document = orjson.loads(cipher)
    raw = bytearray(base64.urlsafe_b64decode(document[name] + "=="))
    raw[0] ^= 1
    document[name] = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
    return orjson.dumps(document)


@pytest.mark.parametrize("part", ["ciphertext", "tag", "iv", "protected"])
def test_a_changed_bit_is_found_out(part: str) -> None:
    private, public = pair(P256, "1")
    with pytest.raises(SealError, match="no sealed matter"):
        sealing.unseal(changed(sealing.seal(WORDS, [public]), part), private)


@pytest.mark.parametrize(
    "cipher", [b"", b"sealed", b"[]", b"{}", b'{"recipients": 1, "ciphertext": "", "tag": ""}', b"\xff"]
)
def test_what_is_no_sealed_matter_is_told_and_names_no_recipient(cipher: bytes) -> None:
    with pytest.raises(SealError):
        sealing.unseal(cipher, sealing.new_key())
    assert sealing.recipients(cipher) == []


GOOD = sealing.public_of(sealing.new_key())
OFF_CURVE = GOOD | {"y": GOOD["x"]}
LOW_ORDER = {"kty": "OKP", "crv": X25519, "x": base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")}


@pytest.mark.parametrize(
    "jwk",
    [
        {}, {"kty": "RSA", "crv": "x"}, {"kty": "EC", "crv": "P-384"}, GOOD | {"x": "AA"}, GOOD | {"x": 5}, OFF_CURVE,
        LOW_ORDER, {"kty": "OKP", "crv": "Ed25519", "x": LOW_ORDER["x"]},
    ],
)  # fmt: skip
def test_what_is_no_public_key_is_refused(jwk: dict[str, Any]) -> None:
    with pytest.raises(SealError):
        sealing.public_of(jwk)


def test_a_public_key_loses_its_secret_and_whatever_else_it_came_with() -> None:
    private = sealing.new_key() | {"use": "enc"}
    assert sealing.public_of(private).keys() == {"kty", "crv", "x", "y"}


def test_the_wrapping_key_is_that_of_rfc_7518_appendix_c() -> None:
    def numbers(x: str, y: str, d: str) -> dict[str, str]:
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "d": d}

    alice = numbers(
        "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0", "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
        "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo",
    )  # fmt: skip
    bob = numbers(
        "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ", "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
        "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw",
    )  # fmt: skip
    shared = sealing.agreed(alice, bob)
    assert shared == sealing.agreed(bob, alice)
    derived = sealing.derived(shared, "A128GCM", 16, b"Alice", b"Bob")
    assert base64.urlsafe_b64encode(derived).decode().rstrip("=") == "VqqN6vgjbSBcIijNcacQGg"


def test_a_set_of_keys_has_one_name_in_any_order() -> None:
    assert sealing.key_id(["b", "a"]) == sealing.key_id(["a", "b"]) != sealing.key_id(["a"])
    assert len(sealing.key_id(["a"])) == 16
