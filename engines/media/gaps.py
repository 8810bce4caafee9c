"""When sound does not go on from what was heard before: what the times of a file say of its gaps."""

from __future__ import annotations

_GAP_S = 0.1
"""A smaller difference is a clock that is read badly, and no gap."""
_LOST_S = 0.002
"""Where packets were lost, what follows is known to be late."""
_JUMP_S = 10.0
"""Where clocks may start anew, as in joined broadcasts, a larger step is no gap."""
_BACK_S = 1.0
"""So far times may go back: pictures are decoded in another order than they are shown."""
_STARTS_ANEW = {"mpegts", "mpeg", "ogg"}
UNTIMED = {
    "mp3",
    "aac",
    "loas",
    "amr",
    "ac3",
    "eac3",
    "dts",
    "truehd",
    "h264",
    "hevc",
    "mpegvideo",
    "m4v",
    "obu",
}
"""Formats without times, and perhaps without a length."""
_COUNTED = {*UNTIMED, "flac", "wav", "w64", "aiff", "caf", "au", "avi"}
"""Formats whose samples are counted, so that there are no gaps but those of lost packets."""


class Gaps:
    """Compares when something is said to be heard with when it would be heard; all times are seconds.

    Players do the same. A time that goes back, or too far ahead, is that of something joined on: it goes on
    where the last ended.
    """

    def __init__(self, container_format: str) -> None:
        names = set(container_format.split(","))
        self._counted = bool(names & _COUNTED)
        self._most_s = _JUMP_S if self._counted or names & _STARTS_ANEW else float("inf")
        self._joined_s = 0.0
        self.joined = False

    def before(self, said_s: float, heard_s: float, *, lost: bool) -> float:
        """Return how much silence comes before what is said to be at `said_s` and would be heard at `heard_s`."""
        late_s = self.placed(said_s, heard_s) - heard_s
        if lost:
            return late_s if late_s > _LOST_S else 0.0
        return late_s if late_s > _GAP_S and not self._counted else 0.0

    def placed(self, said_s: float, last_s: float) -> float:
        """Return when something is that is said to be at `said_s`, where what came last ended at `last_s`."""
        late_s = said_s + self._joined_s - last_s
        if late_s > self._most_s or late_s < -_BACK_S:
            self._joined_s -= late_s
            self.joined = True
        return said_s + self._joined_s
