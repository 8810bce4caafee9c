"""Which language a text is written in when its letters cannot be those of the language asked for."""

from __future__ import annotations

import unicodedata
from collections import Counter

from catalog.languages import Language, find_language

# The script as the Unicode names of its letters begin, and the languages written in it, the likeliest first.
_WRITTEN_IN = {
    "ARABIC": ("ar", "fa", "ur"),
    "ARMENIAN": ("hy",),
    "BENGALI": ("bn",),
    "CJK": ("zh", "yue", "ja", "ko"),
    "CYRILLIC": ("ru", "az", "be", "bg", "bs", "kk", "mk", "sr", "uk", "uz"),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "GEORGIAN": ("ka",),
    "GREEK": ("el",),
    "GUJARATI": ("gu",),
    "GURMUKHI": ("pa",),
    "HANGUL": ("ko",),
    "HEBREW": ("he",),
    "HIRAGANA": ("ja",),
    "KANNADA": ("kn",),
    "KATAKANA": ("ja",),
    "MALAYALAM": ("ml",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "THAI": ("th",),
}


def spoken_language(text: str, asked: Language) -> Language:
    """Return the language asked for, or the one of the script that most of the text is written in.

    A voice spells out letters of a foreign script one by one ("Chinese letter, Chinese letter"), which nobody wants.
    """
    scripts = Counter(
        unicodedata.name(char, "").partition(" ")[0] for char in text if unicodedata.category(char)[0] == "L"
    )
    letters = scripts.total()
    kana = scripts["HIRAGANA"] + scripts["KATAKANA"]
    if kana and kana * 4 >= scripts["CJK"]:  # Japanese mixes kana with Chinese characters
        scripts["HIRAGANA"] += scripts.pop("KATAKANA", 0) + scripts.pop("CJK", 0)
    for script, count in scripts.items():
        written = _WRITTEN_IN.get(script, ())
        if count * 2 > letters and written and asked.code.split("-")[0] not in written:
            return find_language(written[0]) or asked
    return asked
