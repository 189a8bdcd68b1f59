"""What the web server does before it serves: gunicorn reads this module with `-c python:api.serving`."""

import sys
from typing import Any

from sync.db import UnsafeDatabaseError
from sync.house import House
from sync.settings import Settings


def on_starting(_server: Any) -> None:
    """Refuse to serve over a database that may lose what it acknowledges."""
    house = House.open(Settings.from_env())
    try:
        house.refuse_unsafe()
    except UnsafeDatabaseError as error:
        sys.stderr.write(f"数据库设置不安全,不能启动 / unsafe database settings, will not serve: {error}\n")
        sys.exit(2)
