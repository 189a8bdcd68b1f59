"""Looking for similar photos among 10 million."""

import random
import time

from sqlalchemy import text

from sync.house import House
from sync.photos.queries import reuse
from tests.bench.ground import installation
from tests.bench.load import CADRES, HOUSEHOLDS, _id
from tests.bench.table import Row

MARKS, CHUNK, LOOKED, PHOTOS_A_VISIT = 10_000_000, 500_000, 400, 2
VISIT = _id("018c0000", f"n / {PHOTOS_A_VISIT}")
PHOTO = _id("018e0000", "n")
PLACE = _id("01900000", f"(n / {PHOTOS_A_VISIT} * 7919) % {HOUSEHOLDS}")
PERSON = _id("01910000", f"n / {PHOTOS_A_VISIT} % {CADRES}")
DEVICE = _id("01920000", f"n / {PHOTOS_A_VISIT} % {CADRES}")
UNIT = _id("01900001", f"100 + (n / {PHOTOS_A_VISIT} * 7919) % {HOUSEHOLDS} % 600")
AT = (
    f"timestamptz '2024-01-01 08:00+08' + n / {PHOTOS_A_VISIT} % 700 * interval '1 day'"
    f" + n / {PHOTOS_A_VISIT} % 36000 * interval '1 second'"
)
SERIES = "FROM generate_series(CAST(:low AS bigint), CAST(:high AS bigint)) n"
SHA256 = "sha256(CAST(n AS text)::bytea)"
HASH = "('x' || substr(md5(CAST(n AS text)), 1, 16))::bit(64)::bigint"
INNER = "('x' || substr(md5(CAST(n AS text)), 17, 16))::bit(64)::bigint"
STATEMENTS = (
    "INSERT INTO visit (id, place_id, unit_id, recorder_id, device_id, rev, outcome, mode, recorded, started_at, ended_at,"
    " clock_method, clock_uncertainty_s, received_at, verdict)"
    f" SELECT {VISIT}, {PLACE}, {UNIT}, {PERSON}, {DEVICE}, 1, 'met', 'home', 'now', {AT}, {AT}, 'offset', 30, {AT},"
    f" 'verified' {SERIES} WHERE n % {PHOTOS_A_VISIT} = 0",
    f"INSERT INTO photo (id, visit_id, device_id, batch_id, sha256, size, state, cited_at, present_at)"
    f" SELECT {PHOTO}, {VISIT}, {DEVICE}, {DEVICE}, {SHA256}, 300000, 'present', {AT}, {AT} {SERIES}",
    "INSERT INTO photo_mark (photo_id, visit_id, dhash, inner_dhash, recorder_id, unit_id, place_id, at)"
    f" SELECT {PHOTO}, {VISIT}, {HASH}, {INNER}, {PERSON}, {UNIT}, {PLACE}, {AT} {SERIES}",
)


def looking(marks: int = MARKS) -> list[Row]:
    """One visit's photos against those of its cadre, unit and place, and its bytes against all; kept for next time."""
    with installation(f"similar-{marks}", keep=True) as (house, _, _postgres):
        _fill(house, marks)
        seconds, compared = _look(house, marks)
        method = (
            f"{marks:,} marks, {PHOTOS_A_VISIT} photos a visit, median {seconds[len(seconds) // 2] * 1000:.1f} ms,"
            f" {compared:,.0f} compared"
        )
        p95 = seconds[int(len(seconds) * 0.95)] * 1000
        return [Row("similar photos of a visit, p95", p95, "ms", 40, 10, method, less=True)]


def looking_among_a_million() -> list[Row]:
    """The same among a million: a county in its second year."""
    return looking(1_000_000)


def _fill(house: House, marks: int) -> None:
    with house.engine.connect() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SET session_replication_role = replica"))  # no look at each row's parent
        have = connection.scalar(text("SELECT count(*) FROM photo_mark")) or 0
        connection.commit()
        for low in range(have, marks, CHUNK):
            for statement in STATEMENTS:
                connection.execute(text(statement), {"low": low, "high": min(low + CHUNK, marks) - 1})
            connection.commit()
    with house.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE visit, photo, photo_mark"))


def _look(house: House, marks: int) -> tuple[list[float], float]:
    """Seconds of each look-up, sorted; how many marks stand in the circle of a photo on average."""
    chance = random.Random(1)
    ids = [chance.randrange(marks // PHOTOS_A_VISIT) for _ in range(LOOKED)]
    visits = house.read(
        lambda s: s.scalars(text(f"SELECT {VISIT} FROM unnest(CAST(:n AS bigint[])) n"), {"n": [n * PHOTOS_A_VISIT for n in ids]}).all()
    )  # fmt: skip
    seconds = []
    for number, visit in enumerate(visits):
        start = time.perf_counter()
        house.read(lambda session, visit=visit: reuse(session, [visit], house.policy.photos))
        if number >= LOOKED // 10:
            seconds.append(time.perf_counter() - start)
    circle = text(
        "SELECT avg((SELECT count(*) FROM photo_mark o WHERE o.recorder_id = m.recorder_id AND o.at BETWEEN"
        "  m.at - interval '365 days' AND m.at + interval '365 days')"
        " + (SELECT count(*) FROM photo_mark o WHERE o.unit_id = m.unit_id AND o.at BETWEEN"
        "  m.at - interval '180 days' AND m.at + interval '180 days')"
        " + (SELECT count(*) FROM photo_mark o WHERE o.place_id = m.place_id)) FROM photo_mark m WHERE visit_id = ANY(:v)"
    )
    compared = house.read(lambda session: session.scalar(circle, {"v": list(visits[:20])}))
    return sorted(seconds), float(compared or 0)
