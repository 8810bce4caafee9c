"""Which language models are known; their operator pins them at the first pull. Standard library only: hosts read it too."""

from __future__ import annotations

from catalog.weights.source import Source

QWEN3_4B = Source("hub", "Qwen/Qwen3-4B-Instruct-2507", revision="", licence="Apache-2.0", files=())
