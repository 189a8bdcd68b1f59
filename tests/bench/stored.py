"""Visits that are stored already, with all their rows: made by generate_series, indexes in place."""

import numpy as np
from sqlalchemy import Connection, text

from sync.geo import tiles
from sync.house import House
from sync.insight import counting
from tests.bench.load import CADRES, HOUSEHOLDS, _id, lat_of, lon_of, spot
from tests.bench.material import material

CHUNK = 250_000
VISIT = _id("018c0000", "n")
HOME = f"((n * 7919) % {HOUSEHOLDS})"
PLACE = _id("01900000", HOME)
PERSON = _id("01910000", f"n % {CADRES}")
DEVICE = _id("01920000", f"n % {CADRES}")
UNIT = _id("01900001", f"100 + (n * 7919) % {HOUSEHOLDS} % 600")
TOWN = _id("01900001", f"2 + (100 + (n * 7919) % {HOUSEHOLDS} % 600) % 20")
DAY = "(n * 48271 % 2147483647 % 700)"  # no village is always visited on the same days
AT = f"timestamptz '2024-01-01 08:00+08' + {DAY} * interval '1 day' + n % 36000 * interval '1 second'"
SERIES = "FROM generate_series(CAST(:low AS bigint), CAST(:high AS bigint)) n"
NOTE = "(CAST(:notes AS text[]))[1 + n % cardinality(CAST(:notes AS text[]))]"
PROBLEM = "(CAST(:problems AS text[]))[1 + n % cardinality(CAST(:problems AS text[]))]"
STATEMENTS = (
    "INSERT INTO visit (id, place_id, unit_id, town_id, recorder_id, device_id, rev, outcome, mode, recorded, started_at,"
    " ended_at, clock_method, clock_uncertainty_s, received_at, verdict, point, cell, fixes_hash, answers_hash)"
    f" SELECT {VISIT}, {PLACE}, {UNIT}, {TOWN}, {PERSON}, {DEVICE}, 1, 'met', 'home', 'now', {AT},"
    f" {AT} + interval '15 minutes', 'offset', 30, {AT} + interval '1 day',"
    " CASE WHEN n % 25 = 0 THEN 'doubtful' ELSE 'verified' END,"
    f" ST_SetSRID(ST_MakePoint(round({lon_of(HOME)}, 4), round({lat_of(HOME)}, 4)), 4326)::geography, h.cell,"
    f" decode(md5(n::text), 'hex'), decode(md5('a' || n), 'hex') {SERIES} JOIN bench_home h ON h.home = {HOME}",
    "INSERT INTO visit_rev (visit_id, rev, device_id, batch_id, received_at, sha256, content)"
    f" SELECT {VISIT}, 1, {DEVICE}, {_id('018d0000', 'n / 50')}, {AT}, sha256(n::text::bytea),"
    " jsonb_build_object('note', " + NOTE + ", 'answers', jsonb_build_array(jsonb_build_object('form', 'household',"
    " 'version', '1', 'values', jsonb_build_object('q0', n % 10, 'q1', n % 9, 'q2', n % 8, 'q3', n % 7, 'q4', n % 6, 'q5',"
    f" n % 5, 'q6', n % 4, 'q7', n % 3, 'q8', n % 2, 'q9', 1, 'q10', 2, 'q11', 3)))) {SERIES}",
    f"INSERT INTO visit_party (visit_id, person_id, is_recorder, confirmed_at) SELECT {VISIT}, {PERSON}, true, now() {SERIES}",
    "INSERT INTO trace (received_on, visit_id, at, lon, lat, accuracy_m, provider, datum, mock)"
    f" SELECT CAST({AT} + interval '1 day' AS date), {VISIT}, ARRAY[1,2,3,4,5]::float8[] || n::float8,"
    " ARRAY[120.6,120.6,120.6,120.6,120.6]::float8[] || n::float8, ARRAY[37.4,37.4,37.4,37.4,37.4]::float8[] || n::float8,"
    f" ARRAY[10,11,12,13,14,15]::real[], 'gggggg', 'wwwwww', '000000' {SERIES}",
    "INSERT INTO visit_verdict (visit_id, n, at, verdict, reasons, numbers, policy_version)"
    f" SELECT {VISIT}, 1, {AT}, 'verified', '[]', jsonb_build_object('d_m', n % 90, 'p_in', 0.98, 'usable', 6, 'span_s', 600,"
    f" 'lon', 120.6, 'lat', 37.4), '2026-11' {SERIES}",
    "INSERT INTO photo (id, visit_id, device_id, batch_id, sha256, size, state, cited_at, present_at)"
    f" SELECT {_id('018e0000', 'n * 2 + k')}, {VISIT}, {DEVICE}, {_id('018d0000', 'n / 50')},"
    f" sha256((n * 2 + k)::text::bytea), 300000, 'present', {AT}, {AT} {SERIES}, generate_series(0, 1) k",
    "INSERT INTO problem (id, visit_id, place_id, unit_id, town_id, reporter_id, device_id, told_at, received_at, category,"
    f" urgency, text, read_back, confidential, task_id) SELECT {_id('018f0000', 'n')}, {VISIT}, {PLACE}, {UNIT}, {TOWN},"
    f" {PERSON}, {DEVICE}, {AT}, {AT}, 'environment', 'ordinary', {PROBLEM}, true, false, {_id('01900100', 'n')}"
    f" {SERIES} WHERE n % 5 < 2",
    "INSERT INTO task (id, kind, state, category, urgency, unit_id, town_id, holder_unit_id, received_at, dispatched_at,"
    f" due_at, due_kind, policy_version) SELECT {_id('01900100', 'n')}, 'handling', 'dispatched', 'environment', 'ordinary',"
    f" {UNIT}, {TOWN}, {_id('01900001', '1000')}, {AT}, {AT}, {AT}, 'working_days', '2026-11' {SERIES} WHERE n % 5 < 2",
    "INSERT INTO event (at, actor_id, verb, subject_id, unit_id, facts)"
    f" SELECT {AT}, {PERSON}, 'task.received', {_id('01900100', 'n')}, {UNIT}, '{{}}' {SERIES} WHERE n % 5 < 2",
    f"INSERT INTO feed_item (scope, kind, id, seq, op) SELECT 'c:' || {PERSON}, 3, {VISIT}, n, 'P' {SERIES}",
)


# What the pipeline keeps for the map and for coverage.
NUMBERS = (
    'INSERT INTO visit_delta (cell, "on", unit_id, verdict, visits)'
    f" SELECT cell >> {2 * (tiles.ZOOM - counting.FINE)}, CAST(started_at AS date), unit_id, verdict, count(*) FROM visit"
    f" WHERE id BETWEEN {_id('018c0000', 'CAST(:low AS bigint)')} AND {_id('018c0000', 'CAST(:high AS bigint)')} GROUP BY 1, 2, 3, 4",
    "INSERT INTO place_seen AS s (place_id, unit_id, met_at, tried_at) SELECT place_id, unit_id, max(started_at), max(started_at)"
    f" FROM visit WHERE id BETWEEN {_id('018c0000', 'CAST(:low AS bigint)')} AND {_id('018c0000', 'CAST(:high AS bigint)')} GROUP BY 1, 2 ON CONFLICT (place_id)"
    " DO UPDATE SET met_at = greatest(s.met_at, excluded.met_at), tried_at = greatest(s.tried_at, excluded.tried_at)",
)


# A road that was walked before on a kept database: its visits would be told again, which is other work.
WALKED = (
    "DELETE FROM same_visit", "DELETE FROM finding", "DELETE FROM errand", "DELETE FROM batch_body", "DELETE FROM batch",
    "DELETE FROM visit_delta",
    *(
        f"DELETE FROM {table} WHERE {column} >= '01930000-0000-7000-8000-000000000000'"
        for table, column in (
            ("visit_party", "visit_id"), ("visit_rev", "visit_id"), ("visit_verdict", "visit_id"), ("trace", "visit_id"),
            ("photo", "visit_id"), ("problem", "id"), ("task", "id"), ("visit", "id"),
        )
    ),
)  # fmt: skip


def forget_walks(house: House) -> None:
    """Take away what earlier walks stored: their ids are of today, those of the fill are older."""
    with house.engine.connect() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        for statement in WALKED:
            connection.execute(text(statement))
        connection.commit()


def store_visits(house: House, count: int) -> None:
    """Have at least `count` visits stored; what is there already stays."""
    stuff = material()
    texts = {"notes": stuff.notes, "problems": [told for _, told in stuff.problems]}
    with house.engine.connect() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        have = (
            connection.scalar(text("SELECT count(*) FROM visit WHERE id < '018d0000-0000-7000-8000-000000000000'")) or 0
        )
        _place_homes(connection)
        connection.commit()
        for low in range(have, count, CHUNK):
            told = {"low": low, "high": min(low + CHUNK, count) - 1} | texts
            for statement in STATEMENTS + NUMBERS:
                connection.execute(text(statement), told)
            connection.execute(
                text(
                    "INSERT INTO feed_head (scope, head) SELECT scope, max(seq) FROM feed_item WHERE kind = 3 GROUP BY scope"
                    " ON CONFLICT (scope) DO UPDATE SET head = greatest(feed_head.head, excluded.head)"
                )
            )
            connection.commit()
            while house.write(lambda session: counting.fold(session, house.policy.counts.fold_most)):
                pass
        connection.execute(text("ANALYZE"))  # as autovacuum would have done long before so much was stored
        connection.commit()


def _place_homes(connection: Connection) -> None:
    """The cells of all households, which SQL alone would be slow to find."""
    spots = np.round([spot(n) for n in range(HOUSEHOLDS)], 4)
    connection.execute(text("CREATE TABLE IF NOT EXISTS bench_home (home bigint PRIMARY KEY, cell bigint)"))
    connection.execute(
        text(
            "INSERT INTO bench_home SELECT n - 1, cell FROM unnest(CAST(:cells AS bigint[])) WITH ORDINALITY AS c(cell, n)"
            " ON CONFLICT DO NOTHING"
        ),
        {"cells": tiles.codes(spots[:, 0], spots[:, 1]).tolist()},
    )
