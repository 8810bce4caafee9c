"""How rows become tables of the page."""

from __future__ import annotations

from benchmarks.tables import PAGE, table


def test_none_is_a_dash() -> None:
    assert table(["a", "b"], [[1, None]]) == "| a | b |\n| --- | --- |\n| 1 | - |"


def test_the_page_has_a_place_for_every_table() -> None:
    page = PAGE.read_text("utf-8")
    for name in (
        "join",
        "join-cpu",
        "faults-kills",
        "faults-twice",
        "faults-server",
        "faults-versions",
        "scale",
    ):
        assert page.count(f"<!-- {name} -->") == page.count(f"<!-- /{name} -->") == 1
