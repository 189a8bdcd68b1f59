"""Memory of the workers and of the web server over a million visits."""

import threading
from contextlib import suppress
from itertools import islice
from statistics import median

import psutil
from sqlalchemy import text

from tests.bench.ground import WORKER, installation, running, wait_for, web
from tests.bench.load import VISITS, standard_batches
from tests.bench.road import until_done
from tests.bench.sender import request_of, send_all
from tests.bench.table import Row

MANY = 1_000_000
PIECE = 1_000
EVERY_S = 0.5
ROLES = {"workers": "worker", "web": "gunicorn"}


def flat() -> list[Row]:
    """Unique memory (USS, bytes) of all processes of a role: median of the last tenth of the run against the second."""
    samples: dict[str, list[int]] = {role: [] for role in ROLES}
    over = threading.Event()
    with installation() as (house, environment, _postgres):
        ready = iter(standard_batches(MANY // VISITS))
        with running(environment, web(environment), WORKER, WORKER):
            wait_for(environment)
            watch = threading.Thread(target=_watch, args=(samples, over))
            watch.start()
            while piece := [request_of(one) for one in islice(ready, PIECE)]:
                send_all(environment["DOORSTEP_BIND"], piece, 4)
                until_done(house)
            over.set()
            watch.join()
        visits = house.read(lambda s: s.scalar(text("SELECT count(*) FROM visit"))) or 0
    return [_row(role, seen, visits) for role, seen in samples.items()]


def _watch(samples: dict[str, list[int]], over: threading.Event) -> None:
    while not over.wait(EVERY_S):
        now = dict.fromkeys(ROLES, 0)
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                line = " ".join(process.cmdline())
                for role, word in ROLES.items():
                    now[role] += process.memory_full_info().uss if word in line else 0
        for role, used in now.items():
            samples[role].append(used)


def _row(role: str, seen: list[int], visits: int) -> Row:
    tenth = len(seen) // 10
    early, late = median(seen[tenth : 2 * tenth]), median(seen[-tenth:])
    method = f"{early / 2**20:.0f} to {late / 2**20:.0f} MiB unique, {visits:,} visits stored"
    return Row(f"memory of {role}, late against early", late / early * 100, "%", 115, 105, method, less=True)
