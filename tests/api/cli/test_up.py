"""`doorstep up` and where its log goes."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

SPEAK = """
import os
from api.cli.up import speak_through_a_pipe
print("before")
speak_through_a_pipe()
with open("/dev/fd/1", "w") as anew:  # as supervisord does for every program
    print(os.readlink("/proc/self/fd/1").split(":")[0], file=anew)
"""


def test_the_log_reaches_a_file_that_only_somebody_else_may_open(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as out:
        running = subprocess.Popen([sys.executable, "-c", SPEAK], stdout=out, cwd=ROOT)
        assert running.wait(30) == 0
    with subprocess.Popen(["tail", "-f", "-n", "+1", str(log)], stdout=subprocess.PIPE, text=True) as tail:
        assert tail.stdout is not None
        assert [tail.stdout.readline(), tail.stdout.readline()] == ["before\n", "pipe\n"]
        tail.kill()
