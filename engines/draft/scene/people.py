"""Which glyphs show people by their trade or kin, creatures by another name, and groups of several."""

from __future__ import annotations

PEOPLE = {
    "👨": "brother, husband, uncle, dad, daddy, groom, boyfriend, businessman, cowboy, monk, milkman, mailman, postman, nephew, "
    "policeman, fireman, craftsman, stuntman, driver, explorer, engineer, inventor, hunter, shepherd, blacksmith, carpenter, "
    "shoemaker, tailor, miner, nomad, neighbour, neighbor, worker, builder, photographer, writer, poet, teenager, villager, "
    "passenger, player, coach, director, hacker, programmer, thief, pirate, viking, vater, bruder, mari, père, frère, padre, "
    "hermano, fratello, pai, matelot, marin, marinero, marinaio, seemann, matrose, wanderer, postbote, facteur, cartero",
    "👩": "sister, wife, aunt, mom, mum, mummy, mommy, girlfriend, actress, waitress, businesswoman, nun, niece, postwoman, nurse, "
    "doctor, librarian, barista, bookseller, potter, pianist, violinist, swimmer, skater, designer, mutter, schwester, mère, "
    "sœur, madre, hermana, sorella, mãe, absenderin",
    "👴": "lighthouse keeper, clockmaker, watchmaker, old keeper, beekeeper, mapmaker, cartographer, candlemaker, grandparent, "
    "gardener, janitor, alter mann, alter fischer, vieux pêcheur, vieil pêcheur, viejo pescador, vecchio pescatore, "
    "leuchtturmwärter, gardien de phare, farero, guardián del faro, grand-père, abuelo, avô, old traveller, old traveler, "
    "old clockmaker, old gardener, old shepherd, old inventor, old blacksmith, old captain, old king",
    "👧": "granddaughter, schwester, little sister, orphan, enkelin, petite-fille, kleines mädchen",
    "👦": "grandson, little brother, messenger, courier, shepherd boy, enkel, petit-fils, nieto, nipote, petit garçon",
    "🏃": "athlete, runners, joggers, marathon runner, läuferin, coureuse, corredor, corredora",
    "🤿": "diver",
    "🤡": "clown",
    "🤹": "juggler",
    "🐀": "rat",
    "🐔": "hen",
    "🐸": "toad",
    "🐛": "caterpillar",
    "🦏": "rhino",
    "🧸": "teddy, teddy bear, toy, doll",
    "👾": "monster, creature, beast",
    "🐦": "pigeon, hummingbird",
    "✨": "firefly, fireflies",
    "🏺": "potters",
    "🚴": "cyclist, radfahrer, cycliste",
    "🌱": "seed, seeds, seedling, keimling",
    "🥣": "soup, suppe, soupe, sopa, zuppa, tomato soup, stew",
    "🐪": "caravan of camels, caravan, karawane, caravane",
    "🌊": "tidal wave",
}  # fmt: skip

GROUPS = {
    "lighthouse keeper": "👴 :lighthouse", "lighthouse keepers": "👴 👵 :lighthouse", "family": "👨 👩 🧒", "families": "👨 👩 🧒",
    "parents": "👩 👨", "couple": "👩 👨", "lovers": "👩 👨", "strangers": "👩 👨", "newlyweds": "👩 👨", "grandparents": "👵 👴",
    "brothers": "👦 👦", "sisters": "👧 👧", "siblings": "👧 👦", "twins": "👧 👦", "friends": "👧 👦", "children": "👧 👦 🧒",
    "kids": "👧 👦 🧒", "crew": "👨 👩 👨", "people": "👩 👨 🧑", "familie": "👨 👩 🧒", "famille": "👨 👩 🧒", "familia": "👨 👩 🧒",
    "famiglia": "👨 👩 🧒", "eltern": "👩 👨", "paar": "👩 👨", "amants": "👩 👨", "brüder": "👦 👦", "frères": "👦 👦", "kinder": "👧 👦 🧒",
    "enfants": "👧 👦 🧒", "niños": "👧 👦 🧒", "bambini": "👧 👦 🧒", "freunde": "👧 👦", "amis": "👧 👦", "amigos": "👧 👦",
    "two strangers": "👩 👨", "two lovers": "👩 👨", "two friends": "👧 👦", "two brothers": "👦 👦", "two sisters": "👧 👧",
    "two people": "👩 👨", "a group of friends": "👧 👦 🧑", "group of friends": "👧 👦 🧑", "leuchtturmwärter": "👴 :lighthouse",
}  # fmt: skip
"""Several things that one phrase means; the first leads."""

OLDER = {"👨": "👴", "👩": "👵", "🧑": "👴"}
OLD = frozenset(
    [
        "old",
        "elderly",
        "aged",
        "retired",
        "alter",
        "alte",
        "vieux",
        "vieil",
        "vieille",
        "viejo",
        "vieja",
        "vecchio",
        "vecchia",
        "velho",
        "velha",
    ]
)
"""Words that make the person behind them (or before, in Romance languages) an old one."""
