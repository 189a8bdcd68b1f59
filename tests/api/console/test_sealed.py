"""Sealed matters from the phone to the two officers who are named, and to nobody else."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from api.cli import doorstep
from sync import clock, ids
from sync.house import House
from sync.identity import officers, sealing
from sync.words import Role, SealedKind
from tests.api.conftest import Enter, Hire, Known
from tests.factories.handing import hand_in
from tests.factories.village import Village

WORDS = '{"text": "举报某站所收取好处费"}'
DISCIPLINE = SealedKind.DISCIPLINE.value


@dataclass
class Officer:
    """Somebody with the role, a browser and a private key."""

    known: Known
    caller: FlaskClient
    csrf: str
    private: dict[str, str]

    def post(self, path: str, **body: Any) -> Any:
        return self.caller.post(f"/console/v1/{path}", json=body, headers={"X-CSRF-Token": self.csrf})

    def put(self, path: str, **body: Any) -> Any:
        return self.caller.put(f"/console/v1/{path}", json=body, headers={"X-CSRF-Token": self.csrf})

    def get(self, path: str) -> Any:
        return self.caller.get(f"/console/v1/{path}")

    def take_seat(self, unit: UUID, *kinds: str) -> Any:
        public = sealing.public_of(self.private)
        return self.post("sealed/keys", unit=str(unit), kinds=kinds or [DISCIPLINE], public=public)


@pytest.fixture
def officer(app: Flask, hire: Hire, enter: Enter, beigou: Village) -> Callable[..., Officer]:
    def officer(role: Role = Role.SEALED_OFFICER, unit: UUID | None = None, curve: str = sealing.P256) -> Officer:
        caller, known = app.test_client(), hire(role, unit or beigou.county)
        return Officer(known, caller, enter(caller, known), sealing.new_key(curve))

    return officer


@pytest.fixture(autouse=True)
def nobody_is_named(opened: House) -> None:
    opened.write(lambda s: s.execute(text("DELETE FROM seal_key")))


def keys_for(opened: House, unit: UUID) -> Any:
    return opened.read(lambda s: officers.sets_for(s, [unit], clock.today()))[SealedKind.DISCIPLINE]


def hand_in_sealed(opened: House, beigou: Village, words: str = WORDS, **changes: Any) -> Any:
    """Li's phone seals a matter to the keys that it was told; (record, result)."""
    used = keys_for(opened, beigou.village)
    cipher = base64.b64encode(sealing.seal(words.encode(), used.keys)).decode()
    record = {
        "kind": "problem", "id": ids.uuid7(), "unit": beigou.village, "told": {"wall": clock.now()},
        "sealed": {"kind": DISCIPLINE, "key_id": used.key_id, "cipher": cipher},
    } | changes  # fmt: skip
    [result] = opened.write(lambda s: hand_in(s, beigou.phone_li, record))
    return record, result


def test_a_matter_is_sealed_to_two_officers_who_read_it_and_the_phone_forgets(
    officer: Callable[..., Officer], opened: House, beigou: Village
) -> None:
    qian, sun = officer(), officer(curve=sealing.X25519)
    for one in (qian, sun):
        assert one.take_seat(beigou.county).status_code == 201
    record, result = hand_in_sealed(opened, beigou)
    assert (result["state"], result["forget"]) == ("applied", True)
    [again] = opened.write(lambda s: hand_in(s, beigou.phone_li, record))
    assert (again["state"], again["forget"]) == ("duplicate", True), "told again, forgotten again"
    for one in (qian, sun):
        [shown] = [m for m in one.get("sealed").json["items"] if m["id"] == str(record["id"])]
        assert (shown["kind"], shown["for_me"], shown["unit"]["name"]) == (DISCIPLINE, True, "北沟村")
        assert "cipher" not in shown
        whole = one.get(f"sealed/{record['id']}").json
        assert sealing.unseal(base64.b64decode(whole["cipher"]), one.private).decode() == WORDS
    read = text("SELECT fields, duty, place_id FROM read_audit WHERE person_id = :p")
    found = opened.read(lambda s: s.execute(read, {"p": qian.known.id}).all())
    assert [tuple(row) for row in found] == [("sealed", f"sealed_officer/{record['id']}", None)]


def test_the_list_comes_in_pages_and_nothing_of_it_is_in_the_clear(
    officer: Callable[..., Officer], opened: House, beigou: Village
) -> None:
    qian = officer()
    qian.take_seat(beigou.county)
    for _ in range(3):
        hand_in_sealed(opened, beigou)
    first = qian.get("sealed?limit=2").json
    second = qian.get(f"sealed?limit=2&cursor={first['next']}").json
    assert len({one["id"] for one in first["items"] + second["items"]}) >= 3
    everything = text(
        "SELECT string_agg(CAST(x AS text), '') FROM (SELECT * FROM problem WHERE sealed_kind IS NOT NULL) x"
    )
    assert "好处费" not in opened.read(lambda s: s.scalar(everything))
    bodies = opened.read(lambda s: s.scalars(text("SELECT body FROM batch_body")).all())
    assert all("好处费".encode() not in body for body in bodies)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SEALED_OFFICER])
def test_another_role_learns_nothing_of_sealed_matters(
    officer: Callable[..., Officer], opened: House, beigou: Village, role: Role
) -> None:
    officer().take_seat(beigou.county)
    record, _ = hand_in_sealed(opened, beigou)
    other = officer(role)
    assert other.get("sealed").json["code"] == "forbidden"
    assert other.get(f"sealed/{record['id']}").status_code == 403
    again = other.put(f"sealed/{record['id']}/cipher", key_id="x", before="y", cipher="")
    assert again.status_code == 403
    assert other.take_seat(beigou.county).status_code == 403
    assert other.get("sealed/keys").status_code == (200 if role is Role.SECURITY_ADMIN else 403)


def test_an_officer_who_is_not_named_or_for_another_kind_or_unit_reads_nothing(
    officer: Callable[..., Officer], opened: House, beigou: Village
) -> None:
    officer().take_seat(beigou.county)
    record, _ = hand_in_sealed(opened, beigou)
    unnamed, other_kind, elsewhere = officer(), officer(), officer(unit=beigou.roads)
    other_kind.take_seat(beigou.county, SealedKind.POLITICS_LAW.value)
    elsewhere.take_seat(beigou.roads)
    for one in (unnamed, other_kind, elsewhere):
        assert one.get("sealed").json["items"] == []
        assert one.get(f"sealed/{record['id']}").status_code == 404
        assert one.put(f"sealed/{record['id']}/cipher", key_id="x", before="y", cipher="").status_code == 404
    assert elsewhere.take_seat(beigou.county).status_code == 403, "the role is held elsewhere"


def test_there_are_two_seats_and_no_third(officer: Callable[..., Officer], beigou: Village) -> None:
    one, two, three = officer(), officer(), officer()
    assert [each.take_seat(beigou.county).status_code for each in (one, two)] == [201, 201]
    assert three.take_seat(beigou.county).json["code"] == "seats-taken"
    assert three.take_seat(beigou.county, SealedKind.POLITICS_LAW.value).status_code == 201
    shown = one.get("sealed/keys").json
    assert {(s["kind"], s["complete"]) for s in shown["sets"]} == {(DISCIPLINE, True), ("politics_law", False)}
    assert sorted(key["seat"] for key in shown["items"]) == [1, 1, 2]
    assert all("d" not in key["public"] for key in shown["items"])


def test_a_wrong_key_takes_no_seat(officer: Callable[..., Officer], beigou: Village) -> None:
    one = officer()
    public = sealing.public_of(one.private)
    for wrong in (public | {"x": public["y"], "y": public["y"]}, {"kty": "OKP", "crv": "X25519", "x": "AAAA"}):
        answer = one.post("sealed/keys", unit=str(beigou.county), kinds=[DISCIPLINE], public=wrong)
        assert (answer.status_code, answer.json["code"]) == (422, "seal-key-invalid")
    asked = {"unit": str(beigou.county), "kinds": ["gossip"], "public": public}
    assert one.post("sealed/keys", **asked).status_code == 422


def test_a_key_is_rotated_old_matters_stay_readable_and_are_sealed_again_for_a_new_officer(
    officer: Callable[..., Officer], opened: House, beigou: Village, tmp_path: Path
) -> None:
    qian, leaving = officer(), officer()
    for one in (qian, leaving):
        one.take_seat(beigou.county)
    record, _ = hand_in_sealed(opened, beigou)
    before, old = keys_for(opened, beigou.village), qian.private
    qian.private = sealing.new_key()
    assert qian.take_seat(beigou.county).status_code == 201
    after = keys_for(opened, beigou.village)
    assert after.key_id != before.key_id
    assert len(after.keys) == 2, "the seat stays his"
    whole = qian.get(f"sealed/{record['id']}").json
    assert (whole["for_me"], whole["key_id"]) == (True, before.key_id)
    assert sealing.unseal(base64.b64decode(whole["cipher"]), old).decode() == WORDS

    [key] = [k for k in qian.get("sealed/keys").json["items"] if k["person"]["id"] == str(leaving.known.id)]
    boss = officer(Role.SECURITY_ADMIN)
    assert [boss.post(f"sealed/keys/{key['id']}/end").status_code for _ in range(2)] == [204, 204]
    new = officer()
    assert new.take_seat(beigou.county).status_code == 201
    [shown] = [m for m in new.get("sealed").json["items"] if m["id"] == str(record["id"])]
    assert shown["for_me"] is False
    used = next(s for s in qian.get("sealed/keys").json["sets"] if s["kind"] == DISCIPLINE)
    told = resealed(tmp_path, whole, old, used)
    path = f"sealed/{record['id']}/cipher"
    assert qian.put(path, **told | {"key_id": before.key_id}).json["code"] == "seal-key-unknown"
    assert qian.put(path, **told | {"cipher": "!"}).status_code == 422
    assert qian.put(path, **told | {"cipher": base64.b64encode(b"{}").decode()}).json["code"] == "seal-key-unknown"
    assert qian.put(path, **told).status_code == 204
    assert qian.put(path, **told).json["code"] == "conflict", "it was sealed to others before"
    read = new.get(f"sealed/{record['id']}").json
    assert read["for_me"] is True
    assert sealing.unseal(base64.b64decode(read["cipher"]), new.private).decode() == WORDS
    assert leaving.get("sealed").json["items"] == [], "whoever is named no more reads nothing"


def resealed(folder: Path, matter: dict[str, Any], private: dict[str, str], used: dict[str, Any]) -> dict[str, str]:
    """What `doorstep sealed again` makes on the officer's own machine."""
    files = {"matter": matter, "key": private, "to": used}
    for name, content in files.items():
        (folder / name).write_bytes(orjson.dumps(content))
    run = CliRunner().invoke(
        doorstep, ["sealed", "again", str(folder / "matter"), "--key", str(folder / "key"), "--to", str(folder / "to")]
    )
    assert run.exit_code == 0, run.output
    told: dict[str, str] = orjson.loads(run.output)
    return told


def test_keys_are_ended_by_their_officer_or_the_security_administrator_above(
    officer: Callable[..., Officer], beigou: Village
) -> None:
    one, other = officer(), officer()
    [key] = one.take_seat(beigou.county).json["items"]
    path = f"sealed/keys/{key['id']}/end"
    for stranger in (other, officer(Role.SECURITY_ADMIN, beigou.roads), officer(Role.UNIT_ADMIN)):
        assert stranger.post(path).json["code"] == "forbidden"
    assert one.post(path).status_code == 204
    assert one.get("sealed/keys").json["sets"] == []
    assert one.post(f"sealed/keys/{ids.uuid7()}/end").status_code == 404


def test_phones_are_not_told_the_key_of_somebody_whose_role_has_ended(
    officer: Callable[..., Officer], opened: House, beigou: Village
) -> None:
    one = officer()
    one.take_seat(beigou.county)
    assert len(keys_for(opened, beigou.village).keys) == 1
    end = text("UPDATE person_role SET valid = daterange('2020-01-01', '2020-02-01') WHERE person_id = :p")
    opened.write(lambda s: s.execute(end, {"p": one.known.id}))
    assert opened.read(lambda s: officers.sets_for(s, [beigou.village], clock.today())) == {}


def test_the_nearest_unit_with_officers_gets_the_reports(
    officer: Callable[..., Officer], opened: House, beigou: Village
) -> None:
    far, near = officer(), officer(unit=beigou.town)
    far.take_seat(beigou.county, DISCIPLINE, SealedKind.POLITICS_LAW.value)
    near.take_seat(beigou.town)
    sets = opened.read(lambda s: officers.sets_for(s, [beigou.village], clock.today()))
    assert sets[SealedKind.DISCIPLINE].unit_id == beigou.town
    assert sets[SealedKind.POLITICS_LAW].unit_id == beigou.county
    assert SealedKind.MINOR_OR_VIOLENCE not in sets
    assert (
        opened.read(lambda s: officers.sets_for(s, [beigou.roads], clock.today()))[SealedKind.DISCIPLINE].unit_id
        == beigou.county
    )
