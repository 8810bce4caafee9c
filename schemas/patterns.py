"""Which regular expressions are matched in linear time, and how text is matched with them."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

COST_LIMIT = 20_000
"""What the patterns of one request may cost together: about three seconds, once, in the worst case."""

_COUNTED = re.compile(r"\{([0-9]{1,9})(?:,([0-9]{0,9}))?\}")


def cost(pattern: str) -> int:
    """Estimate what it takes to prepare a pattern, in units of at most 0.15 ms.

    Each counted repeat multiplies what it repeats, and a class such as \\w stands for hundreds of ranges.
    """
    repeats = math.prod(max(1, int(least), int(most or 0)) for least, most in _COUNTED.findall(pattern))
    return (len(pattern) + 10 * pattern.count("\\")) * repeats


def is_linear(pattern: str) -> bool:
    """Whether a pattern can be matched in time linear in the text.

    The judge is Rust's `regex`, an automaton without backtracking, which refuses what it cannot do in
    linear time (look-around, back references) and what would grow too large
    (https://docs.rs/regex, "Untrusted input").
    """
    return _compiled(pattern) is not None


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern is found anywhere in a text, in linear time, as JSON Schema's `pattern` means it.

    Raises:
        ValueError: the pattern is not one that `is_linear` allows.
    """
    compiled = _compiled(pattern)
    if compiled is None:
        raise ValueError("this pattern cannot be matched in linear time")
    try:
        compiled.validate_python(text)
    except ValidationError:
        return False
    return True


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> SchemaValidator | None:
    if cost(pattern) > COST_LIMIT:
        return None
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except (SchemaError, UnicodeError):
        return None
