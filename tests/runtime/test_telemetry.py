from __future__ import annotations

import json
import subprocess
import sys


def test_a_logger_follows_standard_error_when_another_stream_takes_its_place() -> None:
    program = (
        "import io, sys\n"
        "from runtime.telemetry import configure_logging, get_logger\n"
        "log, real = get_logger('t'), sys.stderr\n"
        "sys.stderr = io.StringIO()\n"
        "configure_logging('info', 'json')\n"
        "log.info('first')\n"
        "sys.stderr.close()\n"
        "sys.stderr = real\n"
        "log.info('second')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"event": "second"' in done.stderr


def test_what_libraries_complain_of_is_as_structured_as_our_own_lines() -> None:
    program = (
        "import logging\n"
        "from runtime.telemetry import configure_logging\n"
        "configure_logging('info', 'json')\n"
        "logging.getLogger('aiokafka').error('%s is away', 'node 1')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    line = json.loads(done.stderr)
    assert (line["event"], line["logger"], line["level"]) == ("node 1 is away", "aiokafka", "error")
    assert line["timestamp"].endswith("Z")
