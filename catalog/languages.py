"""Which languages a film can speak, and how their captions are written."""

from __future__ import annotations

import difflib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """A spoken language: BCP-47 code, English name, the espeak-ng voice that speaks it and how it is written.

    `spaced` is False where words are not separated by spaces (Chinese, Japanese, Thai, ...).
    """

    code: str
    name: str
    espeak_voice: str
    right_to_left: bool = False
    spaced: bool = True


# First the nine that have voices of their own (see `catalog.voices`), then the rest by code.
_FIRST_CLASS = (
    Language("en", "English", "en-US"),
    Language("fr", "French", "fr"),
    Language("de", "German", "de"),
    Language("es", "Spanish", "es"),
    Language("it", "Italian", "it"),
    Language("pt", "Portuguese", "pt-BR"),
    Language("nl", "Dutch", "nl"),
    Language("pl", "Polish", "pl"),
    Language("ru", "Russian", "ru"),
)
_REGIONAL = (
    Language("en-US", "English (United States)", "en-US"),
    Language("en-GB", "English (United Kingdom)", "en"),
    Language("es-419", "Spanish (Latin America)", "es-419"),
    Language("es-MX", "Spanish (Mexico)", "es-419"),
    Language("fr-BE", "French (Belgium)", "fr-BE"),
    Language("fr-CH", "French (Switzerland)", "fr-CH"),
    Language("pt-BR", "Portuguese (Brazil)", "pt-BR"),
    Language("pt-PT", "Portuguese (Portugal)", "pt"),
)
_OTHERS = (
    Language("af", "Afrikaans", "af"),
    Language("ar", "Arabic", "ar", right_to_left=True),
    Language("az", "Azerbaijani", "az"),
    Language("be", "Belarusian", "be"),
    Language("bg", "Bulgarian", "bg"),
    Language("bn", "Bengali", "bn"),
    Language("bs", "Bosnian", "bs"),
    Language("ca", "Catalan", "ca"),
    Language("cs", "Czech", "cs"),
    Language("cy", "Welsh", "cy"),
    Language("da", "Danish", "da"),
    Language("el", "Greek", "el"),
    Language("eo", "Esperanto", "eo"),
    Language("et", "Estonian", "et"),
    Language("eu", "Basque", "eu"),
    Language("fa", "Persian", "fa", right_to_left=True),
    Language("fi", "Finnish", "fi"),
    Language("ga", "Irish", "ga"),
    Language("gu", "Gujarati", "gu"),
    Language("he", "Hebrew", "he", right_to_left=True),
    Language("hi", "Hindi", "hi"),
    Language("hr", "Croatian", "hr"),
    Language("hu", "Hungarian", "hu"),
    Language("hy", "Armenian", "hy"),
    Language("id", "Indonesian", "id"),
    Language("is", "Icelandic", "is"),
    Language("ja", "Japanese", "ja", spaced=False),
    Language("ka", "Georgian", "ka"),
    Language("kk", "Kazakh", "kk"),
    Language("kn", "Kannada", "kn"),
    Language("ko", "Korean", "ko"),
    Language("la", "Latin", "la"),
    Language("lt", "Lithuanian", "lt"),
    Language("lv", "Latvian", "lv"),
    Language("mk", "Macedonian", "mk"),
    Language("ml", "Malayalam", "ml"),
    Language("mr", "Marathi", "mr"),
    Language("ms", "Malay", "ms"),
    Language("mt", "Maltese", "mt"),
    Language("nb", "Norwegian", "nb"),
    Language("ne", "Nepali", "ne"),
    Language("pa", "Punjabi", "pa"),
    Language("ro", "Romanian", "ro"),
    Language("sk", "Slovak", "sk"),
    Language("sl", "Slovenian", "sl"),
    Language("sq", "Albanian", "sq"),
    Language("sr", "Serbian", "sr"),
    Language("sv", "Swedish", "sv"),
    Language("sw", "Swahili", "sw"),
    Language("ta", "Tamil", "ta"),
    Language("te", "Telugu", "te"),
    Language("th", "Thai", "th", spaced=False),
    Language("tr", "Turkish", "tr"),
    Language("uk", "Ukrainian", "uk"),
    Language("ur", "Urdu", "ur", right_to_left=True),
    Language("uz", "Uzbek", "uz"),
    Language("vi", "Vietnamese", "vi"),
    Language("yue", "Chinese (Cantonese)", "yue", spaced=False),
    Language("zh", "Chinese (Mandarin)", "cmn", spaced=False),
)

LANGUAGES: tuple[Language, ...] = (*_FIRST_CLASS, *_REGIONAL, *_OTHERS)
FIRST_CLASS_CODES: tuple[str, ...] = tuple(language.code for language in _FIRST_CLASS)

_BY_CODE = {language.code.casefold(): language for language in LANGUAGES}
_SYNONYMS = {
    "no": "nb",
    "nn": "nb",
    "iw": "he",
    "in": "id",
    "cmn": "zh",
    "zh-hk": "yue",
    "zh-cn": "zh",
    "zh-tw": "zh",
}


def find_language(code: str) -> Language | None:
    """Return the language of a BCP-47 code (any case, `-` or `_`), or None.

    A region without a row of its own is spoken as its language: `fr-FR` and `fr-CA` give French.
    """
    wanted = code.replace("_", "-").casefold()
    wanted = _SYNONYMS.get(wanted, wanted)
    if wanted in _BY_CODE:
        return _BY_CODE[wanted]
    base, _, rest = wanted.partition("-")
    if not rest or not all(
        2 <= len(part) <= 8 and part.isascii() and part.isalnum() for part in rest.split("-")
    ):
        return None
    return _BY_CODE.get(_SYNONYMS.get(base, base))


def nearest_language(name: str) -> str:
    """Return the code of the language that a mistyped code or an English name most likely means."""
    found = find_language(name.strip())
    if found is not None:
        return found.code
    wanted = name.strip().casefold()
    names = {language.name.casefold(): language.code for language in LANGUAGES} | {
        code: language.code for code, language in _BY_CODE.items()
    }
    starts = sorted(
        key for key in names if len(key) > 3 and (key.startswith(wanted[:4]) and len(wanted) >= 4)
    )
    matches = difflib.get_close_matches(wanted, list(names), n=1, cutoff=0.6) or starts
    return names[matches[0]] if matches else "en"
