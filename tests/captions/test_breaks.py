"""No caption and no line of one ends where a reader would stumble: at an abbreviation, initial, ordinal or number."""

from __future__ import annotations

import re

import pytest

from captions.breaks import wrap
from captions.cues import SpokenLine, cues
from captions.pieces import columns

_LINES = (
    ("en", "The whole town had been waiting since the early morning for good old Dr. Smith to come back from the capital with the medicine."),
    ("en", "Everybody in the village knew that the bakery closed at 5 p.m. on Main St. and that nobody would ever open it for Mrs. Jones again."),
    ("en", "In the long and rainy spring of that year he left the U.S. Army for good and wrote a letter to J. R. R. Tolkien about No. 5 and its 3.5 million readers."),
    ("de", "Der kleine Laden an der Ecke hatte am 5. Nov 2020 zum ersten Mal seit Jahren geöffnet, z. B. auch am Abend, d. h. bis 20 Uhr, für Dr. Müller und Prof. Dr. Schmidt."),
    ("en", "Der kleine Laden an der Ecke hatte am 5. Nov 2020 zum ersten Mal seit Jahren geöffnet, z. B. auch am Abend, und Ludwig XIV. war auch da."),
    ("fr", "Toute la ville attendait depuis le petit matin que M. Dupont et le Dr. Martin reviennent de St. Malo avec les 12 caisses, c.-à-d. tout."),
    ("es", "Todo el pueblo esperaba desde la mañana al Sr. Pérez y a la Dra. Ruiz, p. ej. en la pág. 12 del diario de los EE. UU. de aquel año."),
    ("it", "Tutto il paese aspettava dalla mattina presto il dott. Rossi e il prof. Bianchi, ad es. nella piazza al n. 5 di via Roma con la sig.ra Verdi."),
    ("pl", "Całe miasto czekało od rana, np. przy ul. Długiej, na prof. Nowaka i dr. Kowalską, którzy mieli wrócić 5. maja z lekarstwem z Krakowa."),
    ("ru", "Весь город ждал с самого утра, т. е. с шести часов, когда проф. Иванов и А. С. Пушкин вернутся из г. Москвы с лекарством."),
    ("nl", "De hele stad wachtte sinds de vroege ochtend op dhr. Jansen en mevr. De Vries, o.a. bij nr. 5 in de straat, d.w.z. tot ca. 12 uur."),
    ("pt", "A cidade inteira esperava desde cedo o Sr. Silva e a Dra. Ana, p. ex. na Av. Paulista, com as 12 caixas do prof. J. Souza na pág. 3."),
)  # fmt: skip
_BAD_ENDS = re.compile(
    r"(?:\b(?:Dr|Mrs|St|No|M|Sr|Dra|Prof|prof|dott|dr|ul|Av|pág|ej|ex|EE|UU|np|nr|dhr|mevr|z|B|d|h|J|R|p\.m|U\.S|es|n|"
    r"sig\.ra|c\.-à-d|d\.w\.z|o\.a|ca|т|е|г|А|С|XIV|5)\.|\b\d+(?:\.\d+)?)$"
)


@pytest.mark.parametrize("width", [42, 36, 32, 30])
@pytest.mark.parametrize(("language", "text"), _LINES)
def test_nothing_ends_at_an_abbreviation_or_number(language: str, text: str, width: int) -> None:
    shown = cues([SpokenLine(0.0, text, duration_s=len(text) / 14, language=language)], width_chars=width)
    lines = [line for cue in shown for line in cue.text.split("\n")]
    assert " ".join(lines) == text
    assert [line for line in lines[:-1] if _BAD_ENDS.search(line)] == []
    assert all(columns(line) <= width for line in lines)


def test_a_sentence_that_really_ends_with_an_abbreviation_may_end_a_caption() -> None:
    text = "The old shop on the corner always closed at 5 p.m. The new one never closes before ten in the evening."
    first, *_ = cues([SpokenLine(0.0, text, duration_s=8.0)], width_chars=42)
    assert first.text.endswith("p.m.")


def test_a_title_alone_on_a_line_stays_with_its_name() -> None:
    assert wrap("To old Mr. Montgomery", 16) == "To old\nMr. Montgomery"
