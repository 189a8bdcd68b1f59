"""The walk of all visits: handed in evening by evening, every errand done, verdicts read at the end."""

import hashlib
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from api.cli.private import Postgres, end, free_port, new_password
from sync import clock, errands, ids
from sync.house import House
from sync.intake.actions import Offer, accept_batch
from sync.photos.actions import record_upload
from sync.words import Job
from tests.bench.fairness.kinds import Kind
from tests.bench.fairness.scene import Scene
from tests.bench.fairness.sources import Half
from tests.bench.fairness.world import DAYS, Letter, World, elapsed_ms, first_day
from tests.conftest import migrate, settings_for
from worker import drain
from worker.jobs import JOBS

BUDGET_S = 3600.0
ANEW_MS = 60_000  # a phone that was started anew has been on for a minute when it hands in
NIGHTLY = (Job.COUNT_DATUM_VOTES, Job.LEARN_POSITIONS)


class Judged(NamedTuple):
    """What became of one visit."""

    id: UUID
    verdict: str
    reasons: frozenset[str]
    started_at: datetime
    causes: frozenset[str]


@contextmanager
def private_house() -> Iterator[House]:
    """An installation for this run alone; nothing of it stays."""
    folder = Path(tempfile.mkdtemp(prefix="doorstep-fairness-", dir="/var/tmp"))
    folder.chmod(0o755)
    postgres = Postgres(folder / "postgres", free_port(), new_password(), durable=False)
    process = postgres.start()
    try:
        postgres.create_database()
        migrate(postgres.url())
        house = House.open(settings_for(postgres.url(), "redis://127.0.0.1:1/0", folder / "blobs"))
        yield house
        house.close()
    finally:
        postgres.stop("immediate")
        end(process)
        shutil.rmtree(folder, ignore_errors=True)


def worlds(kinds: Sequence[Kind], seeds: Sequence[int], cases: int, few: int) -> list[World]:
    """A world for each half and seed, with every kind in it."""
    first, made = first_day(), []
    for half in Half:
        for seed in seeds:
            world = World(half, seed, Random(f"{half} {seed}"), first)
            for kind in kinds:
                world.random = Random(f"{half} {seed} {kind.name}")  # one kind more changes no other
                kind.make(Scene(world, kind.name, few if kind.few else cases))
            made.append(world)
    return made


def walk(house: House, made: Sequence[World], progress: Callable[[str], None]) -> dict[UUID, Judged]:
    """Let the phones hand in what they have, evening by evening; the verdicts that stand in the end."""
    for world in made:
        house.write(world.write)
    letters: dict[int, list[tuple[World, Letter]]] = defaultdict(list)
    uploads: dict[int, list[tuple[datetime, UUID, bytes]]] = defaultdict(list)
    for world in made:
        for letter in world.letters:
            letters[(letter.at - world.first).days].append((world, letter))
        for upload in world.uploads:
            uploads[(upload[0] - world.first).days].append(upload)
    for day in range(DAYS + 1):
        with clock.frozen(made[0].at(day, 21.5)):
            for at, device, content in uploads[day]:
                _upload(house, at, device, content)
            for world, letter in letters[day]:
                _hand_in(house, world, letter)
            _work(house)
            with clock.frozen(made[0].at(day, 23.5)):
                house.write(_owe_nightly)
                _work(house)
        progress(f"day {day}: {len(letters[day])} batches, {len(uploads[day])} photos")
    return house.read(_verdicts)


def _upload(house: House, at: datetime, device: UUID, content: bytes) -> None:
    sha256 = hashlib.sha256(content).digest()
    size = house.blobs.put(sha256, [content])
    with clock.frozen(at):
        house.write(partial(record_upload, device_id=device, sha256=sha256, size=size))


def _hand_in(house: House, world: World, letter: Letter) -> None:
    batch = ids.uuid7()
    elapsed = elapsed_ms(world.first, letter.at) if letter.boot == "1" else ANEW_MS
    sent = {"at": letter.at + letter.off, "elapsed_ms": elapsed, "boot_id": letter.boot}
    body = orjson.dumps({
        "schema": 1, "batch": batch, "device_seq": 1, "sent": sent, "records": letter.records,
        "app": {"name": "door", "version": "1.0.0"},
    })  # fmt: skip
    told = sent | {"at": (letter.at + letter.off).isoformat()}
    offer = Offer(letter.device, batch, hashlib.sha256(body).digest(), len(body), "identity", body, told)
    with clock.frozen(letter.at):
        house.write(lambda session: accept_batch(session, offer))


def _owe_nightly(session: Session) -> None:
    """What the scheduler owes again and again, once a night."""
    for job in NIGHTLY:
        if job in JOBS:
            errands.owe(session, job, job.value, dedupe_key=job.value)


def _work(house: House) -> None:
    """Do every errand; what was put off for a moment is due at once. Raises RuntimeError when one does not succeed."""
    house.write(lambda session: session.execute(text("UPDATE errand SET due_at = owed_at WHERE done_at IS NULL")))
    while drain.until_empty(house, BUDGET_S, 0.0, lambda: False):
        pass
    left = [row for row in house.read(_left) if row.job in JOBS]
    if any(row.last_error for row in left):
        raise RuntimeError(f"errands fail: {left[:3]}")
    if left:
        _work(house)


def _left(session: Session) -> list[Row[Any]]:
    return list(session.execute(text("SELECT job, subject, last_error FROM errand WHERE done_at IS NULL")))


_VERDICTS = text(
    "SELECT v.id, v.verdict, v.started_at, (SELECT vv.reasons FROM visit_verdict vv WHERE vv.visit_id = v.id"
    "  ORDER BY vv.n DESC LIMIT 1) AS reasons,"
    " (SELECT array_agg(f.cause) FROM finding f WHERE f.visit_id = v.id) AS causes FROM visit v"
)


def _verdicts(session: Session) -> dict[UUID, Judged]:
    return {
        row.id: Judged(
            row.id, row.verdict, frozenset(one["code"] for one in row.reasons or []), row.started_at,
            frozenset(row.causes or []),
        )
        for row in session.execute(_VERDICTS)
    }  # fmt: skip
