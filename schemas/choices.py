"""Which closed sets of words stand in more than one message, or beside one: each of them stands here alone."""

from __future__ import annotations

from typing import Final, Literal, get_args

Modality = Literal["text", "image", "video", "audio", "assembly"]
MODALITIES: tuple[Modality, ...] = get_args(Modality)
"""What a worker group makes; one group of task topics for each."""

Priority = Literal["interactive", "batch"]
"""How soon a request wants its job done."""

Lane = Literal[Priority, "replay"]
LANES: tuple[Lane, ...] = get_args(Lane)
"""Task lanes, the most urgent first: one for each priority, and one for what is done again."""

Quality = Literal["draft", "standard", "high"]
QUALITIES: tuple[Quality, ...] = get_args(Quality)
"""How good a result shall be, the quickest first."""

WantedQuality = Literal[Quality, "best"]
BEST: Final = "best"
"""Asks for the best that there is of each capability, whichever quality that is."""

OnFailure = Literal["fail", "placeholder", "partial"]
"""What becomes of a job when a node of it failed for good."""

Family = Literal["draft", "local", "remote"]
FAMILIES: tuple[Family, ...] = get_args(Family)
"""Where an engine's results come from: rules without weights, this installation, or a provider."""

Lifecycle = Literal["active", "deprecated", "retired"]
"""How long an engine of the catalogue has still to live.

One that is deprecated does what names it, and what no other does; one that is retired does no new work.
"""

Submission = Literal["", "not_taken", "ended"]
"""What is known of work that was given to a stranger and failed: nothing, it was surely not taken, or it ended there."""

RunsIn = Literal["host", "sandbox", "thread"]
"""Where an engine's code runs: a process of its own, a confined one, or a thread of its worker."""

Captions = Literal["burned", "sidecar", "both", "none"]
"""Where captions stand: in the picture, in files beside it, in both or nowhere."""

Fit = Literal["cover", "contain", "fill"]
"""How a picture of another shape fills its canvas: cut, with bars, or stretched."""
