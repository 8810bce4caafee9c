"""The page about providers is what the cards say."""

from __future__ import annotations

from catalog.provider_document import PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `python -m catalog.provider_document`"
