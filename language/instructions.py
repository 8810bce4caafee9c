"""Which sentences of a brief tell the maker how to work, and what is left to tell when they are taken out.

Instructions steer: how long, how many words or scenes, which tone and music, captions, shape. They are never told
themselves. A sentence counts as one only where it is an order about the film, so that a story may use the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from language.marks import unmarked
from language.sentences import judge, sentences

Kind = Literal[
    "length",
    "audience",
    "tone",
    "music",
    "captions",
    "language",
    "style",
    "shape",
    "manner",
    "format",
    "hashtags",
    "address",
]


@dataclass(frozen=True, slots=True)
class Asked:
    """A brief, taken apart: what is to be told, which kinds of instruction it holds, and their values."""

    told: str
    kinds: tuple[Kind, ...] = ()
    words_at_most: int | None = None
    duration_s: float | None = None
    scene_count: int | None = None
    tone: str | None = None
    """A mood of the catalogue."""
    music: str | None = None
    """A mood of the catalogue, or "none"."""
    captions: str | None = None
    """"none" or "burned"."""
    aspect_ratio: str | None = None


_MOODS = {
    "happy": "happy upbeat cheerful joyful uplifting fun funny lively energetic feel-good positive bright lighthearted humorous",
    "sad": "sad melancholic melancholy sorrowful somber emotional tearful",
    "calm": "calm relaxing peaceful soothing gentle soft quiet lofi lo-fi serene warm cozy",
    "dramatic": "dramatic intense powerful serious dark",
    "epic": "epic orchestral heroic cinematic grand majestic",
    "mysterious": "mysterious spooky eerie haunting scary creepy suspicious",
    "hopeful": "hopeful inspiring inspirational motivational motivating optimistic",
    "playful": "playful quirky whimsical silly childlike bouncy",
    "tense": "tense suspenseful thrilling nervous urgent",
    "romantic": "romantic loving tender",
    "adventurous": "adventurous adventure exciting bold",
    "ambient": "ambient minimal atmospheric neutral informative professional educational conversational",
}
_MOOD_OF = {word: mood for mood, words in _MOODS.items() for word in words.split()}
_TONES = "|".join(sorted((re.escape(word) for word in _MOOD_OF), key=len, reverse=True))
_NUMBERS = {
    "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60, "ninety": 90,
    "hundred": 100, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "a": 1,
    "half a": 0.5,
}  # fmt: skip
_NUMERAL = rf"(?:\d+(?:[.,]\d+)?|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_COUNT = rf"(?P<count>{_NUMERAL})"
_TIME_UNITS = r"(?:seconds?|secs?|s|minutes?|mins?|sekunden?|minuten?|secondes?|segundos?|minutos?|secondi|minuti|seconden|sekund|minut|секунд\w*|минут\w*)"
_WORD_UNITS = r"(?:words?|wörtern?|worte?n?|mots|palabras|parole|palavras|woorden|słów|слов)"
_SCENE_UNITS = r"(?:scenes?|shots?|szenen|scènes|escenas|cenas|scenes|scen|сцен\w*)"
_BOUND = (
    r"(?:under|below|less than|fewer than|at most|no more than|not more than|no longer than|not longer than|max(?:imum)?(?: of)?|within|about|around|"
    r"approximately|approx\.?|roughly|exactly|up to|over|unter|höchstens|maximal|etwa|ungefähr|nicht länger als|weniger als|"
    r"moins de|environ|au maximum|menos de|máximo|unos|circa|al massimo|meno di|no máximo|cerca de|onder|maximaal|minder dan|"
    r"poniżej|maksymalnie|około|не более|до|около)"
)
_PLEASE = r"(?:please[, ]+|and |also[, ]+|then |but |bitte |s'il te plaît,? |por favor,? |per favore,? )*"
_VERB = (
    r"(?:keep|make|limit|hold|write|use|add|include|give|set|create|put|let|have|ensure|end|start|begin|finish|open|close|avoid|don't|"
    r"do not|no|never|format|output|return|respond|answer|speak|narrate|record|target|aim|show|render|export|shoot|film|"
    r"generate|produce|provide|divide|split|structure|mention|tag|post|halte?|mach|schreib|verwende|benutze|nutze|füge|"
    r"garde|gardez|fais|faites|utilise|utilisez|ajoute|ajoutez|écris|écrivez|usa|use|haz|añade|escribe|mantén|mantenlo|"
    r"tieni|fai|aggiungi|scrivi|mantenha|faça|adicione|escreva|gebruik|houd|maak|voeg|schrijf|użyj|dodaj|napisz|"
    r"zrób|используй|используйте|добавь|добавьте|напиши|сделай|пиши)"
)
_ABOUT_FILM = (
    r"(?:the |this |your |der |das |die |le |la |el |il |o |het )?(?:video|film|script|story|narration|voice-?over|clip|movie|"
    r"it|text|tone|length|duration|reel|ad|language|vocabulary|sentences|pacing|whole thing|total|output|result|runtime|skript|text)"
)
_MUST = rf"{_ABOUT_FILM} (?:should|must|needs to|has to|can|shall|will|is to|soll|sollte|muss|doit|debe|deve|moet)\b"

_LENGTH = re.compile(
    rf"^{_PLEASE}(?:(?:{_VERB}|{_MUST})\b.{{0,60}}?\b{_NUMERAL}[ -]?(?:{_WORD_UNITS}|{_TIME_UNITS}|{_SCENE_UNITS}|characters|sentences|paragraphs?)\b.{{0,40}}"
    rf"|(?:{_BOUND}|[<≤~])? ?{_NUMERAL}[ -]?(?:{_WORD_UNITS}|{_TIME_UNITS}|{_SCENE_UNITS})(?: (?:long|max(?:imum)?|total|only|or less|at most|each|lang|in length))?"
    rf"|(?:(?:target |total |video |script |max(?:imum)? )?(?:length|duration|runtime|word ?count|word limit|time|länge|dauer|durée|longueur|duración|durata|duração|lengte|długość|длина)) ?[:=-] ?.{{1,40}}"
    rf"|(?:{_VERB}) (?:it|this|things|the \w+) (?:short|brief|concise|snappy)(?: and \w+)?|(?:length|kurz|short|brief)[ly]?)$",
    re.IGNORECASE,
)
_AUDIENCE = re.compile(
    r"^(?:(?:the |my |our )?(?:target(?:ed)? |intended )?(?:audience|viewers?|zielgruppe|public cible|público(?: objetivo)?|pubblico|doelgroep|grupa docelowa|аудитория)\b.{0,120}"
    rf"|{_PLEASE}(?:{_VERB}|{_MUST})\b.{{0,50}}\b(?:suitable|appropriate|age-appropriate|understandable|accessible|easy to understand|made|written|intended|aimed|geared|meant) (?:for|to|at)\b.{{0,60}}"
    r"|(?:it's|it is|this is|made|written|suitable|intended|aimed|meant|geared|best) (?:for|at) (?:an? )?(?:audience|kids|children|teens|teenagers|adults|beginners|families|toddlers|students|young|professionals|developers|seniors|everyone|all ages)\b.{0,60}"
    r"|(?:for|ages?|für|pour|para|per|voor|dla|для) (?:kids|children|teens|teenagers|adults|beginners|families|toddlers|all ages|ages? \d+|\d+[-–+]|kinder|kinder ab|enfants|niños|bambini|crianças|kinderen|dzieci|детей)\b.{0,40})$",
    re.IGNORECASE,
)
_TONE = re.compile(
    rf"^(?:(?:the |overall )?(?:tone|mood|vibe|feel|atmosphere|ton|stimmung|tono|toon|настроение|тон) ?(?::|=|-|should be|must be|needs to be) .{{1,80}}"
    rf"|{_PLEASE}(?:keep|make|use|give|write|have|let|set|adopt|maintain|speak|narrate)\b.{{0,40}}\b(?:tone|mood|vibe|voice|feel|atmosphere|style of speech)\b.{{0,60}}"
    rf"|{_PLEASE}(?:keep|make) (?:it|this|{_ABOUT_FILM}) (?:sound |feel |more |very |super |really )*(?:{_TONES})(?:(?:,| and|, and) (?:{_TONES}|simple|short|engaging|clear|easy))*"
    rf"|{_MUST} (?:be |feel |sound )?(?:more |very )*(?:{_TONES})(?:(?:,| and|, and) (?:{_TONES}))*)$",
    re.IGNORECASE,
)
_MUSIC_WORD = r"(?:music|soundtrack|score|background track|sound effects|sfx|musik|musique|música|musica|muziek|muzyk\w*|музык\w*)"
_MUSIC = re.compile(
    rf"^(?:{_MUSIC_WORD} ?[:=-] .{{1,80}}|(?:background )?{_MUSIC_WORD} (?:should|must|is to)\b.{{0,80}}"
    rf"|{_PLEASE}(?:{_VERB}|set it to|with|without|pair it with|accompany)\b.{{0,60}}\b{_MUSIC_WORD}\b.{{0,60}})$",
    re.IGNORECASE,
)
_CAPTION_WORD = r"(?:captions?|subtitles?|subs|untertitel\w*|sous-titres?|subtítulos|sottotitoli|legendas|ondertitel\w*|napis\w*|субтитр\w*)"
_CAPTIONS = re.compile(
    rf"^(?:{_CAPTION_WORD} ?[:=-] ?.{{1,60}}|{_CAPTION_WORD} (?:should|must|on|off)\b.{{0,60}}"
    rf"|{_PLEASE}(?:{_VERB}|with|without|mit|ohne|avec|sans|con|sin|senza|com|sem|met|zonder|bez|z|с|без)\b.{{0,60}}\b{_CAPTION_WORD}\b.{{0,60}})$",
    re.IGNORECASE,
)
_LANGUAGES = (
    "english|german|french|spanish|italian|portuguese|dutch|polish|russian|japanese|chinese|korean|arabic|hindi|deutsch|englisch|"
    "französisch|français|anglais|español|inglés|italiano|inglese|português|inglês|nederlands|engels|polsku|angielsku|русском|английском"
)
_LANGUAGE = re.compile(
    rf"^(?:(?:language|sprache|langue|idioma|lingua|taal|język|язык) ?[:=-] ?.{{1,40}}"
    rf"|{_PLEASE}(?:{_VERB}|{_MUST})\b.{{0,50}}\b(?:in|auf|en|po|на) (?:simple |plain |american |british )?(?:{_LANGUAGES})\b.{{0,30}}"
    rf"|(?:in|auf|en) (?:simple |plain )?(?:{_LANGUAGES}))$",
    re.IGNORECASE,
)
_SHAPES = r"(?:vertical|portrait|horizontal|landscape|square|widescreen|9:16|16:9|1:1|4:5|21:9|9x16|16x9|1x1|hochformat|querformat)"
_SHAPE = re.compile(
    rf"^(?:(?:aspect(?: ratio)?|orientation|format|resolution|seitenverhältnis) ?[:=-]? ?.{{0,20}}{_SHAPES}.{{0,30}}"
    rf"|{_PLEASE}(?:(?:{_VERB}|{_MUST})\b.{{0,40}}\b)?(?:in |as an? |be |the )?{_SHAPES}(?:[ -](?:video|format|aspect ratio|ratio|mode|orientation))?(?: (?:for|on) .{{1,40}})?"
    rf"|(?:{_PLEASE}(?:{_VERB})\b.{{0,40}}\b|optimi[sz]ed? |formatted )?(?:for|on) (?:tik ?tok|instagram(?: reels?| stories)?|reels|youtube(?: shorts)?|shorts|snapchat|facebook|linkedin)(?:[ ,/&and]+(?:tik ?tok|instagram|reels|youtube|shorts))*)$",
    re.IGNORECASE,
)
_STYLE = re.compile(
    rf"^(?:(?:visual |art |video |editing )?(?:style|look|visuals|colou?rs?|palette|transitions?|camera|genre|stil|bildstil|estilo|stile|стиль) ?[:=-] .{{1,100}}"
    rf"|{_PLEASE}(?:{_VERB}|{_MUST})\b.{{0,60}}\b(?:visuals?|colou?r (?:palette|scheme|grading)|colou?rs|palette|transitions?|cuts|animations?|b-roll|footage|fonts?|stock|camera (?:angles?|moves?|work)|close-ups|style|graphics|effects|overlays?|voice-?over|narrator|lighting)\b.{{0,60}}"
    r"|in the style of .{1,60})$",
    re.IGNORECASE,
)
_FORMAT = re.compile(
    rf"^(?:(?:format|output|structure|deliverables?|notes?|instructions?|requirements?|constraints?|important|keywords?|call to action|cta|hook) ?[:=-].{{0,120}}"
    rf"|{_PLEASE}(?:start|begin|open|end|finish|close|include|add|use|have)\b.{{0,40}}\b(?:hook|call[ -]to[ -]action|cta|question to the viewer|bullet points?|headings?|markdown|emojis?|hashtags?|first person|second person|third person|rhymes?|simple words|short sentences|simple language|short paragraphs|active voice|present tense|past tense|stage directions|scene descriptions?|dialogue|narration only)\b.{{0,60}}"
    rf"|{_PLEASE}(?:do not|don't|never|avoid|no)\b.{{0,20}}\b(?:use|include|add|mention|write|put|emojis?|hashtags?|markdown|jargon|swearing|profanity|violence|text|dialogue|stage directions|clichés?|intro|outro|brand|logos?|copyright\w*)\b.{{0,80}}"
    rf"|{_PLEASE}(?:write|narrate|tell|speak|keep)\b.{{0,20}}\b(?:in (?:the )?(?:first|second|third) person|in (?:the )?(?:present|past) tense|in rhymes?|as a (?:monologue|dialogue|poem|list)).{{0,40}}"
    rf"|{_PLEASE}(?:output|return|respond|answer|reply|format|provide|give)\b.{{0,40}}\b(?:only|json|plain text|script|text|format|list|result)\b.{{0,60}}"
    rf"|{_PLEASE}(?:divide|split|structure|break)\b.{{0,40}}\b(?:into|in)\b.{{0,60}})$",
    re.IGNORECASE,
)
_MANNER = re.compile(
    r"^(?:(?:you are|act as|imagine you are|pretend (?:to be|you are)|du bist) (?:an? |the |ein |eine )?.{0,40}\b(?:writer|screenwriter|director|copywriter|expert|assistant|storyteller|creator|editor|marketer|narrator|ai|autor|texter)\b.{0,80}"
    r"|(?:thanks?|thank you|thx|please|bitte|danke|merci|gracias|grazie|obrigado|dank je|спасибо)(?: in advance| so much| very much)?|make it (?:good|great|engaging|viral|interesting|catchy|memorable|pop))$",
    re.IGNORECASE,
)
_PLATFORM = re.compile(
    r"\s+for (?P<where>tik ?tok|instagram(?: reels?| stories)?|youtube shorts|youtube|reels|shorts|snapchat)\b"
    r"(?=\s+(?:about|of|showing|where)\b)",
    re.IGNORECASE,
)
_LEAD_SHAPE = re.compile(
    r"^.{0,40}?\b(?P<shape>vertical|portrait|square|horizontal|landscape|widescreen)\b.{0,20}?"
    r"\b(?:video|film|clip|movie|reel|ad)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"^(?:(?:link|url|website|web|source|site|more(?: info(?:rmation)?)?(?: at)?|see|visit|contact|e-?mail|post(?:ed)? (?:it )?(?:to|on)|upload(?: it)? to|send (?:it )?to|reference)? ?[:=-]? ?)"
    r"(?:https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.[\w.]+)$",
    re.IGNORECASE,
)
_TAGS = re.compile(r"(?:^|\s)(?:#[^\W\d_]\w*[\s,]*)+(?=$|\n|https?://|www\.)|(?:\s#[^\W\d_]\w*){2,}")
# An address behind the last sentence, or on a line of its own; one inside a sentence belongs to it.
_LOOSE_ADDRESS = re.compile(
    r"(?:(?<=[.!?…])|^)\s*(?:(?:link|url|website|web|source|site|see|visit|contact|e-?mail|more(?: info(?:rmation)?)?(?: at)?)\s*:?\s*)?"
    r"(?:https?://\S+|www\.\S+|[\w.+-]{1,64}@[\w-]{1,63}\.\S+)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
# "Make a 20-second video about a robot" orders a film, and says what of: that is told.
_MATTER = re.compile(
    rf"^{_PLEASE}(?:can you |could you |i (?:want|need|would like) (?:you to )?)?(?:{_VERB}|tell|design|build)\b.{{0,80}}?\b(?:about|of an?|of the|where|in which|"
    r"showing|featuring|starring|that shows|who|über|von einem|von einer|sur|sobre|su un|over|o)\b",
    re.IGNORECASE,
)
_ORDERED = re.compile(
    r"\b(?:video|film|script|story|movie|clip|ad|reel|tale|short|trailer|animation|scene|documentary|commercial|geschichte|histoire|historia|storia|verhaal)\b",
    re.IGNORECASE,
)
_NOUNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("music", re.compile(rf"^(?:with |no |some |add )?(?:[\w-]+ ){{0,3}}{_MUSIC_WORD}$", re.IGNORECASE)),
    ("captions", re.compile(rf"^(?:with |no |some |add )?(?:[\w-]+ ){{0,3}}{_CAPTION_WORD}$", re.IGNORECASE)),
)
"""What stands in brackets or behind a comma needs no verb: (upbeat music)."""
_BRACKETS = re.compile(r"[\[(]([^\[\]()]{3,120})[\])]")
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("length", _LENGTH),
    ("audience", _AUDIENCE),
    ("music", _MUSIC),
    ("captions", _CAPTIONS),
    ("tone", _TONE),
    ("language", _LANGUAGE),
    ("shape", _SHAPE),
    ("style", _STYLE),
    ("format", _FORMAT),
    ("manner", _MANNER),
    ("address", _ADDRESS),
)
_LEAD = re.compile(
    rf"^(?:please |can you |could you |i (?:want|need|would like) (?:you to )?)*(?:(?:make|create|generate|produce|write|tell|film|shoot|give|design)\b.{{0,20}})?\b{_COUNT}[ -]?(?P<unit>{_WORD_UNITS}|{_TIME_UNITS})\b[ -]?(?:long )?(?=.{{0,40}}\b(?:film|video|movie|clip|story|script|ad|advert|commercial|reel|short|trailer|tale|explainer|promo|spot|animation|documentary)\b)",
    re.IGNORECASE,
)


@lru_cache(maxsize=32)
def asked(brief: str) -> Asked:
    """Return a brief without its instructions, and what they ask for.

    A brief of nothing but instructions is told as it is: something must be.
    """
    text = unmarked(brief).text
    found = Asked(text)
    kinds: list[Kind] = []
    untagged = _TAGS.sub(" ", text)
    if untagged != text and untagged.strip():
        kinds.append("hashtags")
        text = untagged
    bare = _LOOSE_ADDRESS.sub(" ", text)
    if bare != text and any(char.isalnum() for char in bare):
        kinds.append("address")
        text = bare
    for match in reversed(list(_BRACKETS.finditer(text))):
        kind = _kind(match.group(1).strip(" .!"), bare=True)
        if kind is not None:
            found, text = _noted(found, kind, match.group(1)), text[: match.start()] + text[match.end() :]
            kinds.append(kind)
    kept: list[str] = []
    for part in _parts(text):
        sentence, told = part.strip(), ""
        kind = _kind(sentence.strip(" .!…"))
        if kind is None:
            told, orders = _without_orders(sentence)
        else:
            orders = [(kind, sentence)]
        for kind_of, order in orders:
            found = _noted(found, kind_of, order)
            kinds += [kind_of, *_mentioned(order)]
        kept += [part.replace(sentence, told)] if told else []
    shape = _LEAD_SHAPE.match(text.strip())
    if shape and found.aspect_ratio is None:
        found = _noted(found, "shape", shape.group("shape"))
        kinds.append("shape")
    lead = _LEAD.match(text.strip())
    if lead:
        found = _measured(found, lead.group("count"), lead.group("unit"))
        kinds.append("length")
    platform = _PLATFORM.search(text)
    if platform:
        found = _noted(found, "shape", platform.group("where"))
        kept = [_PLATFORM.sub("", piece) for piece in kept]
    told = re.sub(r"\s+(?=[.,;!?])", "", re.sub(r"[^\S\n]+", " ", "".join(kept))).strip()
    if not any(char.isalnum() for char in told):
        return replace(found, told=unmarked(brief).text, kinds=tuple(dict.fromkeys(kinds)))
    return replace(found, told=told, kinds=tuple(dict.fromkeys(kinds)))


def _parts(text: str) -> Iterator[str]:
    """Yield the sentences with the space behind them."""
    at = 0
    for end in [*judge(text).ends, len(text)]:
        gap = end
        while gap < len(text) and text[gap].isspace():
            gap += 1
        if gap > at:
            yield text[at:gap]
        at = max(at, gap)


def _kind(sentence: str, *, bare: bool = False) -> Kind | None:
    matter = _MATTER.match(sentence)
    if len(sentence) > 240 or (matter and _ORDERED.search(matter.group())):
        return None
    patterns = (*_KINDS, *_NOUNS) if bare else _KINDS
    return next((kind for kind, pattern in patterns if pattern.match(sentence)), None)


def _without_orders(sentence: str) -> tuple[str, list[tuple[Kind, str]]]:
    """Take the orders from the end of a sentence: "a fox, keep it under 60 words, for kids"."""
    mark = re.search(r"[.!?…]+$", sentence)
    body, orders = sentence[: mark.start()] if mark else sentence, []
    while True:
        cut = max(
            (match for match in re.finditer(r"\s*[,;–—]\s+(?:and |but )?|\s+-\s+", body)),
            key=lambda m: m.start(),
            default=None,
        )
        if cut is None:
            break
        clause = body[cut.end() :]
        kind = _kind(clause.strip(), bare=True)
        if kind in (None, "tone") and not re.match(r"(?:keep|make|use|tone)\b", clause, re.IGNORECASE):
            break
        if kind is None:
            break
        orders.append((kind, clause))
        body = body[: cut.start()]
    return (body + (mark.group() if mark else ""), orders) if orders else (sentence, [])


def _noted(found: Asked, kind: Kind, sentence: str) -> Asked:
    """Return what is asked for with the values that a sentence names; one may ask for several things."""
    lowered = sentence.casefold()
    match = re.search(
        rf"\b{_COUNT}[ -]?(?P<unit>{_WORD_UNITS}|{_TIME_UNITS}|{_SCENE_UNITS})\b", sentence, re.IGNORECASE
    )
    if match and kind in ("length", "format"):
        found = _measured(found, match.group("count"), match.group("unit"))
    mood = next((_MOOD_OF[word] for word in re.findall(r"[a-z-]+", lowered) if word in _MOOD_OF), None)
    musical = re.search(_MUSIC_WORD, lowered) is not None
    if musical:
        silent = re.search(r"\b(?:no|without|don't|do not|ohne|sans|sin|senza|sem|zonder|bez|без)\b", lowered)
        found = replace(found, music="none" if silent else mood or found.music)
    elif kind == "tone" and mood:
        found = replace(found, tone=mood)
    if re.search(_CAPTION_WORD, lowered):
        off = re.search(
            r"\b(?:no|without|don't|do not|off|ohne|keine|sans|sin|senza|sem|zonder|geen|bez|без)\b", lowered
        )
        found = replace(found, captions="none" if off else found.captions)
    shape = re.search(r"\b(9:16|16:9|1:1|4:5|21:9)\b", lowered)
    if shape:
        return replace(found, aspect_ratio=shape.group(1))
    for words, ratio in (
        (r"vertical|portrait|hochformat|tik ?tok|reels|shorts|stories|9x16", "9:16"),
        (r"square|1x1", "1:1"),
        (r"horizontal|landscape|widescreen|querformat|16x9", "16:9"),
    ):
        if kind == "shape" and re.search(rf"\b(?:{words})\b", lowered):
            return replace(found, aspect_ratio=ratio)
    return found


def _mentioned(order: str) -> list[Kind]:
    """What else an order speaks of: "use upbeat music and bold captions"."""
    found: list[Kind] = []
    if re.search(rf"\b{_MUSIC_WORD}\b", order, re.IGNORECASE):
        found.append("music")
    if re.search(rf"\b{_CAPTION_WORD}\b", order, re.IGNORECASE):
        found.append("captions")
    return found


def _measured(found: Asked, count: str, unit: str) -> Asked:
    number = _NUMBERS.get(count.casefold()) or float(count.replace(",", "."))
    small = unit.casefold()
    if re.fullmatch(_WORD_UNITS, small):
        return replace(found, words_at_most=max(1, int(number)))
    if re.fullmatch(_SCENE_UNITS, small):
        return replace(found, scene_count=max(1, min(int(number), 100)))
    return replace(found, duration_s=number * (60.0 if small.startswith(("min", "мин")) else 1.0))


def count_words(text: str) -> int:
    """Return how many words a text has, as people count them."""
    return len(re.findall(r"\S*\w\S*", text))


def first_sentences(text: str, words_at_most: int) -> str:
    """Return as many whole sentences of a text as have no more words than that; at least the first."""
    kept: list[str] = []
    for sentence in sentences(text):
        if kept and count_words(" ".join([*kept, sentence])) > words_at_most:
            break
        kept.append(sentence)
    return " ".join(kept)
