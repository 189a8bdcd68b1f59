"""What the web server does before it serves: gunicorn reads this module with `-c python:api.serving`."""

import shutil
import sys
import tempfile
from typing import Any

from sync.db import UnsafeDatabaseError
from sync.house import House
from sync.settings import Settings

# Files in which the web processes add up what /metrics tells. prometheus_client reads the variable when a web process
# imports it, which happens after the fork: nothing here may import it.
COUNTS = tempfile.mkdtemp(prefix="doorstep-counts-")
raw_env = [f"PROMETHEUS_MULTIPROC_DIR={COUNTS}"]


def on_exit(_server: Any) -> None:
    """Remove the counts with the server."""
    shutil.rmtree(COUNTS, ignore_errors=True)


def on_starting(_server: Any) -> None:
    """Refuse to serve over a database that may lose what it acknowledges."""
    house = House.open(Settings.from_env())
    try:
        house.refuse_unsafe()
    except UnsafeDatabaseError as error:
        sys.stderr.write(f"数据库设置不安全,不能启动 / unsafe database settings, will not serve: {error}\n")
        sys.exit(2)
