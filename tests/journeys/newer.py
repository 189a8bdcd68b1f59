"""`python -m tests.journeys.newer FOLDER [sweep]`: a worker of next year's version.

It reads payload schema 2, which is schema 1 with a field more, and knows the kind `complaint`, which it applies as a
problem told outside a visit.
"""

import sys
from pathlib import Path
from typing import Any

from sync.intake import parse
from tests.journeys.armed import arm
from worker.__main__ import main

KIND = b'"kind":"complaint"'


def _read(ord_: int, raw: bytes, *others: Any) -> Any:
    return _read_before(ord_, raw.replace(KIND, b'"kind":"problem"'), *others)


_read_before = parse._read

if __name__ == "__main__":
    parse.SCHEMA = 2
    parse.UPCASTS[1] = dict
    parse.BUILT = parse.BUILT | {"complaint"}
    parse._read = _read
    arm(Path(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
