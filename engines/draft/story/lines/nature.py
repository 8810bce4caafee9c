"""What is seen, and what goes wrong, out in nature and in the sky."""

from __future__ import annotations

from engines.draft.story.lines.place import Place, place
from engines.draft.tables import read_table

NATURE: dict[str, Place] = {name: place(**row) for name, row in read_table(__file__).items()}
