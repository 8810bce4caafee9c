"""Whether Markdown's marks go and everything else stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.marks import unmarked


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("---\n**Welcome** to the _harbour_.\n\n* We `sail` at ~~dawn~~.", "Welcome to the harbour.\n\nWe sail at dawn."),
        ("# Title\n\nBody.", "Title\n\nBody."),
        ("Title\n=====\nBody.", "Title\n\nBody."),
        ("Read [the book](https://x.org/a_b) now.", "Read the book now."),
        ("![a fox](fox.png) runs", "a fox runs"),
        ("> We sail.\n> At dawn.", "We sail.\nAt dawn."),
        ("1. One\n2. Two\n3. Three", "One\nTwo\nThree"),
        ("- [ ] wash\n- [x] cook", "wash\ncook"),
        ("| Name | Age |\n|---|---|\n| Bob | 5 |", "Name, Age\n\nBob, 5"),
        ("```python\nprint(1)\n```\nDone.", "print(1)\n\nDone."),
        ("***both*** and **bold _nested_ x**", "both and bold nested x"),
        ("**Wel**come", "Welcome"),
        ("Say \\*this\\*.", "Say *this*."),
        ("a\r\n* b\r\n* c", "a\nb\nc"),
        ("***", ""),
        ("| Mon | Tue |\n|:--|--:|\n| rain | sun |", "Mon, Tue\n\nrain, sun"),
    ],
)  # fmt: skip
def test_marks_are_left_out(written: str, said: str) -> None:
    assert unmarked(written).text == said


@pytest.mark.parametrize(
    "text",
    [
        "2 * 3 * 4 = 24 and 5*3*2 = 30",
        "a*b*c is a product, 2**10 is 1024",
        "The file is snake_case_name.py, or __init__.py",
        "#fox #sea and a fox",
        "See https://x.org/a_b_c*d* or me_you@x_y.com",
        "5. Nov war kalt.\nDann kam der Winter.",
        "1. Mai ist Feiertag.",
        "+ 5 degrees",
        "> 5 people came",
        "a < b & c > d, &amp; <b>",
        "What the f**k and s**t",
        "*not closed",
        "~5 minutes, 1 | 2",
        "Press 1️⃣ or *️⃣",
        "    indented\n\ttext",
    ],
)
def test_what_only_looks_like_a_mark_stays(text: str) -> None:
    assert unmarked(text).text.strip() == text.strip()


@given(st.text(st.sampled_from("ab12 *_`~#>|[]()!-+.\\\n\r\t=é😀"), max_size=80))
def test_every_character_keeps_its_place_whatever_the_text(written: str) -> None:
    found = unmarked(written)
    assert len(found.places) == len(found.text)
    assert list(found.places) == sorted(found.places)
    for place, char in zip(found.places, found.text, strict=True):
        assert written[place] == char or char in ", \n"
    # No letter and no digit is lost, but those of a link's address, a list's number, a fence's language.
    if not set("[`12") & set(written):
        assert sum(char.isalnum() for char in written) == sum(char.isalnum() for char in found.text)
