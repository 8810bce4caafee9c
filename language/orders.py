"""Which sentences of a brief are orders about the film, and of which kind."""

from __future__ import annotations

import re
from typing import Literal

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

_MOODS = {
    "happy": "friendly fröhlich fröhliche fröhlicher alegre joyeux joyeuse allegro allegra divertido lustig vrolijk happy upbeat cheerful joyful uplifting fun funny lively energetic feel-good positive bright lighthearted humorous",
    "sad": "sad melancholic melancholy sorrowful somber emotional tearful",
    "calm": "ruhig ruhige calme doux douce tranquilo tranquila suave calmo calma rustig slow calm relaxing peaceful soothing gentle soft quiet lofi lo-fi serene warm cozy",
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
MOOD_OF = {word: mood for mood, words in _MOODS.items() for word in words.split()}
_TONES = "|".join(sorted((re.escape(word) for word in MOOD_OF), key=len, reverse=True))
NUMBERS = {
    "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60, "ninety": 90,
    "hundred": 100, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "a": 1,
    "half a": 0.5,
}  # fmt: skip
_NUMERAL = rf"(?:\d+(?:[.,]\d+)?|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
COUNT = rf"(?P<count>{_NUMERAL})"
TIME_UNITS = r"(?:seconds?|secs?|s|minutes?|mins?|sekunden?|minuten?|secondes?|segundos?|minutos?|secondi|minuti|seconden|sekund|minut|секунд\w*|минут\w*)"
WORD_UNITS = r"(?:words?|wörtern?|worte?n?|mots|palabras|parole|palavras|woorden|słów|слов)"
SCENE_UNITS = r"(?:scenes?|shots?|szenen|scènes|escenas|cenas|scenes|scen|сцен\w*)"
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
    rf"^{_PLEASE}(?:(?:{_VERB}|{_MUST})\b.{{0,60}}?\b{_NUMERAL}[ -]?(?:{WORD_UNITS}|{TIME_UNITS}|{SCENE_UNITS}|characters|sentences|paragraphs?)\b.{{0,40}}"
    rf"|(?:{_BOUND}|[<≤~])? ?{_NUMERAL}[ -]?(?:{WORD_UNITS}|{TIME_UNITS}|{SCENE_UNITS})(?: (?:long|max(?:imum)?|total|only|or less|at most|each|lang|in length))?"
    rf"|(?:(?:target |total |video |script |max(?:imum)? )?(?:length|duration|runtime|word ?count|word limit|time|länge|dauer|durée|longueur|duración|durata|duração|lengte|długość|длина)) ?(?:[:=-] ?|(?=\d)).{{1,40}}"
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
    rf"|{_PLEASE}(?:narrate|speak|read(?: it)?) (?:in|with|like|as)\b.{{0,40}}"
    rf"|{_PLEASE}(?:keep|make) (?:it|this|{_ABOUT_FILM}) (?:sound |feel |more |very |super |really )*(?:{_TONES})(?:(?:,| and|, and) (?:{_TONES}|simple|short|engaging|clear|easy))*"
    rf"|{_MUST} (?:be |feel |sound )?(?:more |very )*(?:{_TONES})(?:(?:,| and|, and) (?:{_TONES}))*)$",
    re.IGNORECASE,
)
MUSIC_WORD = r"(?:music|soundtrack|score|background track|sound effects|sfx|musik|musique|música|musica|muziek|muzyk\w*|музык\w*)"
_MUSIC = re.compile(
    rf"^(?:{MUSIC_WORD} ?[:=-] .{{1,80}}|(?:the )?(?:background )?{MUSIC_WORD} (?:should|must|is to)\b.{{0,80}}"
    rf"|{_PLEASE}(?:{_VERB}|set it to|with|without|pair it with|accompany)\b.{{0,60}}\b{MUSIC_WORD}\b.{{0,60}})$",
    re.IGNORECASE,
)
CAPTION_WORD = r"(?:captions?|subtitles?|subs|untertitel\w*|sous-titres?|subtítulos|sottotitoli|legendas|ondertitel\w*|napis\w*|субтитр\w*)"
_CAPTIONS = re.compile(
    rf"^(?:{CAPTION_WORD} ?[:=-] ?.{{1,60}}|(?:the )?{CAPTION_WORD} (?:should|must|on|off)\b.{{0,60}}"
    rf"|{_PLEASE}(?:{_VERB}|with|without|mit|ohne|avec|sans|con|sin|senza|com|sem|met|zonder|bez|z|с|без)\b.{{0,60}}\b{CAPTION_WORD}\b.{{0,60}})$",
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
    r"|(?:voice|narrator|voice-?over|pace|pacing|stimme|voix|voz|voce) ?[:=-] .{1,80}"
    r"|(?:the )?(?:voice|narrator|voice-?over|pace|pacing) (?:should|must)\b.{0,80}"
    r"|keep the (?:pace|pacing|energy|tempo|rhythm)\b.{0,40}"
    r"|in the style of .{1,60})$",
    re.IGNORECASE,
)
_FORMAT = re.compile(
    rf"^(?:(?:format|output|structure|deliverables?|notes?|instructions?|requirements?|constraints?|important|keywords?|call to action|cta|hook) ?[:=-].{{0,120}}"
    rf"|{_PLEASE}(?:start|begin|open|end|finish|close|include|add|use|have)\b.{{0,40}}\b(?:hook|call[ -]to[ -]action|cta|question to the viewer|bullet points?|headings?|markdown|emojis?|hashtags?|first person|second person|third person|rhymes?|simple words|short sentences|simple language|short paragraphs|active voice|present tense|past tense|stage directions|scene descriptions?|dialogue|narration only)\b.{{0,60}}"
    rf"|{_PLEASE}(?:do not|don't|never|avoid|no)\b.{{0,20}}\b(?:use|include|add|mention|write|put|emojis?|hashtags?|markdown|scenes?|scary|gore|politics|jargon|swearing|profanity|violence|text|dialogue|stage directions|clichés?|intro|outro|brand|logos?|copyright\w*)\b.{{0,80}}"
    rf"|{_PLEASE}(?:write|narrate|tell|speak|keep)\b.{{0,20}}\b(?:in (?:the )?(?:first|second|third) person|in (?:the )?(?:present|past) tense|in rhymes?|as a (?:monologue|dialogue|poem|list)).{{0,40}}"
    rf"|{_PLEASE}(?:output|return|respond|answer|reply|format|provide|give)\b.{{0,40}}\b(?:only|json|plain text|script|text|format|list|result)\b.{{0,60}}"
    rf"|{_PLEASE}(?:make sure|ensure|be sure)(?: that)? (?:it|this|the (?:video|script|story|text|film))\b.{{0,60}}"
    rf"|{_PLEASE}(?:divide|split|structure|break)\b.{{0,40}}\b(?:into|in)\b.{{0,60}})$",
    re.IGNORECASE,
)
_MANNER = re.compile(
    r"^(?:(?:you are|act as|imagine you are|pretend (?:to be|you are)|du bist) (?:an? |the |ein |eine )?.{0,40}\b(?:writer|screenwriter|director|copywriter|expert|assistant|storyteller|creator|editor|marketer|narrator|ai|autor|texter)\b.{0,80}"
    r"|(?:thanks?|thank you|thx|please|bitte|danke|merci|gracias|grazie|obrigado|dank je|спасибо)(?: in advance| so much| very much)?|make it (?:good|great|engaging|viral|interesting|catchy|memorable|pop))$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"^(?:(?:link|url|website|web|source|site|more(?: info(?:rmation)?)?(?: at)?|see|visit|contact|e-?mail|post(?:ed)? (?:it )?(?:to|on)|upload(?: it)? to|send (?:it )?to|reference)? ?[:=-]? ?)"
    r"(?:https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.[\w.]+)$",
    re.IGNORECASE,
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
_SORTS = "background|instrumental|piano|guitar|orchestra|electronic|ambient|large|big|small|white|yellow|burned-in|animated|english|auto"
_NOUNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "music",
        re.compile(
            rf"^(?:with |no |some |add )?(?:(?:{_TONES}|{_SORTS})(?:,? and |,? ))*{MUSIC_WORD}$",
            re.IGNORECASE,
        ),
    ),
    (
        "captions",
        re.compile(
            rf"^(?:with |no |some |add )?(?:(?:{_TONES}|{_SORTS})(?:,? and |,? ))*{CAPTION_WORD}$",
            re.IGNORECASE,
        ),
    ),
    ("music", re.compile(r"^(?:musique|música|musica|musik|muziek) [^\W\d_]+$", re.IGNORECASE)),
    (
        "tone",
        re.compile(
            rf"^(?:very )?(?:{_TONES}|warm|friendly|casual|formal)(?: and (?:{_TONES}|warm|casual|formal))? (?:tone|mood|vibe|feel)$",
            re.IGNORECASE,
        ),
    ),
    (
        "style",
        re.compile(
            r"^(?:4k|8k|hd|(?:[\w-]+ ){1,2}(?:style|lighting|colou?rs|look|visuals|transitions|animation|graphics))$",
            re.IGNORECASE,
        ),
    ),
)
"""What stands in brackets or behind a comma needs no verb: (upbeat music)."""
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


def kind_of(sentence: str, *, bare: bool = False) -> Kind | None:
    """Return which kind of order a sentence is, or None for one that tells; `bare` ones need no verb."""
    matter = _MATTER.match(sentence)
    if len(sentence) > 240 or (matter and _ORDERED.search(matter.group())):
        return None
    patterns = (*_KINDS, *_NOUNS) if bare else _KINDS
    return next((kind for kind, pattern in patterns if pattern.match(sentence)), None)
