"""`doorstep keys`: telephone numbers under a new key, while the old one still opens and finds them."""

import re
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import ids
from sync.house import House
from sync.identity import rotation
from sync.identity.contact_cipher import ContactCipher, new_key
from sync.privacy.subjects import contacts_with
from sync.settings import Settings
from tests.api.cli.conftest import Run
from tests.factories.village import Village

NUMBERS = 501


@pytest.fixture(scope="module", autouse=True)
def numbers(opened: House, beigou: Village, settings: Settings) -> list[UUID]:
    """As many people of the home as do not fit on one page, under the key of the settings."""
    old, made = ContactCipher(settings.contact_keys), [ids.uuid7() for _ in range(NUMBERS)]

    def work(session: Session) -> None:
        for n, id_ in enumerate(made):
            sealed, digest = old.seal(f"1390000{n:04}")
            session.execute(
                text(
                    "INSERT INTO contact (id, place_id, name, phone_cipher, phone_hash) VALUES (:i, :p, '户主', :c, :h)"
                ),
                {"i": id_, "p": beigou.home, "c": sealed, "h": digest},
            )

    opened.write(work)
    return made


def found(opened: House, keys: str, number: str) -> list[UUID]:
    return [row.id for row in opened.read(lambda s: contacts_with(s, ContactCipher(keys).hashes(number)))]


def test_numbers_are_sealed_again_in_pieces_found_meanwhile_and_gone_on_with_after_a_stop(
    run: Run, opened: House, settings: Settings, numbers: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = run("keys", "new").output.strip()
    both = f"{made},{settings.contact_keys}"
    monkeypatch.setenv("DOORSTEP_CONTACT_KEYS", both)
    assert f"旧密钥 / under old keys {NUMBERS}" in run("keys", "status").output
    some = partial(rotation.rotate_some, cipher=ContactCipher(both), newest_key=made)
    assert not opened.write(some).is_done, "people who work here come first"
    half = opened.write(some)
    assert (half.looked, half.sealed, half.is_done) == (500, 500, False)
    for n in (0, 500):  # one under each key
        assert found(opened, both, f"1390000{n:04}") == [numbers[n]]
        assert re.search(str(numbers[n]), run("subject", "find", f"139 0000 {n:04}").output)
    rotated = run("keys", "rotate")
    assert rotated.exit_code == 0, rotated.output
    assert rotated.output.splitlines()[:1] == [f"{NUMBERS}/{NUMBERS},已重新加密 / sealed again {NUMBERS}"]
    assert "旧密钥可以从设置中去掉" in rotated.output
    again = run("keys", "rotate").output
    assert f"{NUMBERS}/{NUMBERS},已重新加密 / sealed again 0" in again
    monkeypatch.setenv("DOORSTEP_CONTACT_KEYS", made)
    assert "under old keys 0" in run("keys", "status").output
    assert found(opened, made, "13900000500") == [numbers[500]]
    assert run("subject", "find", "13811112222").exit_code == 1


def test_a_number_that_came_under_an_old_key_meanwhile_is_told(
    run: Run, opened: House, settings: Settings, beigou: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = new_key()
    current = opened.read(
        lambda s: s.scalar(text("SELECT value ->> 'mark' FROM installation WHERE key = 'contact_rotation'"))
    )
    assert current, "the rotation before"
    run("user", "add", "P001", "有电话", "--phone", "13812345678")
    monkeypatch.setenv("DOORSTEP_CONTACT_KEYS", f"{newest},{settings.contact_keys}")
    lost = run("keys", "rotate")
    assert lost.exit_code == 1, "numbers of the test before are under a key that is not given"
    assert "opens this number" in lost.output
    opened.write(lambda s: s.execute(text("DELETE FROM contact")))
    monkeypatch.setattr(rotation, "outdated", lambda *_: 1)
    late = run("keys", "rotate")
    assert late.exit_code == 1
    assert "又有 1 个号码用旧密钥写入" in late.output
