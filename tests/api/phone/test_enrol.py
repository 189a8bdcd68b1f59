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
def li(hire: Hire, village: Village) -> Known:
    """Cadre Li of the village."""
    return hire(Role.CADRE, village.village)


def code_for(house: House, known: Known, life: timedelta = timedelta(minutes=10)) -> str:
    code, _ = house.write(lambda session: devices.issue_code(session, known.id, clock.now(), life))
    return code


def enrol(client: FlaskClient, username: str, code: str, **more: Any) -> Any:
    phone = PHONE | ({"id": str(more.pop("id"))} if "id" in more else {})
    return client.post("/phone/v1/enrol", json={"username": username, "code": code, "device": phone} | more)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def me(client: FlaskClient, token: str) -> Any:
    return client.get("/phone/v1/me", headers=bearer(token))


def code_of(answer: Any) -> str | None:
    return answer.json.get("code")


def test_cadre_li_enrols_a_phone_with_a_code_and_is_recognised(client: FlaskClient, house: House, li: Known) -> None:
    answer = enrol(client, li.username, code_for(house, li))
    assert answer.status_code == 201
    assert answer.json["token"].startswith("ds_")
    assert len(base64.b64decode(answer.json["receipt_key"])) == 32
    assert answer.json["person"]["id"] == str(li.id)
    known = me(client, answer.json["token"]).json
    assert known["id"] == str(li.id)
    assert [role["role"] for role in known["roles"]] == ["cadre"]


def test_the_staff_number_does_as_well_as_the_user_name(client: FlaskClient, house: House, li: Known) -> None:
    assert enrol(client, f" {li.staff_no.lower()} ", code_for(house, li)).status_code == 201


def test_a_wrong_code_an_unknown_name_and_no_code_get_the_same_answer(
    client: FlaskClient, house: House, li: Known
) -> None:
    without = enrol(client, li.username, "12345678")
    code = code_for(house, li)
    wrong = enrol(client, li.username, f"{(int(code) + 1) % 10**8:08}")
    unknown = enrol(client, "nobody", code)
    assert without.json == wrong.json == unknown.json
    assert code_of(wrong) == "enrolment-failed"
    assert enrol(client, li.username, code).status_code == 201


def test_a_code_serves_once(client: FlaskClient, house: House, li: Known) -> None:
    code = code_for(house, li)
    assert enrol(client, li.username, code).status_code == 201
    assert code_of(enrol(client, li.username, code)) == "enrolment-failed"


def test_a_code_ends_after_ten_minutes_and_a_printed_one_after_its_hours(
    client: FlaskClient, house: House, li: Known
) -> None:
    code = code_for(house, li)
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        assert code_of(enrol(client, li.username, code)) == "enrolment-failed"
    printed = code_for(house, li, timedelta(hours=72))
    with clock.frozen(clock.now() + timedelta(hours=71)):
        assert enrol(client, li.username, printed).status_code == 201


def test_five_wrong_tries_end_a_code(client: FlaskClient, house: House, li: Known) -> None:
    code = code_for(house, li)
    for _ in range(5):
        enrol(client, li.username, f"{(int(code) + 1) % 10**8:08}")
    assert code_of(enrol(client, li.username, code)) == "enrolment-failed"


def test_a_new_code_voids_the_one_before(client: FlaskClient, house: House, li: Known) -> None:
    first, second = code_for(house, li), code_for(house, li)
    assert code_of(enrol(client, li.username, first)) == "enrolment-failed"
    assert enrol(client, li.username, second).status_code == 201


def test_a_third_phone_is_told_which_two_are_in_use(client: FlaskClient, house: House, li: Known) -> None:
    first = enrol(client, li.username, code_for(house, li)).json
    assert enrol(client, li.username, code_for(house, li)).status_code == 201
    code = code_for(house, li)
    third = enrol(client, li.username, code)
    assert code_of(third) == "too-many-devices"
    assert third.json["devices"][0]["id"] == first["device"]
    assert third.json["devices"][0]["model"] == "Redmi 12C"
    retire = UUID(first["device"])
    house.write(lambda session: devices.end_device(session, retire, DeviceState.RETIRED, clock.now()))
    assert enrol(client, li.username, code).status_code == 201


def test_one_code_used_at_the_same_time_makes_one_phone(app: Flask, house: House, li: Known) -> None:
    code = code_for(house, li)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: enrol(app.test_client(), li.username, code).status_code, range(4)))
    assert sorted(answers) == [201, 422, 422, 422]


def test_after_a_lost_answer_the_same_phone_asks_again_until_it_was_seen(
    client: FlaskClient, house: House, li: Known
) -> None:
    code, phone = code_for(house, li), ids.uuid7()
    lost = enrol(client, li.username, code, id=phone).json
    again = enrol(client, li.username, code, id=phone).json
    assert again["device"] == lost["device"] == str(phone)
    assert again["receipt_key"] == lost["receipt_key"]
    assert code_of(me(client, lost["token"])) == "token-unknown"
    assert me(client, again["token"]).status_code == 200
    assert code_of(enrol(client, li.username, code, id=phone)) == "enrolment-failed"


def test_after_months_offline_a_phone_logs_in_again_as_itself(client: FlaskClient, house: House, li: Known) -> None:
    phone = ids.uuid7()
    old = enrol(client, li.username, code_for(house, li), id=phone).json
    with clock.frozen(clock.now() + timedelta(days=91)):
        assert code_of(me(client, old["token"])) == "token-expired"
        new = enrol(client, li.username, code_for(house, li), id=phone).json
        assert new["device"] == str(phone)
        assert me(client, new["token"]).status_code == 200


def test_nobody_takes_the_phone_of_somebody_else(client: FlaskClient, house: House, li: Known, hire: Hire) -> None:
    phone = ids.uuid7()
    enrol(client, li.username, code_for(house, li), id=phone)
    wang = hire()
    assert code_of(enrol(client, wang.username, code_for(house, wang), id=phone)) == "enrolment-failed"


def test_a_token_slides_for_ninety_days_and_ends_after_four_hundred(
    client: FlaskClient, house: House, li: Known
) -> None:
    began = clock.now()
    token = enrol(client, li.username, code_for(house, li)).json["token"]
    for days in range(80, 400, 80):
        with clock.frozen(began + timedelta(days=days)):
            assert me(client, token).status_code == 200
    with clock.frozen(began + timedelta(days=401)):
        assert code_of(me(client, token)) == "token-expired"


def test_a_phone_is_noted_as_seen_at_most_once_an_hour(client: FlaskClient, house: House, li: Known) -> None:
    enrolled = enrol(client, li.username, code_for(house, li)).json
    began = clock.now()

    def seen_after(minutes: int) -> Any:
        with clock.frozen(began + timedelta(minutes=minutes)):
            me(client, enrolled["token"])
        return house.read(lambda session: session.get(devices.Device, UUID(enrolled["device"]))).seen_at

    first = seen_after(0)
    assert seen_after(59) == first
    assert seen_after(60) == first + timedelta(hours=1)


def test_a_lost_phone_is_told_to_wipe_itself_in_a_way_it_can_check(
    client: FlaskClient, house: House, li: Known
) -> None:
    enrolled = enrol(client, li.username, code_for(house, li)).json
    lost = UUID(enrolled["device"])
    for state in (DeviceState.RETIRED, DeviceState.LOST, DeviceState.RETIRED):
        house.write(lambda session, state=state: devices.end_device(session, lost, state, clock.now()))
    answer = me(client, enrolled["token"])
    assert (answer.status_code, code_of(answer)) == (401, "device-lost")
    [wipe] = answer.json["directives"]
    message = f"wipe\n{lost}\n{wipe['at']}".encode()
    mine = hmac.new(base64.b64decode(enrolled["receipt_key"]), message, hashlib.sha256).digest()
    assert wipe["signature"] == base64.b64encode(mine).decode()


def test_a_retired_phone_reads_nothing_any_more(client: FlaskClient, house: House, li: Known) -> None:
    enrolled = enrol(client, li.username, code_for(house, li)).json
    retired = UUID(enrolled["device"])
    house.write(lambda session: devices.end_device(session, retired, DeviceState.RETIRED, clock.now()))
    assert code_of(me(client, enrolled["token"])) == "device-closed"
    code = code_for(house, li)
    assert code_of(enrol(client, li.username, code, id=retired)) == "enrolment-failed"


def test_a_key_of_the_phone_is_kept_if_it_is_of_the_right_curve(client: FlaskClient, house: House, li: Known) -> None:
    def der(curve: ec.EllipticCurve) -> str:
        key = ec.generate_private_key(curve).public_key()
        return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()

    code = code_for(house, li)
    for wrong in (der(ec.SECP384R1()), "AAAA", "not base64"):
        answer = enrol(client, li.username, code, public_key=wrong)
        assert (code_of(answer), answer.json["pointer"]) == ("invalid", "/public_key")
    assert enrol(client, li.username, code, public_key=der(ec.SECP256R1())).status_code == 201


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
def test_without_a_good_token_there_is_no_answer(client: FlaskClient, headers: dict[str, str], code: str) -> None:
    answer = client.get("/phone/v1/me", headers={k: v.encode().decode("latin-1") for k, v in headers.items()})
    assert (answer.status_code, code_of(answer)) == (401, code)
