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


def test_a_line_says_who_speaks_of_which_work_in_which_trace_and_so_do_the_lines_of_libraries() -> None:
    program = (
        "import logging, threading\n"
        "from bus.tracing import continued\n"
        "from runtime.telemetry import configure_logging, get_logger, identify, unit_of_work\n"
        "configure_logging('info', 'json')\n"
        "identify(role='painter', pid=7)\n"
        "identify(worker_id='w')\n"
        f"with continued('00-{'a' * 32}-{'b' * 16}-01'), unit_of_work(job_id='j', node_id='n', task_id='t'):\n"
        "    get_logger('t').info('first', job_id='own')\n"
        "    logging.getLogger('minio').error('second')\n"
        "    thread = threading.Thread(target=lambda: get_logger('t').info('third')); thread.start(); thread.join()\n"
        "get_logger('t').info('fourth')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    who = {"role": "painter", "pid": 7, "worker_id": "w"}
    work = {"node_id": "n", "task_id": "t", "trace_id": "a" * 32, "span_id": "b" * 16}
    assert all(who.items() <= line.items() for line in lines)
    assert [line["event"] for line in lines] == ["first", "second", "third", "fourth"]
    assert all(work.items() <= line.items() for line in lines[:2])
    assert [line.get("job_id") for line in lines] == ["own", "j", None, None]
    assert "trace_id" not in lines[3]


def test_a_process_that_was_copied_from_a_command_speaks_as_any_other() -> None:
    program = (
        "import logging\n"
        "from runtime.telemetry import configure_logging, get_logger\n"
        "log, library = get_logger('t'), logging.getLogger('aiokafka')\n"
        "configure_logging('error', 'text', silent=('aiokafka',))\n"
        "log.info('first')\n"
        "library.error('second')\n"
        "configure_logging('info', 'json')\n"
        "log.info('third')\n"
        "library.error('fourth')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == ["third", "fourth"]
