"""`python -m tests.journeys.armed FOLDER [sweep]`: a worker that obeys orders at the points of the road.

A file of a point's name in FOLDER holds the order; whoever removes it obeys it. A visit whose note is POISON kills
the interpreter of whoever applies it, one whose note is POISON_RAISED raises.
"""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from time import sleep
from typing import Any

from sync import points
from sync.intake.wire import VisitRecord
from sync.pipeline import batch
from worker.__main__ import main

POISON = "this note kills"
POISON_RAISED = "this note raises"


def obey(folder: Path, name: str) -> None:
    """Do what is ordered for this point, if anything is."""
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


def arm(folder: Path) -> None:
    """Make this process and its children obey."""
    points.on_reach = lambda name: obey(folder, name)
    batch.apply_records = _poisoned


_apply_records = batch.apply_records

if __name__ == "__main__":
    arm(Path(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
