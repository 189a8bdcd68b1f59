"""The standard load: batches of 50 visits over 100,000 households and 4,000 cadres."""

import gzip
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.demo import texts
from sync import clock, ids
from sync.registry.workdays import replace_workdays, shipped_holidays

HOUSEHOLDS, CADRES, VISITS = 100_000, 4_000, 50
WEST, SOUTH = 120.6, 37.45


class Ready(NamedTuple):
    """A batch ready to be sent."""

    device: int
    id: UUID
    sha256: bytes
    size: int
    packed: bytes


def place_id(n: int) -> UUID:
    """Id of the n-th household."""
    return UUID(int=(0x01900000 << 96) | (0x7 << 76) | (0x2 << 62) | n)


def person_id(n: int) -> UUID:
    """Id of the n-th cadre."""
    return UUID(int=(0x01910000 << 96) | (0x7 << 76) | (0x2 << 62) | n)


def device_id(n: int) -> UUID:
    """Id of the n-th cadre's phone."""
    return UUID(int=(0x01920000 << 96) | (0x7 << 76) | (0x2 << 62) | n)


def token(n: int) -> str:
    """Token of the n-th phone."""
    return f"ds_bench_{n}"


def spot(n: int) -> tuple[float, float]:
    """Where the n-th household stands."""
    return WEST + n % 400 * 0.001, SOUTH + n // 400 * 0.001


def build_city(session: Session) -> None:
    """Units, households, cadres with phones, routes and the calendar, by set-based SQL."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    replace_workdays(session, shipped_holidays(), "bench")
    for statement in _CITY:
        session.execute(text(statement))
    hashes = [ids.digest(token(n)) for n in range(CADRES)]
    session.execute(
        text(
            "INSERT INTO device (id, person_id, state, state_at, token_hash, token_expires_at, token_ends_at,"
            " receipt_key, enrolled_at, seen_at) SELECT d, p, 'active', now(), h, now() + interval '90 days',"
            " now() + interval '400 days', h, now(), now() FROM unnest(CAST(:d AS uuid[]), CAST(:p AS uuid[]),"
            " CAST(:h AS bytea[])) AS x(d, p, h)"
        ),
        {"d": [device_id(n) for n in range(CADRES)], "p": [person_id(n) for n in range(CADRES)], "h": hashes},
    )


def _id(prefix: str, n: str) -> str:
    return f"CAST('{prefix}-0000-7000-8000-' || lpad(to_hex({n}), 12, '0') AS uuid)"


UNIT = _id("01900001", "n")
_CITY = (
    f"INSERT INTO unit (id, parent_id, kind, name, sort_code) SELECT {UNIT}, NULL, 'county', '区', '0'"
    " FROM generate_series(1, 1) n",
    f"INSERT INTO unit (id, parent_id, kind, name, sort_code) SELECT {UNIT}, {_id('01900001', '1')}, 'town', '镇' || n,"
    " n::text FROM generate_series(2, 21) n",
    f"INSERT INTO unit (id, parent_id, kind, name, sort_code) SELECT {UNIT}, {_id('01900001', '2 + n % 20')}, 'village',"
    " '村' || n, n::text FROM generate_series(100, 699) n",
    f"INSERT INTO unit (id, parent_id, kind, name, sort_code) SELECT {UNIT}, {_id('01900001', '1')}, 'department',"
    " '局' || n, n::text FROM generate_series(1000, 1015) n",
    "WITH RECURSIVE up AS (SELECT id AS unit_id, id AS above_id, 0 AS depth FROM unit UNION ALL"
    " SELECT up.unit_id, u.parent_id, depth + 1 FROM up JOIN unit u ON u.id = up.above_id WHERE u.parent_id IS NOT NULL)"
    " INSERT INTO unit_above SELECT * FROM up",
    "INSERT INTO place (id, code, kind, unit_id, town_id, name, position, setting, state)"
    f" SELECT {_id('01900000', 'n')}, n::text, 'household', {_id('01900001', '100 + n % 600')},"
    f" {_id('01900001', '2 + (100 + n % 600) % 20')}, '户' || n,"
    f" ST_SetSRID(ST_MakePoint({WEST} + n % 400 * 0.001, {SOUTH} + n / 400 * 0.001), 4326)::geography, 'village', 'active'"
    f" FROM generate_series(0, {HOUSEHOLDS - 1}) n",
    f"INSERT INTO person (id, staff_no, name) SELECT {_id('01910000', 'n')}, 'B' || n, '干部' || n"
    f" FROM generate_series(0, {CADRES - 1}) n",
    "INSERT INTO person_role (id, person_id, unit_id, role)"
    f" SELECT gen_random_uuid(), {_id('01910000', 'n')}, {_id('01900001', '100 + n % 600')}, 'cadre'"
    f" FROM generate_series(0, {CADRES - 1}) n",
    "INSERT INTO programme (id, code, name) VALUES ('01900009-0000-7000-8000-000000000000', 'B', '结对')",
    "INSERT INTO link (id, programme_id, category, cadre_id, place_id, valid)"
    " SELECT gen_random_uuid(), '01900009-0000-7000-8000-000000000000', 'ordinary',"
    f" {_id('01910000', f'n % {CADRES}')}, {_id('01900000', 'n')}, '[2020-01-01,)' FROM generate_series(0, {HOUSEHOLDS - 1}) n",
    "INSERT INTO route (id, category, area_id, unit_id, kind) SELECT gen_random_uuid(), c,"
    f" {_id('01900001', '1')}, {_id('01900001', '999 + n::int')}, 'handling' FROM"
    " unnest(ARRAY['environment','traffic','urban','rural','civil','labour','health','education','land','commerce'])"
    " WITH ORDINALITY AS x(c, n)",
)


def standard_batches(count: int, seed: int = 1) -> Iterator[Ready]:
    """`count` batches of 50 visits; per visit 3 to 8 fixes, 12 answers, a note, 0.4 problems, 2 photos cited."""
    random = Random(seed)
    now = clock.now()
    notes = [texts.note(random) for _ in range(500)]
    problems = [texts.problem(random) for _ in range(500)]
    for n in range(count):
        device = random.randrange(CADRES)
        batch = ids.uuid7()
        records = [_visit(random, device, now, notes, problems) for _ in range(VISITS)]
        json = orjson.dumps({"schema": 1, "batch": batch, "device_seq": n + 1, "sent": {"at": now}, "records": records})
        yield Ready(device, batch, hashlib.sha256(json).digest(), len(json), gzip.compress(json, 1))


def _visit(random: Random, device: int, now: datetime, notes: list[str], problems: list[tuple[str, str]]) -> object:
    home = device + CADRES * random.randrange(HOUSEHOLDS // CADRES)
    lon, lat = spot(home)
    start = (now - timedelta(minutes=random.randrange(60, 30_000))).astimezone(UTC)
    minutes = random.randint(8, 30)
    count = random.randint(3, 8)
    return {
        "kind": "visit",
        "id": ids.uuid7(),
        "place": place_id(home),
        "outcome": "met",
        "started": {"wall": start},
        "ended": {"wall": start + timedelta(minutes=minutes)},
        "fixes": [
            {
                "lon": round(lon + random.gauss(0, 0.0001), 7),
                "lat": round(lat + random.gauss(0, 0.0001), 7),
                "at": start + timedelta(minutes=minutes * i / count),
                "accuracy_m": round(random.uniform(5, 40), 1),
                "provider": "gps",
            }
            for i in range(count)
        ],
        "photos": [
            {"id": ids.uuid7(), "sha256": random.randbytes(32).hex(), "size": random.randint(200_000, 600_000)}
            for _ in range(2)
        ],
        "answers": [
            {"form": "household", "version": "1", "values": {f"q{i}": random.randint(0, 9) for i in range(12)}}
        ],
        "note": notes[random.randrange(len(notes))],
        "problems": [_problem(random, problems)] if random.random() < 0.4 else [],
    }


def _problem(random: Random, problems: list[tuple[str, str]]) -> object:
    category, told = problems[random.randrange(len(problems))]
    return {"id": ids.uuid7(), "category": category, "text": told, "read_back": True}
