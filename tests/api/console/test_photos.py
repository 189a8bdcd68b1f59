"""Who may look at which picture, and what a browser gets."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text

from sync import clock, ids
from sync.house import House
from sync.photos import reading
from sync.photos.actions import record_upload
from sync.photos.marks import mark
from sync.words import Role
from tests.api.conftest import Enter, Hire
from tests.factories import pictures
from tests.factories.stored import StoredVisit, photo
from tests.factories.village import Village

Take = Callable[..., UUID]
PATHS = ("small", "large", "original")


@pytest.fixture
def take(opened: House, beigou: Village) -> Take:
    """A visit with a photo of these bytes, read by a worker; the photo's id."""

    def take(content: bytes, problem: UUID | None = None, **visit: Any) -> UUID:
        sha256 = hashlib.sha256(content).digest()
        opened.blobs.put(sha256, [content])
        opened.write(lambda session: record_upload(session, beigou.phone_li, sha256, len(content)))
        opened.write(lambda session: reading.read(session, opened.blobs, opened.policy.photos, sha256))

        def work(session: Any) -> UUID:
            stored = StoredVisit(clock.now() - timedelta(hours=2), **visit).put(session, beigou)
            taken = photo(session, stored, sha256, problem=problem)
            mark(session, [stored.id])
            return taken

        return opened.write(work)

    return take


@pytest.fixture
def verifier(hire: Hire, enter: Enter, caller: FlaskClient, beigou: Village) -> UUID:
    """A verifier of the town is logged in."""
    known = hire(Role.VERIFIER, beigou.town)
    enter(caller, known)
    return known.id


def url(photo_id: UUID, size: str = "small") -> str:
    return f"/console/v1/photos/{photo_id}/{size}"


def audited(opened: House, person: UUID) -> list[tuple[Any, ...]]:
    query = text("SELECT fields, duty, unit_id, place_id, request FROM read_audit WHERE person_id = :p ORDER BY id")
    return [tuple(row) for row in opened.read(lambda session: session.execute(query, {"p": person}).all())]


def test_a_verifier_gets_thumbnails_without_exif_that_only_his_browser_keeps(
    caller: FlaskClient, verifier: UUID, take: Take, opened: House, beigou: Village
) -> None:
    gps = {1: "N", 2: (37, 48, 0), 3: "E", 4: (120, 45, 0)}
    taken = take(pictures.jpeg(pictures.scene(1), exif=pictures.exif("2026:05:04 10:00:00", gps=gps)))
    for size, width in (("small", 320), ("large", 800)):
        answer = caller.get(url(taken, size))
        assert answer.status_code == 200
        assert answer.content_type == "image/webp"
        image = Image.open(BytesIO(answer.data))
        assert (image.width, dict(image.getexif())) == (width, {})
        assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.data).hexdigest()}"'
        assert answer.headers["Cache-Control"] == "private, max-age=86400, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert audited(opened, verifier) == [
        (f"photo.{size}", "evidence", beigou.village, beigou.home, url(taken, size)) for size in ("small", "large")
    ]


def test_an_original_is_handed_out_as_it_came_to_be_saved_not_shown(
    caller: FlaskClient, verifier: UUID, take: Take
) -> None:
    content = pictures.jpeg(pictures.scene(2))
    taken = take(content)
    answer = caller.get(url(taken, "original"))
    assert answer.data == content
    assert answer.content_type == "image/jpeg"
    assert answer.content_length == len(content)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{taken}.jpg"'


def test_a_damaged_original_is_bytes_of_no_kind_and_has_no_thumbnail(
    caller: FlaskClient, verifier: UUID, take: Take
) -> None:
    taken = take(b"<html><script>alert(1)</script></html>")
    answer = caller.get(url(taken, "original"))
    assert answer.status_code == 200
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{taken}"'
    assert caller.get(url(taken)).status_code == 404


def test_what_the_browser_has_is_not_sent_again_and_leaves_no_line(
    caller: FlaskClient, verifier: UUID, take: Take, opened: House
) -> None:
    taken = take(pictures.jpeg(pictures.scene(3)))
    etag = caller.get(url(taken)).headers["ETag"]
    again = caller.get(url(taken), headers={"If-None-Match": etag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
    assert len(audited(opened, verifier)) == 1


def test_who_may_not_see_it_learns_nothing_whatever_he_has_in_his_cache(
    caller: FlaskClient, take: Take, opened: House, hire: Hire, enter: Enter, beigou: Village
) -> None:
    content = pictures.jpeg(pictures.scene(4))
    taken = take(content)
    etag = hashlib.sha256(content).hexdigest()
    for role, unit in (
        (Role.VERIFIER, beigou.village),  # never the own unit
        (Role.VERIFIER, beigou.waterworks),
        (Role.DISPATCHER, beigou.county),
        (Role.LEADER, beigou.county),
        (Role.UNIT_ADMIN, beigou.county),
        (Role.CADRE, beigou.village),  # another cadre
        (None, None),
    ):
        known = hire(role, unit)
        enter(caller, known)
        for size in PATHS:
            answer = caller.get(url(taken, size), headers={"If-None-Match": f'"{etag}"'})
            assert answer.status_code == 404, (role, size)
        assert audited(opened, known.id) == []


def test_nothing_is_there_without_a_login_or_without_a_photo(
    caller: FlaskClient, verifier: UUID, app: Any, take: Take
) -> None:
    taken = take(pictures.jpeg(pictures.scene(5)))
    assert app.test_client().get(url(taken)).status_code == 401
    assert caller.get(url(ids.uuid7())).status_code == 404
    assert caller.get(url(taken, "huge")).status_code == 404


def test_a_photo_that_is_not_here_yet_or_not_any_more_is_not_found(
    caller: FlaskClient, verifier: UUID, opened: House, beigou: Village, take: Take
) -> None:
    def awaited(session: Any) -> UUID:
        stored = StoredVisit(clock.now() - timedelta(hours=2)).put(session, beigou)
        return photo(session, stored, b"\x07" * 32, present=False)

    assert caller.get(url(opened.write(awaited), "original")).status_code == 404
    content = pictures.jpeg(pictures.scene(6))
    taken = take(content)
    opened.blobs.delete(hashlib.sha256(content).digest())
    assert caller.get(url(taken, "original")).status_code == 404
    assert audited(opened, verifier) == []


def test_a_cadre_sees_the_photos_of_own_visits(
    caller: FlaskClient, take: Take, hire: Hire, enter: Enter, beigou: Village
) -> None:
    known = hire(Role.CADRE, beigou.village)
    enter(caller, known)
    taken = take(pictures.jpeg(pictures.scene(7)), recorder=known.id)
    assert caller.get(url(taken)).status_code == 200


def test_a_photo_of_a_problem_is_part_of_its_text_not_evidence(
    caller: FlaskClient, verifier: UUID, take: Take, opened: House, hire: Hire, enter: Enter, beigou: Village
) -> None:
    def told(session: Any) -> UUID:
        id_ = ids.uuid7()
        session.execute(
            text(
                "INSERT INTO problem (id, place_id, unit_id, town_id, reporter_id, device_id, told_at, received_at,"
                " category, urgency, text, read_back, confidential) VALUES (:id, :place, :unit, :town, :li, :phone,"
                " now(), now(), 'environment', 'ordinary', '井水发黄', true, false)"
            ),
            {"id": id_, "place": beigou.home, "unit": beigou.village, "town": beigou.town, "li": beigou.li,
             "phone": beigou.phone_li},
        )  # fmt: skip
        return id_

    taken = take(pictures.jpeg(pictures.scene(8)), problem=opened.write(told))
    assert caller.get(url(taken)).status_code == 404
    dispatcher = hire(Role.DISPATCHER, beigou.town)
    enter(caller, dispatcher)
    assert caller.get(url(taken)).status_code == 200
    assert [row[1] for row in audited(opened, dispatcher.id)] == ["problem"]


def test_a_verifier_may_compare_it_with_a_photo_of_another_unit_that_it_resembles_and_a_cadre_may_not(
    caller: FlaskClient, verifier: UUID, take: Take, hire: Hire, enter: Enter, beigou: Village
) -> None:
    scene = pictures.scene(9)
    cadre = hire(Role.CADRE, beigou.village)
    take(pictures.jpeg(scene, 85), recorder=cadre.id)
    elsewhere = {"unit": beigou.waterworks, "place": beigou.unmapped}
    similar = take(pictures.jpeg(scene, 60), recorder=cadre.id, **elsewhere)
    other = take(pictures.jpeg(pictures.scene(10)), recorder=cadre.id, **elsewhere)
    same = take(pictures.jpeg(scene, 85), **elsewhere)
    assert [caller.get(url(one)).status_code for one in (similar, other, same)] == [200, 404, 200]
    li = hire(Role.CADRE, beigou.village)
    take(pictures.jpeg(scene, 85), recorder=li.id)
    enter(caller, li)
    assert caller.get(url(same)).status_code == 404
