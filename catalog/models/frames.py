"""Which numbers of pictures a model of films can make at once. Standard library only: hosts read it too."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FramesRule:
    """So many pictures: `every` times any whole number, and `beyond` more; `most` at once, 0 where there is no end.

    LTX makes 8k + 1 (every=8, beyond=1), Wan 4k + 1.
    """

    every: int = 1
    beyond: int = 0
    most: int = 0

    def at_least(self, frames: int) -> int:
        """Return the fewest that it can make of these and more; what is too much is the `longest`."""
        wanted = max(frames, self.beyond, 1)
        found = -(-(wanted - self.beyond) // self.every) * self.every + self.beyond
        return min(found, self.longest) if self.most else found

    @property
    def longest(self) -> int:
        """The most that it can make at once; 0 where there is no end."""
        if not self.most:
            return 0
        return max((self.most - self.beyond) // self.every * self.every + self.beyond, self.beyond)

    def __str__(self) -> str:
        """Return it as people write it: `8k+1 frames, at most 257`."""
        said = f"{self.every}k" if self.every > 1 else "k"
        said += f"+{self.beyond} frames" if self.beyond else " frames"
        return f"{said}, at most {self.longest}" if self.most else said
