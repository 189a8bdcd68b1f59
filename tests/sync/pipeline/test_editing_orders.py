"""Edits of three cadres in any order and any parts: nothing told is lost, the same is asked of a person,
and the same decisions give the same registry."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.access import Actor, HeldRole
from sync.pipeline.edit_deciding import Choice, decide_field
from sync.words import Role, Taking
from tests.factories.edits import NUMBERS, add_contact, edit, hand_in, link, number_of, stands
from tests.factories.village import Village, found

NUMBERS_TOLD = ["13800000001", "13800000002", "13800000003"]
TEXTS = {
    "address": ["", "村西", "村东"],
    "name": ["北沟村1号", "张家", "李家"],
    "residence": ["here", "moved_away", "dissolved"],
}
TOLD = st.lists(
    st.tuples(
        st.sampled_from(["address", "name", "residence", "phone"]), st.integers(0, 2), st.integers(0, 2),
        st.sampled_from(["li", "chen", "zhang"]), st.integers(1, 6),
    ),
    min_size=1, max_size=6,
)  # fmt: skip


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """Whatever happens here never happened."""
    nested = session.begin_nested()
    try:
        yield
    finally:
        nested.rollback()
        session.info.clear()


def record(village: Village, contact: UUID, drawn: tuple[str, int, int, str, int]) -> dict[str, Any]:
    field, old, new, _, ago = drawn
    values = NUMBERS_TOLD if field == "phone" else TEXTS[field]
    more = {"contact": contact} if field == "phone" else {}
    return edit(village.home, field, values[old], values[new], ago=10 * ago, **more)


def waiting(session: Session) -> set[str]:
    return set(session.scalars(text("SELECT field FROM edited_field WHERE open_since IS NOT NULL")))


def decide_all(session: Session, village: Village) -> None:
    """A person says what is right: for each field the last value of its list."""
    office = text("UPDATE programme SET office_id = :o")
    session.execute(office, {"o": village.waterworks})
    actor = Actor(
        ids.uuid7(), (HeldRole(Role.VERIFIER, village.town), HeldRole(Role.PROGRAMME_OFFICE, village.waterworks))
    )
    for row in session.execute(text("SELECT id, field, rev FROM edited_field WHERE open_since IS NOT NULL")).all():
        value = NUMBERS_TOLD[2] if row.field == "phone" else TEXTS[row.field][2]
        choice = Choice(id=ids.uuid7(), rev=row.rev, taking=Taking.OTHER, value=value)
        decide_field(session, actor, row.id, choice, NUMBERS, clock.now())


def registry(session: Session, village: Village, contact: UUID) -> dict[str, Any]:
    said = {field: stands(session, village.home, field) for field in TEXTS}
    return said | {"phone": number_of(session, contact), "state": stands(session, village.home, "state")}


def kept(session: Session) -> set[tuple[UUID, Any, Any]]:
    """Every telling with its values, numbers opened."""
    rows = session.execute(text("SELECT id, old, new, old_cipher, new_cipher FROM place_edit")).all()
    opened = {row.id: [cipher and NUMBERS.open(bytes(cipher)) for cipher in row[3:]] for row in rows}
    return {(row.id, row.old or opened[row.id][0] or "", row.new or opened[row.id][1] or "") for row in rows}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TOLD, st.data())
def test_any_order_and_any_parts_lose_nothing_ask_the_same_and_end_the_same(
    session: Session, village: Village, drawn: list[tuple[str, int, int, str, int]], data: st.DataObject
) -> None:
    with undone(session):
        contact = add_contact(session, village.home, number=NUMBERS_TOLD[0])
        link(session, village, village.chen, village.home)
        phones = {"li": village.phone_li, "chen": village.phone_chen, "zhang": stranger(session, village)}
        told = [(phones[one[3]], record(village, contact, one)) for one in drawn]
        ends = []
        for order in (told, data.draw(st.permutations(told))):
            with undone(session):
                come(session, order, data.draw(st.booleans()))
                assert kept(session) == {(r["id"], r["old"], r["new"]) for _, r in told}
                asked, before = waiting(session), registry(session, village, contact)
                decide_all(session, village)
                assert waiting(session) == set()
                assert kept(session) == {(r["id"], r["old"], r["new"]) for _, r in told}
                settled = {field: value for field, value in before.items() if field not in asked | {"state"}}
                ends.append((asked, settled, registry(session, village, contact)))
        assert ends[0] == ends[1]


def come(session: Session, told: Sequence[tuple[UUID, dict[str, Any]]], together: bool) -> None:
    """Hand all in one by one, or what follows each other from one phone as one batch."""
    batch: list[dict[str, Any]] = []
    for n, (phone, one) in enumerate(told):
        batch.append(one)
        if not together or n + 1 == len(told) or told[n + 1][0] != phone:
            states = {result["state"] for result in hand_in(session, phone, *batch)}
            assert states <= {"applied", "conflict"}
            batch = []


def stranger(session: Session, village: Village) -> UUID:
    """A phone of a cadre of the village who is not linked to the home."""
    from tests.factories.village import add_phone

    person, device = ids.uuid7(), ids.uuid7()
    session.execute(
        text("INSERT INTO person (id, staff_no, name) VALUES (:i, :s, '张')"), {"i": person, "s": ids.digits(8)}
    )
    session.execute(
        text("INSERT INTO person_role (id, person_id, unit_id, role) VALUES (:i, :p, :u, 'cadre')"),
        {"i": ids.uuid7(), "p": person, "u": village.village},
    )
    add_phone(session, device, person)
    return device
