"""Which glyph shows a noun: names from CLDR in fifteen languages, our synonyms, plurals, and emoji as they are."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

ARCHIVE = Path(__file__).with_name("glyphs.zip")

# What the emoji call otherwise, or draw only as a scene of its own. A leading colon is a drawn prop.
SYNONYMS = {
    ":lighthouse": "lighthouse, leuchtturm, phare, faro, farol, vuurtoren, 灯台",
    ":windmill": "windmill, windmühle, moulin, moulin à vent, molino, mulino, moinho",
    ":lamp": "street lamp, streetlamp, lamppost, street light, lantern post, straßenlaterne, lampadaire, farola, lampione",
    ":rowboat": "rowing boat, rowboat, dinghy, ruderboot, barque, barca",
    ":fishing-boat": "fishing boat, trawler, fishing vessel, boat, boats, fischerboot, boot, kutter, bateau, bateau de pêche, barco, bote, barco de pesca, peschereccio, barco pesqueiro",
    ":window": "window",
    "⛵": "sailing boat, sailboat, sailing ship, yacht, segelboot, voilier, velero, barca a vela, veleiro",
    "🚢": "steamer, cruise ship, ocean liner, schiff, navire, nave, navio",
    "🐋": "humpback, sperm whale, blue whale, whales, wale",
    "🐈": "kitten, tabby, chat, gato, gatto, katze, kater, kätzchen, katt",
    "🐕": "puppy, hound, labrador, retriever, hund, chien, perro, cane, cão, welpe",
    "🦊": "vixen, fox cub, fuchs, renard, zorro, volpe, raposa",
    "🐎": "pony, stallion, mare, foal, pferd, cheval, caballo, cavallo, cavalo",
    "🐦": "birds, songbird, sparrow, robin, seagull, seagulls, gull, gulls, crow, vogel, vögel, oiseau, oiseaux, pájaro, uccello, pássaro, möwe, möwen",
    "🐻": "bear, grizzly, bear cub, bär, ours, oso, orso, urso",
    "🐇": "bunny, hare, rabbit, hase, kaninchen, lapin, conejo, coniglio, coelho",
    "🐉": "dragon, drache, drachen, dragón, drago, dragão",
    "🤖": "robot, android, droid, roboter, robots, robô",
    "👧": "girl, schoolgirl, daughter, mädchen, fille, petite fille, niña, ragazza, bambina, menina",
    "👦": "boy, schoolboy, son, junge, garçon, niño, ragazzo, bambino, menino",
    "🧒": "child, kid, toddler, kind, kinder, enfant, niñe, bambini, criança, children, kids",
    "👩": "woman, lady, mother, female, heroine, frau, femme, mujer, donna, mulher, she",
    "👨": "man, gentleman, father, male, hero, guy, mann, homme, hombre, uomo, homem, keeper, fisherman, sailor, captain, traveller, traveler, wanderer, hiker, fischer, pêcheur, pescador",
    "👴": "old man, grandfather, grandpa, elderly man, old fisherman, old sailor, opa, großvater, vieil homme, anciano, nonno",
    "👵": "old woman, grandmother, grandma, oma, großmutter, grand-mère, abuela, nonna, avó",
    "🧑": "person, someone, figure, silhouette, people, crowd, couple, friend, friends, stranger, model, mensch, personne, persona, pessoa",
    "🧑‍🚀": "astronaut, cosmonaut, spaceman, astronauts, astronaute, astronauta, kosmonaut",
    "🧑‍🍳": "baker, chef, cook, bäcker, koch, boulanger, boulangère, panadero, cocinero, cuoco, padeiro",
    "🧑‍🎨": "painter, artist, maler, peintre, pintor, pittore",
    "🧙‍♂️": "wizard, sorcerer, warlock, merlin, zauberer, sorcier, mago",
    "🧙‍♀️": "witch, sorceress, hexe, sorcière, bruja, strega, bruxa",
    "🤴": "king, prince, könig, prinz, roi, rey, re, rei",
    "👸": "queen, princess, königin, prinzessin, reine, princesse, reina, princesa, regina, principessa, rainha",
    "🥷": "ninja, samurai, assassin",
    "🕵️": "detective, spy, investigator, detektiv",
    "💂": "knight, soldier, guard, ritter, chevalier, caballero, cavaliere, cavaleiro",
    "🧑‍🎤": "musician, singer, rock star, sänger, chanteur, chanteuse",
    "💃": "dancer, ballerina, tänzerin, danseuse, bailarina, ballerina",
    "☂️": "umbrella, parasol, regenschirm, schirm, parapluie, paraguas, ombrello, guarda-chuva",
    "☕": "coffee, cup of coffee, cup, mug, coffee cup, espresso, cappuccino, tea, cup of tea, kaffee, tasse, tasse kaffee, café, taza, taza de café, caffè, tazza, xícara, latte",
    "🍞": "bread, loaf, loaves, toast, brot, pain, pan, pane, pão",
    "🏠": "house, home, cottage, cabin, haus, maison, casa",
    "🛖": "hut, shack, hütte, cabane, choza, capanna",
    "🏰": "castle, fortress, palace, burg, schloss, château, castillo, castello, castelo, tower",
    "⛪": "church, chapel, cathedral, kirche, église, iglesia, chiesa, igreja",
    "🌲": "pine, fir, spruce, conifer, pine tree, tanne, kiefer, sapin, pino",
    "🌳": "tree, oak, lone tree, old tree, baum, arbre, árbol, albero, árvore",
    "🌹": "rose, roses",
    "🌷": "tulip, tulips, flower, flowers, blume, blumen, fleur, fleurs, flor, flores, fiore, fiori, bouquet of tulips",
    "🌻": "sunflower, sunflowers, sonnenblume, tournesol, girasol",
    "🚗": "car, cars, sedan, auto, voiture, coche, macchina, carro, convertible",
    "🚲": "bike, bicycle, fahrrad, vélo, bicicleta, bici",
    "🏍️": "motorbike, motorcycle",
    "🚂": "steam train, train, locomotive, zug, dampflok, tren, treno, trem",
    "🚀": "rocket, spaceship, spacecraft, rakete, raumschiff, fusée, cohete, razzo, foguete",
    "🛸": "ufo, flying saucer, alien ship",
    "👽": "alien, extraterrestrial, martian",
    "✈️": "plane, aeroplane, airplane, jet, flugzeug, avion, avión, aereo, avião",
    "🎈": "balloon, balloons, red balloon, luftballon, ballon, globo, palloncino, balão",
    ":hot-air-balloon": "hot air balloon, hot-air balloon, hot air balloons, heißluftballon, montgolfière, mongolfiera",
    "📖": "book, open book, diary, journal, buch, livre, libro, livro",
    "🕯️": "candle, candles, candlelight, kerze, bougie, vela, candela",
    "🎹": "piano, keyboard, klavier",
    "💻": "laptop, computer, notebook computer",
    "🎂": "cake, birthday cake, kuchen, torte, gâteau, pastel, torta, bolo",
    "🍎": "apple, apples, apfel, pomme, manzana, mela, maçã",
    "🔥": "fire, campfire, bonfire, flame, flames, feuer, lagerfeuer, feu, fuego, fuoco, fogo",
    "🏕️": "campsite",
    "⛺": "tent, camp, zelt, tente, carpa, tenda",
    "🪑": "chair, stuhl, chaise, silla, sedia, cadeira",
    "🛋️": "sofa, couch, armchair",
    "👟": "sneaker, sneakers, shoe, shoes, trainers, schuh, chaussure, zapato, scarpa",
    "👗": "dress, gown, kleid, robe, vestido, vestito",
    "👜": "bag, handbag, purse, tasche, sac à main, bolso, borsa",
    "⌚": "watch, wristwatch, armbanduhr, montre, reloj, orologio",
    "🧴": "bottle, perfume, cosmetics, lotion, flasche, bouteille, botella, bottiglia",
    "📱": "phone, smartphone, mobile phone, handy, teléfono, telefono",
    "🦕": "dinosaur, brontosaurus, dinosaurier, dinosaure, dinosaurio, dinosauro",
    "🦖": "t-rex, tyrannosaurus",
    "🐟": "fish, fishes, salmon, fisch, fische, poisson, poissons, pez, peces, pesce, pesci, peixe",
    "🐠": "tropical fish, clownfish",
    "🐢": "turtle, tortoise, sea turtle, schildkröte, tortue, tortuga, tartaruga",
    "🦅": "eagle, hawk, falcon, adler, aigle, águila, aquila",
    "🐑": "sheep, lamb, flock of sheep, schaf, mouton, oveja, pecora, ovelha",
    "🐄": "cow, cows, cattle, kuh, vache, vaca, mucca",
    "🦌": "deer, stag, reindeer, elk, hirsch, cerf, ciervo, cervo",
    "🐺": "wolf, wolves, wölfe, loup, lobo, lupo",
    "🦁": "lion, lions, löwe, león, leone, leão",
    "🐅": "tiger, tigers",
    "🧜‍♀️": "mermaid, meerjungfrau, sirène, sirena, sereia",
    "⛄": "snowman, schneemann, bonhomme de neige",
    "👻": "ghost, spirit, geist, fantôme, fantasma",
    "💎": "diamond, crystal, gem, jewel",
    "⚔️": "swords, sword",
    "🪐": "saturn, ringed planet",
    "🌋": "volcano, vulkan, volcan, volcán, vulcano, vulcão",
    "🍄": "mushroom, mushrooms, pilz, champignon, seta, fungo, cogumelo",
    "🎁": "gift, present, geschenk, cadeau, regalo, presente",
    "⛲": "fountain, brunnen, fontaine, fuente",
    "🗿": "statue, moai",
    "🪣": "watering can, bucket, gießkanne",
}  # fmt: skip

# Names and tags that are also small words, places, times or looks: they would show a thing nobody asked for.
_NOT_NOUNS = frozenset(
    """on in at the a an of off up down back end new free cool ok top soon key mark hot cold fast time day night morning evening
    sun moon star stars cloud clouds rain snow fog wind storm wave sea ocean mountain island desert sunset sunrise red blue green
    yellow black white orange purple brown pink gold silver ice water light dark love cute old young big small large little
    running walking standing sitting flying leaving shot wide medium close long beach city park garden forest rainbow field
    rock wood mirror window table door brick link face head body eye eyes hand hands person play game music clock point dim
    die rat fall spring summer winter autumn square round line cross heart drop droplet show card print open mate style paint
    milky space bridge sparkles comet foggy cityscape camping national family street road harbour harbor""".split()
)
_TAG_GROUPS = ("animal", "food", "transport", "place-building", "plant", "musical", "household", "clothing", "person-role")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2190-\u2bff\u3030-\u303d©®]")


@dataclass(frozen=True, slots=True)
class Found:
    """A noun of the prompt: where it stands among the words, and the glyph that shows it."""

    start: int
    length: int
    glyph: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases by language, emoji, and the group of each glyph."""

    phrases: dict[str, dict[tuple[str, ...], str]]
    emoji: dict[str, str]
    groups: dict[str, str]

    def nouns(self, words: list[str], language: str) -> list[Found]:
        """Return what the words name, in order; the longest phrase wins, a plural means its singular."""
        found, start = [], 0
        order = [self.phrases["ours"], *(self.phrases[x] for x in dict.fromkeys((language, "en")) if x in self.phrases)]
        while start < len(words):
            hit = self._longest(words, start, order)
            if hit is None:
                start += 1
                continue
            found.append(hit)
            start += hit.length
        return found

    def _longest(self, words: list[str], start: int, order: list[dict[tuple[str, ...], str]]) -> Found | None:
        for length in range(min(4, len(words) - start), 0, -1):
            phrase = tuple(words[start : start + length])
            for last in _singulars(phrase[-1]):
                for table in order:
                    glyph = table.get((*phrase[:-1], last))
                    if glyph is not None and (length > 1 or last not in _NOT_NOUNS or table is self.phrases["ours"]):
                        return Found(start, length, glyph)
        return None

    def pictured(self, text: str) -> list[str]:
        """Return the glyphs of the emoji that stand in a text, in order, at most 16."""
        found: list[str] = []
        at = 0
        while at < len(text) and len(found) < 16:
            if _EMOJI.match(text, at):
                for length in range(min(10, len(text) - at), 0, -1):
                    glyph = self.emoji.get(_bare(text[at : at + length]))
                    if glyph is not None:
                        found.append(glyph)
                        at += length - 1
                        break
            at += 1
        return found

    def without_spaces(self, text: str, language: str) -> list[str]:
        """Return the glyphs whose names a text of a script without spaces contains, in order, at most 4."""
        hits = []
        for words, glyph in (self.phrases.get(language, {}) | self.phrases["ours"]).items():
            if len(words) == 1 and not words[0].isascii() and ord(words[0][0]) > 0x2E80:
                at = text.find(words[0])
                if at >= 0:
                    hits.append((at, -len(words[0]), glyph))
        return [glyph for _, _, glyph in sorted(hits)][:4]


def _singulars(word: str) -> list[str]:
    forms = [word]
    if len(word) > 3:
        if word.endswith("'s"):
            forms.append(word[:-2])
        if word.endswith("ies"):
            forms.append(word[:-3] + "y")
        if word.endswith("ves"):
            forms += [word[:-3] + "f", word[:-3] + "fe"]
        if word.endswith("es"):
            forms.append(word[:-2])
        if word.endswith(("s", "n", "x", "i")):
            forms.append(word[:-1])
        if word.endswith(("en", "er")):
            forms.append(word[:-2])
    return forms


def _bare(emoji: str) -> str:
    return emoji.replace("\ufe0f", "")


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Read the names out of the glyph archive, once for each process (about 0.1 s)."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        rows: dict[str, dict[str, Any]] = json.loads(archive.read("words.json"))
    emoji = {_bare(row["emoji"]): glyph for glyph, row in rows.items()}
    groups = {glyph: row["group"] for glyph, row in rows.items()}
    phrases: dict[str, dict[tuple[str, ...], str]] = {"ours": {}}
    for picture, line in SYNONYMS.items():
        glyph = picture if picture.startswith(":") else emoji.get(_bare(picture), "")
        for phrase in line.split(", ") if glyph else ():
            phrases["ours"].setdefault(tuple(phrase.split()), glyph)
    owners: dict[str, list[str]] = {}
    for glyph, row in rows.items():
        for language, name in row["names"].items():
            words = tuple(re.findall(r"[^\W_]+(?:['’][^\W_]+)?", name))
            if words and not words[-1].isdigit():
                phrases.setdefault(language, {}).setdefault(words, glyph)
        for tag in row["tags"] if row["group"].startswith(_TAG_GROUPS) else ():
            owners.setdefault(tag.casefold(), []).append(glyph)
    for tag, glyphs in owners.items():
        if len(glyphs) == 1 and tag not in _NOT_NOUNS:
            phrases["en"].setdefault(tuple(tag.split()), glyphs[0])
    return Lexicon(phrases, emoji, groups)
