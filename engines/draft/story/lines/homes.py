"""What is seen, and what goes wrong, where people live, work and dig, and where nobody said."""

from __future__ import annotations

from engines.draft.story.lines.place import Place, place
from engines.draft.tables import read_table

HOMES: dict[str, Place] = {name: place(**row) for name, row in read_table(__file__).items()}
