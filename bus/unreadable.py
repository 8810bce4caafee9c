"""Why a record is a dead letter: the closed list of reasons, and the error that carries one."""

from __future__ import annotations

from enum import StrEnum

from runtime.errors import InvalidRequest


class DlqReason(StrEnum):
    """The closed list of `dlq_reason`."""

    NO_VALUE = "no_value"
    NOT_UTF8 = "not_utf8"
    BYTE_ORDER_MARK = "byte_order_mark"
    NOT_JSON = "not_json"
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    DUPLICATE_NAME = "duplicate_name"
    TOO_DEEP = "too_deep"
    NOT_AN_OBJECT = "not_an_object"
    ATTRIBUTE_MISSING = "attribute_missing"
    ATTRIBUTE_DOUBLED = "attribute_doubled"
    ATTRIBUTE_EMPTY = "attribute_empty"
    ATTRIBUTE_NOT_TEXT = "attribute_not_text"
    ATTRIBUTE_TOO_LONG = "attribute_too_long"
    UNSUPPORTED_SPECVERSION = "unsupported_specversion"
    UNKNOWN_TYPE = "unknown_type"
    INVALID_MESSAGE = "invalid_message"
    """An internal message whose fields are wrong; a request with wrong fields is rejected instead."""
    HANDLER_FAILED = "handler_failed"
    """A readable record that made its handler fail again and again."""
    CRASH_LOOP = "crash_loop"
    """A record that ended the processes that handled it, three of them."""


class Unreadable(InvalidRequest):
    """A record cannot be read, now or ever."""

    def __init__(self, reason: DlqReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
