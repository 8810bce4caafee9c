"""What the table of styles promises."""

from __future__ import annotations

from catalog.styles import find_style, nearest_style, styles


def test_six_styles_are_offered_with_distinct_ids() -> None:
    ids = [style.id for style in styles()]
    assert ids == ["cartoon", "realistic", "watercolor", "anime", "oil-painting", "pixel-art"]
    assert not any(style.is_premium for style in styles())
    assert all(style.prompt_suffix and style.description for style in styles())


def test_every_style_is_in_its_category() -> None:
    assert {style.id: style.category for style in styles()} == {
        "cartoon": "cartoon",
        "anime": "cartoon",
        "realistic": "realistic",
        "watercolor": "artistic",
        "oil-painting": "artistic",
        "pixel-art": "artistic",
    }


def test_a_style_is_found_by_id_or_name_in_any_case() -> None:
    assert find_style("Oil Painting") is find_style("oil-painting") is not None
    assert find_style("sculpture") is None


def test_a_misspelled_style_has_a_nearest_one() -> None:
    assert nearest_style("watercolour") == "watercolor"
    assert nearest_style("pixelart") == "pixel-art"
    assert nearest_style("") in {style.id for style in styles()}
