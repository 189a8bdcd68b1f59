"""Real texts, real fixes and a real photo over the whole road; left out where the real inputs are absent."""

import hashlib
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from sync import errands, ids
from sync.house import House
from sync.photos.actions import record_upload
from sync.words import Job
from tests.bench.fairness import frauds, honest
from tests.bench.fairness.kinds import KINDS
from tests.bench.fairness.stays import stays_again
from tests.bench.fairness.walk import walk, worlds
from tests.bench.material import beside
from tests.factories import real
from tests.factories.batches import body, problem, receive, this_morning, visit
from tests.factories.village import HOME, Village, found
from worker import drain


def _drained(house: House) -> None:
    assert not drain.until_empty(house, 60, 0, lambda: False)


def _hand_in(house: House, village: Village, record: dict[str, Any], photo: bytes) -> None:
    sha256 = hashlib.sha256(photo).digest()
    house.blobs.put(sha256, [photo])
    house.write(partial(record_upload, device_id=village.phone_li, sha256=sha256, size=len(photo)))
    batch, json = body([record])
    house.write(lambda session: receive(session, village.phone_li, batch, json))
    house.write(lambda session: errands.owe(session, Job.APPLY_BATCH, f"{village.phone_li}/{batch}"))


def test_a_real_complaint_with_a_real_photo_from_where_somebody_really_stayed(house: House, shared_data: Path) -> None:
    village, at = house.write(found), this_morning()
    stay = max(stays_again(True), key=lambda one: len(one.at))
    rows = np.linspace(0, len(stay.at) - 1, 6).astype(int)
    minutes = np.linspace(0, 20, 6)
    fixes = []
    for row, minute in zip(rows, minutes, strict=True):
        lon, lat, accuracy = beside(*HOME, (float(stay.east_m[row]), float(stay.north_m[row]), 30.0))
        moment = at + timedelta(minutes=float(minute))
        fixes.append({"lon": lon, "lat": lat, "at": moment, "accuracy_m": accuracy, "provider": "gps"})
    (category, told), (_, note) = real.complaints()[:2]
    photo = real.photos()[0]
    cited = {"id": ids.uuid7(), "sha256": hashlib.sha256(photo).hexdigest(), "size": len(photo)}
    asked = problem(text=told, category=category)
    record = visit(
        village, at, fixes=fixes, note=note, problems=[asked], photos=[cited],
        ended={"wall": at + timedelta(minutes=20)},
    )  # fmt: skip
    _hand_in(house, village, record, photo)
    _drained(house)
    row = house.read(
        lambda session: session.execute(
            text(
                "SELECT v.verdict, w.numbers, r.content ->> 'note' AS note, p.text, p.task_id, f.state, f.sha256"
                " FROM visit v JOIN visit_rev r ON r.visit_id = v.id JOIN problem p ON p.visit_id = v.id"
                " JOIN photo f ON f.visit_id = v.id JOIN visit_verdict w ON w.visit_id = v.id WHERE v.id = :id"
                " ORDER BY w.n DESC LIMIT 1"
            ),
            {"id": record["id"]},
        ).one()
    )
    nearest_m = float(np.hypot(stay.east_m[rows], stay.north_m[rows]).min())
    assert row.verdict == "verified"
    assert row.numbers["d_m"] == pytest.approx(nearest_m, abs=1 + nearest_m / 100)
    assert (row.note, row.text) == (note, told)
    assert row.task_id is not None
    assert row.state == "present"
    with house.blobs.open(bytes(row.sha256)) as stored:
        assert stored.read() == photo


def test_visits_with_real_errors_are_believed_at_the_home_and_doubted_from_the_office(
    house: House, shared_data: Path
) -> None:
    kinds = [one for one in KINDS.values() if one.make in (honest.phone, honest.logger, honest.network, frauds.office)]
    made = worlds(kinds, (7,), 12, 12)
    judged = walk(house, made, lambda _: None)
    verdicts: dict[str, set[str]] = {}
    for world in made:
        for visit_id, label in world.labels.items():
            verdicts.setdefault(label.kind, set()).add(judged[visit_id].verdict)
    assert len(verdicts) == len(kinds)
    assert verdicts.pop(next(one.name for one in kinds if one.make is frauds.office)) == {"doubtful"}
    assert set().union(*verdicts.values()) == {"verified", "unverifiable"}
