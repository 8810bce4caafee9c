"""Which words of a prompt speak of camera, light, mood and air, or are verbs: none of them shows a thing."""

from __future__ import annotations

from engines.draft.scene.words import tokens


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(tokens(one)) for one in text.split(", "))


PHRASES = frozenset(
    _phrases(
        "in the frame, out of the frame, of the frame, aerial view, bird's eye view, bird's-eye view, over-the-shoulder, "
        "over the shoulder, close-up, close up, point of view, depth of field, golden hour, blue hour, rim light, back light, "
        "drone shot, crane shot, dolly shot, tracking shot, low-angle, low angle, high-angle, high angle, film still, head lowered, "
        "driving rain, pouring rain, heat haze, shafts of light, rays of light, star field, water drops, drops of water, "
        "in the distance, in the background, in the foreground, long exposure, fish-eye, fisheye, worm's eye view, film grain, "
        "soft rose light, rose light, rose sky, rose gold, wet reflections, wet rocks, half in shadow, small task, everyday life, "
        "lost in thought, great storm, full moon, crescent moon, new moon, light rain, heavy rain, light snow, cold front, "
        "heart beating, in love, falls in love, fall in love, falling in love, for sale, tools on the walls, metal parts, "
        "hanging lamp, crooked roofs, cobbled lane, smoke from chimneys, lived-in room, worn furniture, wild flowers, "
        "line of trees, tall trunks, telegraph poles, stone walls, high towers, people passing by, tiny fields, "
        "birthday party, coral reef, coral reefs, at home, way home, back home, comes home, come home, coming home, goes home, long way home"
    )
)
"""Film language, and the dressing of a place: skipped wherever it stands."""

HEADS = _words(
    """light lights lighting lit mood moods colours colors shadows shadow tones tone contrast atmosphere style palette lens
    shot view focus grain bokeh scale detail details resolution quality sky skies clouds lightning reflections mist distance
    weather haze spray sunlight moonlight daylight texture composition background foreground framing angle perspective exposure
    render rendering horizon air vibe vibes licht stimmung farben lumière ambiance couleurs luz ambiente luce atmosfera"""
)
"""A phrase that ends in one of these describes how a picture looks, not what is in it."""

DRESSING = _words(
    """leaf leaves fern ferns moss trunk trunks rock rocks boulder boulders bench benches tool tools wall walls brick bricks
    part parts chimney chimneys roof roofs furniture window windows curtain curtains floor floors pavement pole poles rail
    rails shelf shelves door doors lane lanes banner banners torchlight reed reeds ripple ripples frost breath dust puddle
    puddles path paths lamp lamps light lights gate fence grass"""
)
"""Things that belong to a place: they are part of it, and no thing of their own beside a subject."""

VERBS = _words(
    """watch train duck bear fly ring rose present seal bat bow ship plane plant cook guard model spy paint dress bottle drum
    hammer file book boot dance run fire camp tent saw crane fish hunt park sail rock box iron spring light match swan race
    skate ski surf climb fall brush comb ride swallow crow swim walk picture star record report guide fan pin nail cut
    shop snake dog fox horse milk water bridge ship mushroom pepper toast egg pump rocket bus taxi ape parrot hound
    bake heal kiss hug knit sew wave dive row sled mine farm fence scarf"""
)
"""Nouns that are verbs as well; where they stand as one nothing is shown."""

OPENERS = _words(
    """a an the his her their its my your our this that these those one two three four five some many several every each
    another of with and or in on at by from under over near for like"""
)
"""A noun may follow these at once; "to", a pronoun or a noun before a verb form makes a verb of it."""

PRONOUNS = frozenset(
    [
        "to",
        "i",
        "he",
        "she",
        "it",
        "we",
        "they",
        "you",
        "who",
        "that",
        "which",
        "can",
        "will",
        "could",
        "would",
        "must",
        "not",
        "and",
        "then",
    ]
)
WITHOUT = _words("no without ohne sans sin senza sem kein keine not never")
ONLY_IN = {
    "see": "de", "all": "de", "tag": "de", "rot": "de", "mare": "it", "sera": "it", "champ": "fr", "bois": "fr", "pré": "fr",
    "rue": "fr", "due": "it", "tal": "de", "strand": "de", "die": "de", "mar": "es", "mer": "fr", "porto": "it", "molo": "it",
    "costa": "es", "lac": "fr", "lago": "it", "valle": "es", "campo": "es", "dia": "pt", "alba": "it", "jour": "fr",
    "vent": "fr", "rio": "pt", "rosa": "de", "brun": "fr", "azul": "es", "blu": "it", "noir": "fr", "nave": "it", "pain": "fr",
    "chat": "fr", "robe": "fr", "fille": "fr", "cane": "it", "rey": "es", "rei": "pt", "kind": "de", "boot": "de", "pan": "es",
    "pane": "it", "handy": "de", "reloj": "es", "ours": "fr", "auto": "de", "casa": "es", "roi": "fr", "son": "en", "taller": "es",
    "watch": "en", "home": "en", "may": "en", "fall": "en", "ship": "en", "das": "de", "tasse": "de", "sole": "it",
    "melon": "en", "avion": "fr", "phare": "fr", "faro": "es", "gris": "fr", "rouge": "fr", "rose": "en", "mago": "it", "velo": "fr",
}  # fmt: skip
"""Words that mean this in one language (or its kin) and something else in another."""

_KIN = {
    "es": ("es", "pt", "it"),
    "it": ("it", "es", "pt"),
    "pt": ("pt", "es", "it"),
    "fr": ("fr",),
    "de": ("de", "nl"),
    "en": ("en",),
}


def speaks(word: str, language: str) -> bool:
    """Return whether a word can be meant in this language."""
    home = ONLY_IN.get(word)
    return home is None or language in _KIN[home]
