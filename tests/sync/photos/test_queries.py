"""Photos that stand in two visits, and what EXIF tells."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import ids
from sync.photos.marks import mark
from sync.photos.queries import Reuse, reuse, told_by_exif
from sync.policy import defaults
from tests.factories.stored import StoredVisit, photo
from tests.factories.village import Village, found

PHOTOS = defaults().photos
NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)
HASH = 0x123456789ABCDEF
FAR = ~HASH
FIVE_OFF = HASH ^ 0b11111
NEGATIVE = -(1 << 63) | HASH  # one bit off, and negative as half of all hashes are


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


def sha(n: int) -> bytes:
    return bytes([n]) * 32


def look(session: Session, *visits: StoredVisit) -> list[Reuse]:
    mark(session, [visit.id for visit in visits])
    return reuse(session, [visit.id for visit in visits], PHOTOS)


def pair(
    session: Session, village: Village, one: int, other: int, days: float = 1, **elsewhere: Any
) -> tuple[StoredVisit, StoredVisit, list[Reuse]]:
    """A visit, and one some days later with a picture of another hash; what is found for the later one."""
    first = StoredVisit(NOON).put(session, village)
    second = StoredVisit(NOON + timedelta(days=days), **elsewhere).put(session, village)
    photo(session, first, sha(1), one)
    photo(session, second, sha(2), other)
    mark(session, [first.id])
    return first, second, look(session, second)


def place(session: Session, village: Village, unit: UUID | None = None) -> UUID:
    id_ = ids.uuid7()
    session.execute(
        text("INSERT INTO place (id, kind, unit_id, name, state) VALUES (:id, 'household', :unit, '户', 'active')"),
        {"id": id_, "unit": unit or village.village},
    )
    return id_


def test_the_same_bytes_are_found_anywhere_and_any_time(session: Session, village: Village) -> None:
    first = StoredVisit(NOON).put(session, village)
    elsewhere = place(session, village, village.town)
    later = NOON + timedelta(days=4000)
    second = StoredVisit(later, elsewhere, village.chen, village.town).put(session, village)
    one, other = photo(session, first, sha(1)), photo(session, second, sha(1))
    assert look(session, second) == [Reuse(second.id, other, first.id, one, True, 0, True)]
    assert look(session, first) == [Reuse(first.id, one, second.id, other, True, 0, False)]
    assert len(look(session, first, second)) == 2


def test_who_only_quotes_a_hash_brings_the_other_under_no_suspicion(session: Session, village: Village) -> None:
    honest = StoredVisit(NOON).put(session, village)
    quoting = StoredVisit(NOON, recorder=village.chen).put(session, village)
    photo(session, honest, sha(1), HASH)
    photo(session, quoting, sha(1), HASH, present=False)
    assert look(session, honest, quoting) == []


def test_a_photo_of_a_problem_is_no_evidence_of_a_visit(session: Session, village: Village) -> None:
    first, second = (StoredVisit(NOON + timedelta(hours=n)).put(session, village) for n in range(2))
    photo(session, first, sha(1), HASH)
    photo(session, second, sha(1), HASH, problem=ids.uuid7())
    assert look(session, first, second) == []
    assert session.execute(told_by_exif([second.id])).all() == []


def test_two_photos_of_one_visit_may_resemble_each_other(session: Session, village: Village) -> None:
    visit = StoredVisit(NOON).put(session, village)
    photo(session, visit, sha(1), HASH)
    photo(session, visit, sha(2), HASH)
    photo(session, visit, sha(1), HASH)
    assert look(session, visit) == []


@pytest.mark.parametrize("other", [HASH, FIVE_OFF, NEGATIVE])
def test_similar_pictures_of_one_cadre_are_found_with_the_bits_they_differ_in(
    session: Session, village: Village, other: int
) -> None:
    first, _, found = pair(session, village, HASH, other)
    bits = (HASH ^ other & (1 << 64) - 1).bit_count() if other != NEGATIVE else 1
    assert [(one.other_visit_id, one.exact, one.bits) for one in found] == [(first.id, False, bits)]


@pytest.mark.parametrize("other", [HASH ^ 0b1111111, FAR, HASH ^ (0b1111111 << 57)])
def test_pictures_that_differ_in_more_bits_are_not_similar(session: Session, village: Village, other: int) -> None:
    assert pair(session, village, HASH, other if other < 1 << 63 else other - (1 << 64))[2] == []


@pytest.mark.parametrize("cropped_first", [True, False])
def test_a_picture_is_found_by_the_middle_of_its_original(
    session: Session, village: Village, cropped_first: bool
) -> None:
    original, copy = {"inner_dhash": FIVE_OFF}, {"inner_dhash": None}
    first, second = (StoredVisit(NOON + timedelta(days=day)).put(session, village) for day in (0, 1))
    photo(session, first, sha(1), HASH if cropped_first else FAR, **(copy if cropped_first else original))
    photo(session, second, sha(2), FAR if cropped_first else HASH, **(original if cropped_first else copy))
    mark(session, [first.id])
    assert [(one.other_visit_id, one.exact, one.bits) for one in look(session, second)] == [(first.id, False, 5)]


@pytest.mark.parametrize(
    ("days", "who", "where", "is_found"),
    [
        (364, "li", "village", True),
        (-364, "li", "village", True),
        (366, "li", "town", False),
        (364, "li", "town", True),
        (179, "chen", "village", True),
        (181, "chen", "village", False),
        (179, "chen", "town", False),
        (4000, "chen", "home", True),
    ],
)
def test_the_circle_is_the_cadres_year_the_units_half_year_and_the_place_always(
    session: Session, village: Village, days: int, who: str, where: str, is_found: bool
) -> None:
    unit = village.town if where == "town" else village.village
    at = village.home if where == "home" else place(session, village, unit)
    _, _, found = pair(
        session, village, HASH, FIVE_OFF, days, recorder=getattr(village, who), unit=unit, place=at
    )  # fmt: skip
    assert bool(found) is is_found


def test_two_records_of_one_visit_are_not_two_visits(session: Session, village: Village) -> None:
    first = StoredVisit(NOON).put(session, village)
    again, third = (StoredVisit(NOON + timedelta(minutes=n)).put(session, village) for n in (1, 2))
    for visit in (first, again, third):
        photo(session, visit, sha(1), HASH)
    for child in (again, third):
        session.execute(
            text(
                "INSERT INTO same_visit (id, child_id, parent_id, kind, method, at)"
                " VALUES (:id, :child, :parent, 'repeat', 'photo', :at)"
            ),
            {"id": ids.uuid7(), "child": child.id, "parent": first.id, "at": NOON},
        )
    assert look(session, first, again, third) == []
    session.execute(text("UPDATE same_visit SET undone_at = :at WHERE child_id = :id"), {"at": NOON, "id": third.id})
    assert {found.other_visit_id for found in look(session, third)} == {first.id, again.id}


def test_of_a_picture_that_is_everywhere_a_bounded_number_is_told(session: Session, village: Village) -> None:
    visits = [StoredVisit(NOON + timedelta(hours=n)).put(session, village) for n in range(60)]
    for n, visit in enumerate(visits):
        photo(session, visit, sha(1), HASH)
        photo(session, visit, bytes([2, n]) * 16, FAR)
    mark(session, [visit.id for visit in visits])
    assert len(reuse(session, [visits[0].id], PHOTOS)) == 100


def test_marking_twice_is_harmless_and_a_mark_follows_a_merged_place(session: Session, village: Village) -> None:
    visit = StoredVisit(NOON, village.unmapped).put(session, village)
    photo(session, visit, sha(1), HASH)
    photo(session, visit, sha(2), None)
    photo(session, visit, sha(3), HASH, present=False)
    for _ in range(2):
        mark(session, [visit.id])
    assert session.scalars(text("SELECT place_id FROM photo_mark")).all() == [village.unmapped]
    session.execute(
        text("UPDATE place SET state = 'merged', merged_into_id = :home WHERE id = :id"),
        {"home": village.home, "id": village.unmapped},
    )
    mark(session, [visit.id])
    assert session.scalars(text("SELECT place_id FROM photo_mark")).all() == [village.home]
    mark(session, [])
    assert reuse(session, [], PHOTOS) == []


def test_what_exif_tells_of_the_photos_of_visits(session: Session, village: Village) -> None:
    visit, other = (StoredVisit(NOON).put(session, village) for _ in range(2))
    timed = photo(session, visit, sha(1), taken_at=NOON)
    placed = photo(session, visit, sha(2), lon=120.7, lat=37.8)
    photo(session, visit, sha(3))
    photo(session, visit, sha(4), present=False, taken_at=NOON)
    photo(session, other, sha(5), taken_at=NOON)
    rows = session.execute(told_by_exif([visit.id])).all()
    assert [tuple(row) for row in rows] == [(visit.id, timed, NOON, None, None), (visit.id, placed, None, 120.7, 37.8)]


def test_it_asks_once_however_many_visits_there_are(session: Session, village: Village) -> None:
    from sqlalchemy import event

    visits = [StoredVisit(NOON).put(session, village) for _ in range(20)]
    for n, visit in enumerate(visits):
        photo(session, visit, sha(n), HASH)
    statements: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *told: statements.append(told[2]))
    look(session, *visits)
    assert len(statements) == 2
