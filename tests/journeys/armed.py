"""`python -m tests.journeys.armed FOLDER [sweep]`: a worker that obeys orders at the points of the road.

A file of a point's name in FOLDER holds the order; whoever removes it, at work on a batch, obeys it. A visit whose note
is POISON kills the interpreter of whoever applies it, one whose note is POISON_RAISED raises.
"""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from time import sleep
from typing import Any

from sync import points
from sync.errands import Claim
from sync.intake.wire import VisitRecord
from sync.pipeline import batch
from sync.words import Job
from worker import drain
from worker.__main__ import main

POISON = "this note kills"
POISON_RAISED = "this note raises"


def obey(folder: Path, name: str) -> None:
    """Do what is ordered for this point, if anything is. Periodic errands pass the points as well and obey nothing."""
    if _at_work and _at_work[0].job is not Job.APPLY_BATCH:
        return
    order = folder / name.replace(" ", "-")
    try:
        action = order.read_text()
        order.unlink()
    except FileNotFoundError:
        return
    (folder / "acted").write_text(str(os.getpid()))
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif action == "pause":
        while not (folder / "go").exists():
            sleep(0.02)


def _poisoned(walk: Any, records: Sequence[Any]) -> Any:
    notes = {one.record.note for one in records if isinstance(one.record, VisitRecord)}
    if POISON in notes:
        os.kill(os.getpid(), signal.SIGKILL)
    if POISON_RAISED in notes:
        raise RuntimeError
    return _apply_records(walk, records)


def _run(house: Any, claims: list[Claim], *others: Any) -> list[Claim]:
    _at_work[:] = claims
    return _run_errands(house, claims, *others)


def arm(folder: Path) -> None:
    """Make this process and its children obey."""
    drain.run = _run
    points.on_reach = lambda name: obey(folder, name)
    batch.apply_records = _poisoned


_at_work: list[Claim] = []
_apply_records = batch.apply_records
_run_errands = drain.run

if __name__ == "__main__":
    arm(Path(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
