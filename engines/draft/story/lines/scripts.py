"""Which short lines may stand between the words of a brief in Chinese, Japanese, Korean, Arabic or Hindi."""

from __future__ import annotations

from engines.draft.tables import read_table

_TABLE = read_table(__file__)
SCRIPTS: dict[str, tuple[str, ...]] = _TABLE["scripts"]
