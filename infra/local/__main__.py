"""`python -m infra.local start|stop|status`: the local stack from the command line."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from infra.local.doctor import diagnose
from infra.local.stack import Endpoints, LocalStack, StackStatus
from runtime.errors import ReelbusError
from runtime.settings import Settings
from runtime.streams import take_any_text

_NOT_RUNNING = 3


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    parser.add_argument("command", choices=["start", "stop", "status", "doctor"])
    parser.add_argument(
        "--home", type=Path, default=Settings().home, help="state of the stack (REELBUS_HOME)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args(arguments)
    take_any_text()
    stack = LocalStack(chosen.home)
    try:
        match chosen.command:
            case "start":
                began = time.monotonic()
                found = stack.start()
                _say(
                    _as_json(stack.status())
                    if chosen.json
                    else f"{_lines(found)}\nready in {time.monotonic() - began:.1f} s"
                )
            case "stop":
                stack.stop()
            case "status":
                return _status(stack.status(), as_json=chosen.json)
            case _:
                return _doctor(chosen.home, as_json=chosen.json)
    except ReelbusError as error:
        sys.stderr.write(f"reelbus: {error.message}\n")
        return 1
    return 0


def _status(status: StackStatus, *, as_json: bool) -> int:
    servers = [f"{server.role:10}{server.state:10}{server.pid or ''}" for server in status.servers]
    place = [_lines(status.endpoints)] if status.endpoints else []
    _say(_as_json(status) if as_json else "\n".join([*place, *servers]))
    return 0 if status.running else _NOT_RUNNING


def _doctor(home: Path, *, as_json: bool) -> int:
    findings = diagnose(home)
    if as_json:
        _say(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            _say(f"{'ok     ' if finding.ok else 'missing'}  {finding.name:14} {finding.detail}")
            if finding.remedy:
                _say(f"{'':25}-> {finding.remedy}")
    return 0 if all(finding.ok or not finding.needed for finding in findings) else 1


def _as_json(status: StackStatus) -> str:
    place = asdict(status.endpoints) if status.endpoints else {}
    return json.dumps({**place, "processes": [asdict(server) for server in status.servers]})


def _lines(found: Endpoints) -> str:
    return f"bootstrap {found.bootstrap}\ns3        {found.s3_endpoint}\nbucket    {found.bucket}"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
