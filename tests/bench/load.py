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

from sync import clock, ids
from sync.registry.workdays import replace_workdays, shipped_holidays
from tests.bench.material import Material, beside, material

HOUSEHOLDS, CADRES, VISITS = 100_000, 4_000, 50
WEST, SOUTH, VILLAGES = 120.6, 37.45, 600


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
    """Where the n-th household stands: 600 villages in 30 columns, about 1.3 km apart, their houses 50 m from each other."""
    village, home = n % VILLAGES, n // VILLAGES
    return (
        WEST + village % 30 * 0.0135 + home % 13 * 0.0005,
        SOUTH + village // 30 * 0.0125 + home // 13 * 0.0005,
    )


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


def lon_of(n: str) -> str:
    """`spot` in SQL: the longitude of the household whose number the expression gives."""
    return f"({WEST} + {n} % {VILLAGES} % 30 * 0.0135 + {n} / {VILLAGES} % 13 * 0.0005)"


def lat_of(n: str) -> str:
    """`spot` in SQL: the latitude."""
    return f"({SOUTH} + {n} % {VILLAGES} / 30 * 0.0125 + {n} / {VILLAGES} / 13 * 0.0005)"


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
    f" ST_SetSRID(ST_MakePoint({lon_of('n')}, {lat_of('n')}), 4326)::geography, 'village', 'active'"
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
    random, stuff = Random(seed), material(seed)
    now = clock.now()
    for n in range(count):
        device = random.randrange(CADRES)
        batch = ids.uuid7()
        records = [_visit(random, device, now, stuff) for _ in range(VISITS)]
        json = orjson.dumps({"schema": 1, "batch": batch, "device_seq": n + 1, "sent": {"at": now}, "records": records})
        yield Ready(device, batch, hashlib.sha256(json).digest(), len(json), gzip.compress(json, 1))


def _visit(random: Random, device: int, now: datetime, stuff: Material) -> object:
    home = device + CADRES * random.randrange(HOUSEHOLDS // CADRES)
    start = (now - timedelta(minutes=random.randrange(60, 30_000))).astimezone(UTC)
    minutes = random.randint(8, 30)
    return {
        "kind": "visit",
        "id": ids.uuid7(),
        "place": place_id(home),
        "outcome": "met",
        "started": {"wall": start},
        "ended": {"wall": start + timedelta(minutes=minutes)},
        "fixes": _fixes(random, home, start, minutes, stuff),
        "photos": [
            {"id": ids.uuid7(), "sha256": random.randbytes(32).hex(), "size": random.randint(200_000, 600_000)}
            for _ in range(2)
        ],
        "answers": [
            {"form": "household", "version": "1", "values": {f"q{i}": random.randint(0, 9) for i in range(12)}}
        ],
        "note": random.choice(stuff.notes),
        "problems": [_problem(random, stuff)] if random.random() < 0.4 else [],
    }


def _fixes(random: Random, home: int, start: datetime, minutes: int, stuff: Material) -> list[object]:
    """3 to 8 fixes with errors that follow each other in the material."""
    count, low = random.randint(3, 8), random.randrange(len(stuff.errors))
    placed = [beside(*spot(home), stuff.errors[(low + i) % len(stuff.errors)]) for i in range(count)]
    return [
        {
            "lon": round(lon, 7),
            "lat": round(lat, 7),
            "at": start + timedelta(minutes=minutes * i / count),
            "accuracy_m": round(accuracy_m, 1),
            "provider": "gps",
        }
        for i, (lon, lat, accuracy_m) in enumerate(placed)
    ]


def _problem(random: Random, stuff: Material) -> object:
    category, told = random.choice(stuff.problems)
    return {"id": ids.uuid7(), "category": category, "text": told, "read_back": True}
