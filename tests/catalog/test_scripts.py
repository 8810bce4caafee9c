"""A text is read in the language of its script when the asked one could only spell its letters."""

from __future__ import annotations

import pytest

from catalog.languages import find_language
from catalog.scripts import spoken_language


@pytest.mark.parametrize(
    ("text", "asked", "spoken"),
    [
        ("一只狐狸想去看大海。", "en", "zh"),
        ("灯台守とくじらの物語。", "en", "ja"),
        ("등대지기와 고래", "fr", "ko"),
        ("Старик и море", "en", "ru"),
        ("קצר על ים", "en", "he"),
        ("قصة بحار عجوز", "hi", "ar"),
        ("قصة بحار عجوز", "fa", "fa"),
        ("Старий і море", "uk", "uk"),
        ("灯台守", "ja", "ja"),
        ("The word 狐狸 means fox.", "en", "en"),
        ("Ein Fuchs", "ru", "ru"),
        ("𓀀𓀁", "en", "en"),
        ("1984 🦊", "en", "en"),
        ("", "en", "en"),
    ],
)
def test_a_foreign_script_is_read_in_its_own_language(text: str, asked: str, spoken: str) -> None:
    language = find_language(asked)
    assert language is not None
    assert spoken_language(text, language).code == spoken
