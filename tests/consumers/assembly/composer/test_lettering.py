"""Words are drawn in the order their script is read, with a font that has them, inside the safe area."""

from __future__ import annotations

import numpy as np
import pytest

from consumers.assembly.composer.fonts import Fonts
from consumers.assembly.composer.lettering import Lettering
from planning.captions import WIDTH_CHARS, SpokenLine, cues


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    made = Fonts()
    made.load()
    return made


@pytest.mark.parametrize(
    "text",
    [
        "Ünïcödé “quotes” — ok…", "Ελληνικά", "Привет", "مرحبا", "שלום", "नमस्ते", "สวัสดี", "বাংলা", "தமிழ்",
        "吾輩は猫である", "汉字 漢字", "한국어", "ქართული", "Հայերեն", "አማርኛ", "ខ្មែរ", "😀🎬👍🏽", "→ ✓ ♪ ★",
    ],
)  # fmt: skip
def test_the_scripts_of_the_world_have_a_font(fonts: Fonts, text: str) -> None:
    assert fonts.missing(text) == ()
    drawn = Lettering(fonts, 640, 360).caption(text)
    assert (drawn.luma > 200).sum() > 50


def test_a_character_without_a_font_is_named_once_and_joiners_are_no_characters(fonts: Fonts) -> None:
    assert fonts.missing("a𓀀b𓀀\u200d\ufe0f\n") == ("𓀀",)


def _left_to_right(fonts: Fonts, line: str) -> list[str]:
    lettering = Lettering(fonts, 640, 360)
    return [run.text[::-1] if run.level % 2 else run.text for run in lettering._runs(line)]


def test_right_to_left_text_keeps_its_numbers_and_foreign_words_readable(fonts: Fonts) -> None:
    assert "".join(_left_to_right(fonts, "אבג 123 abc דה")) == "הד abc 123 גבא"
    assert "".join(_left_to_right(fonts, "abc אבג 123 xyz")) == "abc 123 גבא xyz"
    assert "".join(_left_to_right(fonts, "one, two 3.")) == "one, two 3."


@pytest.mark.parametrize("size", [(640, 360), (360, 640), (3840, 2160), (840, 360), (64, 36), (16, 16)])
@pytest.mark.parametrize("text", ["W" * 42 + "\n" + "W" * 42, "漢" * 21, "short"])
def test_captions_of_any_length_stay_inside_the_safe_area(
    fonts: Fonts, size: tuple[int, int], text: str
) -> None:
    drawn = Lettering(fonts, *size).caption(text)
    height, width = drawn.luma.shape
    assert drawn.luma.dtype == np.uint8
    assert drawn.x_px % 2 == drawn.y_px % 2 == height % 2 == width % 2 == 0
    assert drawn.x_px >= int(0.05 * size[0]) - 1
    assert drawn.x_px + width <= 0.95 * size[0] + 1
    assert drawn.y_px + height <= 0.95 * size[1]


@pytest.mark.parametrize(
    ("aspect", "size"),
    [
        ("16:9", (1280, 720)),
        ("21:9", (1680, 720)),
        ("1:1", (720, 720)),
        ("4:5", (720, 900)),
        ("9:16", (720, 1280)),
    ],
)
def test_captions_planned_for_an_aspect_stay_large_on_it(
    fonts: Fonts, aspect: str, size: tuple[int, int]
) -> None:
    text = "An old keeper climbs the lighthouse stairs for the last time tonight, alone."
    lettering = Lettering(fonts, *size)
    for cue in cues([SpokenLine(0.0, text, (), 6.0)], width_chars=WIDTH_CHARS[aspect]):
        rows = cue.text.count("\n") + 1
        assert lettering.caption(cue.text).luma.shape[0] >= rows * 0.75 * 1.32 * lettering.caption_size_px


def test_a_title_of_many_words_is_flowed_and_shrunk_to_fit(fonts: Fonts) -> None:
    drawn = Lettering(fonts, 320, 180).title("A very long title that goes on and on " * 6)
    assert drawn.luma.shape[0] <= 0.9 * 180
    assert drawn.luma.shape[1] <= 0.9 * 320
