"""`python -m worker` answers bells; `python -m worker sweep` sweeps."""

import gc
import sys

from sqlalchemy.orm import configure_mappers

import sync.models  # noqa: F401  # the mappers to configure
from sync import logs
from sync.db import UnsafeDatabaseError
from sync.settings import SettingsError
from worker import listen, sweep
from worker.drain import open_house

GC_THRESHOLDS = (50_000, 20, 50)  # a set of batches makes 10^5 objects that die with it: looking less often saves 9 %


def main(arguments: list[str]) -> int:
    """Run a worker or a sweeper until it is asked to end; the exit code."""
    if arguments not in ([], ["sweep"]):
        sys.stderr.write("用法 / usage: python -m worker [sweep]\n")
        return 2
    try:
        house = open_house()
        house.refuse_unsafe()
    except (SettingsError, UnsafeDatabaseError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logs.configure(house.settings.log_level)
    configure_mappers()  # before the fork: each work horse would do it again
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    (sweep.forever if arguments else listen.forever)(house)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
