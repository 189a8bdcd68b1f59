"""Handing over a batch."""

import base64
import gzip
import hashlib
import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text

from api.phone.contract import EXAMPLE
from sync import clock, ids
from sync.house import House
from sync.intake import wire, wire_edits
from tests.api.phone.conftest import Phone
from tests.factories import batches
from tests.factories.village import Village

Work = Callable[[], Any]


@pytest.fixture
def batch(village: Village) -> tuple[UUID, bytes]:
    return batches.body([batches.visit(village, clock.now() - timedelta(hours=2), problems=[batches.problem()])])


def test_a_batch_is_acknowledged_with_a_receipt_that_verifies(phone: Phone, batch: tuple[UUID, bytes]) -> None:
    answer = phone.put(*batch)
    assert answer.status_code == 202
    told = answer.get_json()
    lines = "\n".join(["doorstep-receipt-1", told["batch"], told["sha256"], told["received_at"]])
    assert base64.b64decode(told["receipt"]) == hmac.digest(phone.key, lines.encode(), "sha256")
    assert told["sha256"] == hashlib.sha256(batch[1]).hexdigest()
    assert answer.headers["Location"].endswith(str(batch[0]))
    assert int(answer.headers["Retry-After"]) >= 1


def test_the_same_bytes_again_replay_the_state_and_the_receipt(
    phone: Phone, batch: tuple[UUID, bytes], work: Work, house: House
) -> None:
    first = phone.put(*batch).get_json()
    work()
    again = phone.put(*batch, zipped=False)
    assert again.status_code == 201
    assert again.get_json()["receipt"] == first["receipt"]
    assert again.get_json()["results"][0]["state"] == "applied"
    assert house.read(lambda s: s.scalar(text("SELECT count(*) FROM visit"))) == 1


def test_other_bytes_under_the_same_id_are_a_conflict_and_kept_aside(
    phone: Phone, batch: tuple[UUID, bytes], house: House
) -> None:
    phone.put(*batch)
    other = phone.put(batch[0], batch[1] + b" ")
    assert other.status_code == 409
    problem = other.get_json()
    assert (problem["code"], problem["retry"]) == ("batch-conflict", "never")
    assert problem["sha256"] == hashlib.sha256(batch[1]).hexdigest()
    stored, aside = house.read(
        lambda s: s.execute(text("SELECT y.body, c.body FROM batch_body y, batch_conflict c")).one()
    )
    assert (gzip.decompress(stored), gzip.decompress(aside)) == (batch[1], batch[1] + b" ")


def test_eight_identical_puts_at_once_are_one_batch(
    phone: Phone, batch: tuple[UUID, bytes], house: House, work: Work
) -> None:
    def put(_: int) -> int:
        client = phone.client.application.test_client()
        return Phone(client, phone.token, phone.device, phone.key).put(*batch).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(put, range(8))) <= {201, 202}
    work()
    assert house.read(lambda s: s.scalar(text("SELECT count(*) FROM errand WHERE job = 'apply_batch'"))) == 1
    assert house.read(lambda s: s.scalar(text("SELECT count(*) FROM visit"))) == 1


def test_prefer_wait_answers_with_the_results_when_somebody_works(
    phone: Phone, batch: tuple[UUID, bytes], work: Work
) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(phone.put, *batch, Prefer="respond-async, wait=5")
        while not waiting.done():
            work()
        answer = waiting.result()
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (201, "wait=5")


def test_without_a_worker_the_wait_ends_and_the_batch_is_acknowledged_all_the_same(
    phone: Phone, batch: tuple[UUID, bytes]
) -> None:
    assert phone.put(*batch, Prefer="wait=0").status_code == 202


@pytest.mark.parametrize("share", range(0, 16, 3))
def test_a_body_cut_anywhere_is_not_stored(phone: Phone, batch: tuple[UUID, bytes], share: int, house: House) -> None:
    data = gzip.compress(batch[1])
    answer = phone.client.put(
        f"/phone/v1/batches/{batch[0]}",
        input_stream=BytesIO(data[: len(data) * share // 16]),
        environ_overrides={"CONTENT_LENGTH": str(len(data))},
        headers=phone.auth | {"Content-Encoding": "gzip", "Doorstep-Body-SHA256": hashlib.sha256(batch[1]).hexdigest()},
    )
    assert answer.status_code == 400
    assert (answer.get_json()["code"], answer.get_json()["retry"]) == ("body-truncated", "same")
    assert house.read(lambda s: s.scalar(text("SELECT count(*) FROM batch"))) == 0


@pytest.mark.parametrize(
    ("headers", "data", "status", "code"),
    [
        ({"Doorstep-Body-SHA256": "00" * 32}, b"{}", 400, "body-hash-mismatch"),
        ({}, b"{}", 400, "bad-request"),
        ({"Doorstep-Body-SHA256": "zz" * 32}, b"{}", 400, "bad-request"),
        ({"Content-Encoding": "zstd", "Doorstep-Body-SHA256": "00" * 32}, b"{}", 415, "media-type"),
        ({"Content-Encoding": "gzip", "Doorstep-Body-SHA256": "00" * 32}, b"not gzip", 400, "bad-request"),
        (
            {"Content-Encoding": "gzip", "Doorstep-Body-SHA256": "00" * 32},
            gzip.compress(b"{}", mtime=0) + b"more",
            400,
            "bad-request",
        ),
        ({"Doorstep-Body-SHA256": "00" * 32}, b" " * 1_100_000, 413, "body-too-large"),
        (
            {"Content-Encoding": "gzip", "Doorstep-Body-SHA256": "00" * 32},
            gzip.compress(b" " * 9_000_000, mtime=0),
            413,
            "body-too-large",
        ),
    ],
)
def test_a_bad_body_gets_a_clear_problem(
    phone: Phone, headers: dict[str, str], data: bytes, status: int, code: str
) -> None:
    answer = phone.client.put(f"/phone/v1/batches/{ids.uuid7()}", data=data, headers=phone.auth | headers)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert answer.mimetype == "application/problem+json"


def test_an_unreadable_body_is_acknowledged_and_quarantined(phone: Phone, work: Work) -> None:
    batch = ids.uuid7()
    assert phone.put(batch, b"not json").status_code == 202
    work()
    told = phone.get(f"batches/{batch}").get_json()
    assert told["state"] == "quarantined"
    assert phone.put(batch, b"not json").status_code == 202


def test_a_newer_schema_is_parked(phone: Phone, work: Work) -> None:
    batch, json = batches.body([], schema=7)
    phone.put(batch, json)
    work()
    told = phone.get(f"batches/{batch}").get_json()
    assert (told["state"], told["upgrade"]) == ("parked", "required")


def test_what_became_of_a_batch_is_for_its_own_phone(
    phone: Phone, batch: tuple[UUID, bytes], phone_of: Callable[[UUID], Phone], village: Village
) -> None:
    phone.put(*batch)
    assert phone.get(f"batches/{batch[0]}").status_code == 200
    assert phone_of(village.chen).get(f"batches/{batch[0]}").status_code == 404


def test_a_phone_asks_which_batches_are_missing(phone: Phone, batch: tuple[UUID, bytes]) -> None:
    phone.put(*batch)
    lost = ids.uuid7()
    answer = phone.client.post(
        "/phone/v1/batches:missing", json={"ids": [str(batch[0]), str(lost)]}, headers=phone.auth
    )
    assert answer.get_json() == {"missing": [str(lost)]}


def test_gaps_in_the_numbers_of_batches_are_told(phone: Phone, work: Work) -> None:
    for number in (2, 5):
        phone.put(*batches.body([], device_seq=number))
    work()
    hello = phone.get("hello").get_json()
    assert hello["sequence_gaps"] == [{"first": 1, "last": 1}, {"first": 3, "last": 4}]
    assert hello["limits"]["records_max"] == 500
    assert hello["evidence"]["location"]["mode"] == "offered"
    assert hello["evidence"]["photos"]["days"] == 1095


def test_post_with_a_method_override_is_a_put(phone: Phone, batch: tuple[UUID, bytes]) -> None:
    answer = phone.client.post(
        f"/phone/v1/batches/{batch[0]}",
        data=batch[1],
        headers=phone.auth
        | {"X-HTTP-Method-Override": "PUT", "Doorstep-Body-SHA256": hashlib.sha256(batch[1]).hexdigest()},
    )
    assert answer.status_code == 202


def test_the_clocks_of_the_very_request_correct_a_phone_that_is_a_year_off(
    phone: Phone, village: Village, work: Work, house: House
) -> None:
    wrong = clock.now() - timedelta(days=365)
    visit = batches.visit(village, wrong - timedelta(hours=2), fixes=[])
    batch, json = batches.body([visit], sent={"at": wrong})
    assert phone.put(batch, json, Doorstep_Clock=f"at={wrong.isoformat()}").status_code == 202
    work()
    started = house.read(lambda s: s.scalar(text("SELECT started_at FROM visit")))
    assert abs((clock.now() - timedelta(hours=2) - started).total_seconds()) < 60
    assert phone.put(ids.uuid7(), json, Doorstep_Clock="yesterday").status_code == 400


def test_the_example_of_the_document_is_a_batch() -> None:
    assert len(wire.decode_envelope(orjson.dumps(EXAMPLE)).records) == 11
    kinds = [wire.kind_of(wire.decode_record(orjson.dumps(record))).value for record in EXAMPLE["records"]]
    others = ["answer", "attestation", "life_event", "commitment_kept", "absence", "co_visit"]
    assert kinds == ["visit", *others, *["place_edit"] * 4]
    edits = [wire.decode_record(orjson.dumps(record)) for record in EXAMPLE["records"][7:]]
    assert [wire_edits.fault(one) for one in edits if isinstance(one, wire_edits.PlaceEditRecord)] == [None] * 4


def test_a_full_store_refuses_and_the_phone_keeps_its_copy(
    phone: Phone, batch: tuple[UUID, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.storage.LocalBlobs.free_share", lambda _: 0.01)
    assert phone.put(*batch).status_code == 507
