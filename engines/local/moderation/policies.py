"""From which score on something is looked at by a person, or blocked."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

from runtime.errors import Unsupported

Verdict = Literal["pass", "review", "block"]
VERDICTS: tuple[Verdict, ...] = ("pass", "review", "block")
"""From the mildest on."""


@dataclass(frozen=True, slots=True)
class Policy:
    """From `review` on a person should look, from `block` on it is not to be shown."""

    name: str
    review: float
    block: float

    def judge(self, score: float) -> Verdict:
        """Return what follows from a score of 0 to 1."""
        return "block" if score >= self.block else "review" if score >= self.review else "pass"


# open_nsfw's authors: below 0.2 most likely safe, above 0.8 most likely not. Gradients and plain tints reach 0.4.
POLICIES = (Policy("standard", 0.5, 0.8), Policy("strict", 0.2, 0.5))


def policy_of(name: str | None) -> Policy:
    """Return the policy of a name, the standard one without.

    Raises:
        Unsupported: there is none of that name.
    """
    found = next((policy for policy in POLICIES if policy.name == (name or "standard")), None)
    if found is None:
        names = [policy.name for policy in POLICIES]
        near = difflib.get_close_matches(name or "", names, 1, 0.5)
        hint = f"the nearest is {near[0]}" if near else f"there are {', '.join(names)}"
        raise Unsupported(f"/policy: there is no such policy; {hint}")
    return found
