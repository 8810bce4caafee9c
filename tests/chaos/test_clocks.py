"""Whether a moved clock moves, and waiting does not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.chaos.clocks import Clock, can_move

TELLS = """
import datetime, sys, time
for _ in sys.stdin:
    began = time.monotonic()
    time.sleep(0.01)
    print(int(time.time()), int(datetime.datetime.now().timestamp()), time.monotonic() - began < 60, flush=True)
"""


@pytest.mark.skipif(not can_move(), reason="needs a C compiler")
def test_a_process_lives_by_its_clock_and_notices_at_once_that_it_moved(tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", TELLS],
        env={**os.environ, **clock.make()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for shift_s in (0, 300, -300, 0):
            clock.move(shift_s)
            process.stdin.write("what time is it?\n")
            process.stdin.flush()
            unix, local, waits_right = process.stdout.readline().split()
            assert abs(int(unix) - time.time() - shift_s) < 5
            assert abs(int(local) - time.time() - shift_s) < 5
            assert waits_right == "True"
        process.stdin.close()
