from __future__ import annotations

import pytest

from runtime.errors import Cancelled
from worker.report import TaskReport


def test_the_fraction_never_falls_and_never_passes_one() -> None:
    report = TaskReport()
    report.step(3, 4, "painting")
    report.step(1, 4, "painting")
    assert report.look() == (0.75, "painting")
    report.step(9, 4, "storing")
    report.step(0, 0, "nothing to count")
    assert report.look() == (1.0, "nothing to count")


def test_a_cancelled_report_raises_at_the_next_step() -> None:
    report = TaskReport()
    report.cancel("another attempt was first")
    with pytest.raises(Cancelled, match="another attempt was first"):
        report.step(1, 2, "painting")
