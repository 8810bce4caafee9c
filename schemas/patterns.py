"""Which regular expressions are matched in linear time, and how text is matched with them."""

from __future__ import annotations

from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

_LONGEST_PATTERN = 1000


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
    if len(pattern) > _LONGEST_PATTERN:
        return None
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except (SchemaError, UnicodeError):
        return None
