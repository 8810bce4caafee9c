"""Words are drawn in the order their script is read, with a font that has them, inside the safe area."""

from __future__ import annotations

import unicodedata

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from captions.cues import WIDTH_CHARS, SpokenLine, cues
from engines.composition.bidi import levels
from engines.composition.fonts import Fonts
from engines.composition.lettering import Lettering


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


def _glyphs(fonts: Fonts, text: str) -> NDArray[np.uint8]:
    """The white of a caption without its box, cut to what is inked."""
    drawn = Lettering(fonts, 1280, 720).caption(text)
    ink = np.where(drawn.luma > 128, drawn.luma, 0).astype(np.uint8)
    rows, columns = np.nonzero(ink.max(axis=1))[0], np.nonzero(ink.max(axis=0))[0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _seen(fonts: Fonts, text: str, part: str) -> tuple[float, float, float]:
    """How much of `part` is seen in the picture of `text`, 1.0 is all, and where: x and y of its middle, 0 to 1."""
    picture, wanted = _glyphs(fonts, text), _glyphs(fonts, part)
    found = cv2.matchTemplate(picture, wanted, cv2.TM_CCOEFF_NORMED)
    _, most, _, (x, y) = cv2.minMaxLoc(found)
    height, width = wanted.shape
    return most, (x + width / 2) / picture.shape[1], (y + height / 2) / picture.shape[0]


@pytest.mark.parametrize(
    ("text", "part", "wrong"),
    [
        ("המחיר ירד ב 50% היום", "50%", "%50"),
        ("זה עולה רק $19.99 היום", "$19.99", "19.99$"),
        ("כרטיס עולה 20€ לאדם", "20€", "€20"),
        ("הטווח הוא 10-20 קילומטר", "10-20", "20-10"),
        # After Arabic letters a number is an Arabic number (W2), whose sign stands on its left.
        ("السعر 75% فقط", "%75", "75%"),
        ("السعر ٧٥٪ فقط", "٪٧٥", "٧٥٪"),
        ("המחיר ₪120 בלבד", "₪120", "120₪"),
    ],
)
def test_a_mark_stays_on_its_side_of_a_number_in_text_from_right_to_left(
    fonts: Fonts, text: str, part: str, wrong: str
) -> None:
    right, other = _seen(fonts, text, part)[0], _seen(fonts, text, wrong)[0]
    assert right > 0.88
    assert other < 0.82


def test_a_second_row_that_begins_with_a_foreign_name_is_read_from_the_right_too(fonts: Fonts) -> None:
    text = "הלכנו אתמול לבקר את המשרדים של\nGoogle Israel בתל אביב, והיה נהדר!"
    sure, x, y = _seen(fonts, text, "Google Israel")
    assert sure > 0.97
    assert x > 0.7
    assert y > 0.5
    sure, x, _ = _seen(fonts, text, "בתל אביב")
    assert sure > 0.97
    assert x < 0.6
    # A second language after the end of a sentence has its own direction.
    assert _seen(fonts, "שלום לכולם!\nHello, everybody!", "Hello, everybody!")[0] > 0.97


def test_brackets_are_mirrored_and_a_name_in_them_keeps_its_order(fonts: Fonts) -> None:
    assert _seen(fonts, "החברה (Google Israel) בתל אביב", "(Google Israel)")[0] > 0.93
    # Read from the right, a bracket that opens has the shape of one that closes.
    assert _seen(fonts, "(גד)", "(")[1] < 0.2
    assert _seen(fonts, "(גד)", ")")[1] > 0.8


def test_levels_are_found_for_the_whole_caption_and_lines_are_put_into_order_one_by_one() -> None:
    # UAX #9: the numbers after Arabic letters are Arabic numbers also when the line breaks between them.
    assert levels(["محمد", "12 - 34"]) == [[1] * 4, [2, 2, 1, 1, 1, 2, 2]]
    assert levels(["one (אב", "גד) two"]) == [[0, 0, 0, 0, 0, 1, 1], [1, 1, 0, 0, 0, 0, 0]]
    assert levels(["אב (ab) גד"]) == [[1, 1, 1, 1, 2, 2, 1, 1, 1, 1]]
    assert levels(["a \u2067אב c\u2069 b"]) == [[0, 0, 0, 1, 1, 1, 2, 0, 0, 0]]
    assert levels(["plain", "", "text"]) == [[0] * 5, [], [0] * 4]
    assert levels(["א" * 2500]) == [[1] * 2500]


_ODD = st.text(
    st.sampled_from(
        "אבג عرب abc 12 ()[]<>$%€-+., \u2066\u2067\u2068\u2069\u202a\u202b\u202c\u202d\u202e\u200e\u200f"
        "\u2028\u2029\x85\x1c\t\x0b\u0301\u20e3\ufe0f\u200d😀👨🇩🇪🏴\U000e0020\U000e0050\U000e007f漢\u0600\u00ad\x00"
    ),
    max_size=24,
)


@given(_ODD, _ODD)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_put_into_order_and_drawn(fonts: Fonts, first: str, second: str) -> None:
    assert [len(row) for row in levels([first, second])] == [len(first), len(second)]
    text = f"{first}\n{second}"
    assert "".join(text[part.first : part.last] for part in fonts.choose(text)) == text
    shown = [run.text for run in Lettering(fonts, 320, 180)._runs(first)]
    assert sorted("".join(shown)) == sorted(
        char for char in first if unicodedata.category(char) not in ("Cc", "Zl", "Zp")
    )


_TOFU = "\U00013000"
"""No font has it: it is drawn as an empty box."""


@pytest.mark.parametrize(
    "sign",
    ["1️⃣", "#️⃣", "*️⃣", "9⃣", "A⃝", "q̃", "👨‍👩‍👧", "🏴‍☠️", "❤️‍🔥", "👍🏽", "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "☺︎", "שָׁ", "क़", "한"],
)
def test_a_sign_made_of_several_characters_is_drawn_by_one_font_that_has_them_all(
    fonts: Fonts, sign: str
) -> None:
    assert fonts.missing(f"a {sign} b") == ()
    assert fonts.apart(f"a {sign} b") == ()
    assert _seen(fonts, f"I{sign}I", _TOFU)[0] < 0.8
    assert len({part.font for part in fonts.choose(sign)}) == 1


@pytest.mark.parametrize(
    ("sign", "named"),
    [("Ж⃝", "Ж⃝"), ("漢⃣", "漢⃣"), ("葛󠄀", "葛󠄀"), ("a\u0334\u20e3", "a\u0334\u20e3"), ("𓀀", "𓀀")],
)
def test_a_mark_that_the_font_of_its_letter_lacks_is_named(fonts: Fonts, sign: str, named: str) -> None:
    found = fonts.missing(f"x{sign}y")
    assert len(found) == 1
    assert set(found[0]) <= set(named)


def test_a_sign_that_is_shown_as_its_parts_is_named(fonts: Fonts) -> None:
    odd = "😀\u200d🎬"
    assert fonts.apart(f"{odd} A\u200d😀 🏴\U000e0061\U000e0062\U000e007f") == (
        odd, "A\u200d😀", "🏴\U000e0061\U000e0062\U000e007f",
    )  # fmt: skip
    assert fonts.missing(odd) == ()


def test_without_the_library_that_shapes_text_captions_are_drawn_all_the_same() -> None:
    plain = Fonts(shapes=False)
    plain.load()
    assert not plain.shapes
    assert (Lettering(plain, 640, 360).caption("Hello (you)").luma > 200).sum() > 50
    assert _seen(plain, "שלום abc", "abc")[1] < 0.5


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
