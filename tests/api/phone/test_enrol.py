"""How a phone becomes known, and what its token opens."""

import base64
import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from flask.testing import FlaskClient

from sync import clock, ids
from sync.house import House
from sync.identity.actions import devices
from sync.words import DeviceState, Role
from tests.api.conftest import Hire, Known
from tests.factories.village import Village

PHONE = {"model": "Redmi 12C", "os": "Android 13", "app_version": "1.0.0"}


@pytest.fixture
def li(hire: Hire, beigou: Village) -> Known:
    """Cadre Li of the village."""
    return hire(Role.CADRE, beigou.village)


def code_for(opened: House, known: Known, life: timedelta = timedelta(minutes=10)) -> str:
    code, _ = opened.write(lambda session: devices.issue_code(session, known.id, clock.now(), life))
    return code


def enrol(caller: FlaskClient, username: str, code: str, **more: Any) -> Any:
    phone = PHONE | ({"id": str(more.pop("id"))} if "id" in more else {})
    return caller.post("/phone/v1/enrol", json={"username": username, "code": code, "device": phone} | more)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def me(caller: FlaskClient, token: str) -> Any:
    return caller.get("/phone/v1/me", headers=bearer(token))


def code_of(answer: Any) -> str | None:
    return answer.json.get("code")


def test_cadre_li_enrols_a_phone_with_a_code_and_is_recognised(caller: FlaskClient, opened: House, li: Known) -> None:
    answer = enrol(caller, li.username, code_for(opened, li))
    assert answer.status_code == 201
    assert answer.json["token"].startswith("ds_")
    assert len(base64.b64decode(answer.json["receipt_key"])) == 32
    assert answer.json["person"]["id"] == str(li.id)
    known = me(caller, answer.json["token"]).json
    assert known["id"] == str(li.id)
    assert [role["role"] for role in known["roles"]] == ["cadre"]


def test_the_staff_number_does_as_well_as_the_user_name(caller: FlaskClient, opened: House, li: Known) -> None:
    assert enrol(caller, f" {li.staff_no.lower()} ", code_for(opened, li)).status_code == 201


def test_a_wrong_code_an_unknown_name_and_no_code_get_the_same_answer(
    caller: FlaskClient, opened: House, li: Known
) -> None:
    without = enrol(caller, li.username, "12345678")
    code = code_for(opened, li)
    wrong = enrol(caller, li.username, f"{(int(code) + 1) % 10**8:08}")
    unknown = enrol(caller, "nobody", code)
    assert without.json == wrong.json == unknown.json
    assert code_of(wrong) == "enrolment-failed"
    assert enrol(caller, li.username, code).status_code == 201


def test_a_code_serves_once(caller: FlaskClient, opened: House, li: Known) -> None:
    code = code_for(opened, li)
    assert enrol(caller, li.username, code).status_code == 201
    assert code_of(enrol(caller, li.username, code)) == "enrolment-failed"


def test_a_code_ends_after_ten_minutes_and_a_printed_one_after_its_hours(
    caller: FlaskClient, opened: House, li: Known
) -> None:
    code = code_for(opened, li)
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        assert code_of(enrol(caller, li.username, code)) == "enrolment-failed"
    printed = code_for(opened, li, timedelta(hours=72))
    with clock.frozen(clock.now() + timedelta(hours=71)):
        assert enrol(caller, li.username, printed).status_code == 201


def test_five_wrong_tries_end_a_code(caller: FlaskClient, opened: House, li: Known) -> None:
    code = code_for(opened, li)
    for _ in range(5):
        enrol(caller, li.username, f"{(int(code) + 1) % 10**8:08}")
    assert code_of(enrol(caller, li.username, code)) == "enrolment-failed"


def test_a_new_code_voids_the_one_before(caller: FlaskClient, opened: House, li: Known) -> None:
    first, second = code_for(opened, li), code_for(opened, li)
    assert code_of(enrol(caller, li.username, first)) == "enrolment-failed"
    assert enrol(caller, li.username, second).status_code == 201


def test_a_third_phone_is_told_which_two_are_in_use(caller: FlaskClient, opened: House, li: Known) -> None:
    first = enrol(caller, li.username, code_for(opened, li)).json
    assert enrol(caller, li.username, code_for(opened, li)).status_code == 201
    code = code_for(opened, li)
    third = enrol(caller, li.username, code)
    assert code_of(third) == "too-many-devices"
    assert third.json["devices"][0]["id"] == first["device"]
    assert third.json["devices"][0]["model"] == "Redmi 12C"
    retire = UUID(first["device"])
    opened.write(lambda session: devices.end_device(session, retire, DeviceState.RETIRED, clock.now()))
    assert enrol(caller, li.username, code).status_code == 201


def test_one_code_used_at_the_same_time_makes_one_phone(app: Flask, opened: House, li: Known) -> None:
    code = code_for(opened, li)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: enrol(app.test_client(), li.username, code).status_code, range(4)))
    assert sorted(answers) == [201, 422, 422, 422]


def test_after_a_lost_answer_the_same_phone_asks_again_until_it_was_seen(
    caller: FlaskClient, opened: House, li: Known
) -> None:
    code, phone = code_for(opened, li), ids.uuid7()
    lost = enrol(caller, li.username, code, id=phone).json
    again = enrol(caller, li.username, code, id=phone).json
    assert again["device"] == lost["device"] == str(phone)
    assert again["receipt_key"] == lost["receipt_key"]
    assert code_of(me(caller, lost["token"])) == "token-unknown"
    assert me(caller, again["token"]).status_code == 200
    assert code_of(enrol(caller, li.username, code, id=phone)) == "enrolment-failed"


def test_after_months_offline_a_phone_logs_in_again_as_itself(caller: FlaskClient, opened: House, li: Known) -> None:
    phone = ids.uuid7()
    old = enrol(caller, li.username, code_for(opened, li), id=phone).json
    with clock.frozen(clock.now() + timedelta(days=91)):
        assert code_of(me(caller, old["token"])) == "token-expired"
        new = enrol(caller, li.username, code_for(opened, li), id=phone).json
        assert new["device"] == str(phone)
        assert me(caller, new["token"]).status_code == 200


def test_nobody_takes_the_phone_of_somebody_else(caller: FlaskClient, opened: House, li: Known, hire: Hire) -> None:
    phone = ids.uuid7()
    enrol(caller, li.username, code_for(opened, li), id=phone)
    wang = hire()
    assert code_of(enrol(caller, wang.username, code_for(opened, wang), id=phone)) == "enrolment-failed"


def test_a_token_slides_for_ninety_days_and_ends_after_four_hundred(
    caller: FlaskClient, opened: House, li: Known
) -> None:
    began = clock.now()
    token = enrol(caller, li.username, code_for(opened, li)).json["token"]
    for days in range(80, 400, 80):
        with clock.frozen(began + timedelta(days=days)):
            assert me(caller, token).status_code == 200
    with clock.frozen(began + timedelta(days=401)):
        assert code_of(me(caller, token)) == "token-expired"


def test_a_phone_is_noted_as_seen_at_most_once_an_hour(caller: FlaskClient, opened: House, li: Known) -> None:
    enrolled = enrol(caller, li.username, code_for(opened, li)).json
    began = clock.now()

    def seen_after(minutes: int) -> Any:
        with clock.frozen(began + timedelta(minutes=minutes)):
            me(caller, enrolled["token"])
        return opened.read(lambda session: session.get(devices.Device, UUID(enrolled["device"]))).seen_at

    first = seen_after(0)
    assert seen_after(59) == first
    assert seen_after(60) == first + timedelta(hours=1)


def test_a_lost_phone_is_told_to_wipe_itself_in_a_way_it_can_check(
    caller: FlaskClient, opened: House, li: Known
) -> None:
    enrolled = enrol(caller, li.username, code_for(opened, li)).json
    lost = UUID(enrolled["device"])
    for state in (DeviceState.RETIRED, DeviceState.LOST, DeviceState.RETIRED):
        opened.write(lambda session, state=state: devices.end_device(session, lost, state, clock.now()))
    answer = me(caller, enrolled["token"])
    assert (answer.status_code, code_of(answer)) == (401, "device-lost")
    [wipe] = answer.json["directives"]
    message = f"wipe\n{lost}\n{wipe['at']}".encode()
    mine = hmac.new(base64.b64decode(enrolled["receipt_key"]), message, hashlib.sha256).digest()
    assert wipe["signature"] == base64.b64encode(mine).decode()


def test_a_retired_phone_reads_nothing_any_more(caller: FlaskClient, opened: House, li: Known) -> None:
    enrolled = enrol(caller, li.username, code_for(opened, li)).json
    retired = UUID(enrolled["device"])
    opened.write(lambda session: devices.end_device(session, retired, DeviceState.RETIRED, clock.now()))
    assert code_of(me(caller, enrolled["token"])) == "device-closed"
    code = code_for(opened, li)
    assert code_of(enrol(caller, li.username, code, id=retired)) == "enrolment-failed"


def test_a_key_of_the_phone_is_kept_if_it_is_of_the_right_curve(caller: FlaskClient, opened: House, li: Known) -> None:
    def der(curve: ec.EllipticCurve) -> str:
        key = ec.generate_private_key(curve).public_key()
        return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()

    code = code_for(opened, li)
    for wrong in (der(ec.SECP384R1()), "AAAA", "not base64"):
        answer = enrol(caller, li.username, code, public_key=wrong)
        assert (code_of(answer), answer.json["pointer"]) == ("invalid", "/public_key")
    assert enrol(caller, li.username, code, public_key=der(ec.SECP256R1())).status_code == 201


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "unauthenticated"),
        ({"Authorization": "Basic eDp5"}, "unauthenticated"),
        ({"Authorization": "Bearer"}, "unauthenticated"),
        (bearer("ds_made_up"), "token-unknown"),
        (bearer("王"), "token-unknown"),
    ],
)
def test_without_a_good_token_there_is_no_answer(caller: FlaskClient, headers: dict[str, str], code: str) -> None:
    answer = caller.get("/phone/v1/me", headers={k: v.encode().decode("latin-1") for k, v in headers.items()})
    assert (answer.status_code, code_of(answer)) == (401, code)
