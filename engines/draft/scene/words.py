"""Which words mean a place, a time, a weather, a season, a mood, a shot or a colour, in seven languages."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?", re.UNICODE)


def tokens(text: str) -> list[str]:
    """Return the words of a text, case folded, in order; at most 1,000 of them."""
    return [match.group().replace("’", "'") for match in _WORD.finditer(text[:20_000].casefold())][:1000]


def _table(rows: dict[str, str]) -> dict[tuple[str, ...], str]:
    return {tuple(phrase.split()): name for name, phrases in rows.items() for phrase in phrases.split(", ")}


PLACES = _table(
    {
        "harbour": "harbour, harbor, port, marina, dock, docks, pier, quay, wharf, jetty, hafen, port de pêche, puerto, muelle, porto, molo",
        "sea": "sea, ocean, waves, wave, high seas, horizon at sea, meer, ozean, море, mer, océan, mar, océano, mare, oceano, 海",
        "beach": "beach, shore, coast, seaside, shoreline, seashore, strand, küste, plage, côte, playa, costa, spiaggia, praia, ビーチ, 海滩",
        "cliff": "cliff, cliffs, headland, bluff, klippe, klippen, falaise, acantilado, scogliera, falésia",
        "island": "island, islet, lagoon, atoll, insel, île, isla, isola, ilha, 島",
        "underwater": "underwater, seabed, ocean floor, deep sea, coral reef, reef, under the sea, beneath the waves, unterwasser, sous l'eau, sous la mer, bajo el agua, bajo el mar, sott'acqua, debaixo d'água",
        "arctic": "arctic, antarctic, antarctica, north pole, south pole, iceberg, icebergs, glacier, tundra, polar, ice floe, arktis, antarktis, arctique, ártico, artico",
        "mountains": "mountain, mountains, alps, alpine, peak, peaks, summit, himalaya, valley, canyon, volcano, highlands, fjord, berg, горы, горах, berge, gebirge, tal, alpen, montagne, montagnes, sommet, vallée, montaña, montañas, cumbre, valle, montagna, montagne, montanha, montanhas, 山",
        "jungle": "jungle, rainforest, tropical forest, tropics, dschungel, regenwald, selva, giungla",
        "forest": "forest, woods, woodland, grove, pine forest, wald, лес, лесу, wälder, forêt, bois, bosque, foresta, bosco, floresta, 森, 森林",
        "desert": "desert, dune, dunes, sahara, oasis, wüste, désert, desierto, deserto, 沙漠",
        "street": "street, streets, alleys, alley, avenue, sidewalk, crosswalk, boulevard, downtown street, city street, straße, улица, улице, strasse, gasse, rue, ruelle, calle, strada, rua",
        "city": "city, cities, skyline, town square, downtown, metropolis, skyscraper, skyscrapers, rooftop, rooftops, cyberpunk, neon, tokyo, new york, london, paris, stadt, город, городе, großstadt, ville, ciudad, città, cidade, 都市, 城市",
        "village": "village, villages, hamlet, town, cottage, cottages, farm, farmyard, barn, dorf, bauernhof, village, ferme, pueblo, aldea, granja, villaggio, borgo, aldeia, fazenda",
        "river": "river, stream, creek, brook, riverbank, canal, fluss, bach, rivière, fleuve, río, fiume, rio, 川",
        "lake": "lake, pond, lakeside, swamp, marsh, see, teich, lac, étang, lago, laguna, 湖",
        "garden": "garden, park, gardens,  orchard, flowerbed, flower field, garten, парк, парке, сад, саду, jardin, parc, jardín, parque, giardino, parco, jardim, 公園",
        "field": "field, meadow, countryside, prairie, steppe, savanna, savannah, plain, plains, grassland, hill, hills, fields, meadows, green hills, rolling hills, country road, farmland, pasture, wheat field, vineyard, feld, wiese, hügel, champ, prairie, pré, colline, campo, prado, pradera, colina, collina, 草原",
        "greenhouse": "greenhouse, glasshouse, conservatory, gewächshaus, treibhaus, serre, invernadero, serra, estufa",
        "room": "room, interior, indoors, inside, bedroom, living room, kitchen, cafe, café, coffee shop, restaurant, library, bakery, office, studio, workshop, laboratory, lab, classroom, attic, window, table, desk, fireplace, house interior, museum, shop, zimmer, küche, fenster, tisch, werkstatt, bäckerei, chambre, cuisine, fenêtre, table, salon, atelier, boulangerie, habitación, cocina, ventana, mesa, taller, stanza, cucina, finestra, tavolo, quarto, cozinha, janela",
        "planet": "planet, mars, alien world, alien planet, alien landscape, moon surface, lunar surface, on the moon, planète, planeta, pianeta, 惑星",
        "space": "space, outer space, galaxy, nebula, cosmos, orbit, universe, spaceship, spacecraft, space station, asteroid, weltraum, weltall, espace, galaxie, espacio, galaxia, spazio, espaço, 宇宙, 太空",
        "sky": "above the clouds, high above the clouds, in the sky, himmel, ciel, cielo, céu, 空",
    }
)

TIMES = _table(
    {
        "dawn": "dawn, sunrise, daybreak, early morning, first light, morgendämmerung, sonnenaufgang, morgengrauen, aube, lever du soleil, aurore, amanecer, alba, amanhecer, 夜明け",
        "morning": "morning, morning light, morgen, morgens, matin, mañana, mattina, manhã, 朝",
        "day": "noon, midday, daytime, daylight, afternoon, sunny, day, mittag, tag, midi, jour, mediodía, día, mezzogiorno, giorno, dia",
        "sunset": "sunset, golden hour, evening, sundown, sonnenuntergang, закат, закате, вечер, abend, abendrot, coucher de soleil, coucher du soleil, soir, atardecer, puesta de sol, tramonto, sera, pôr do sol, anoitecer, 夕日, 夕焼け",
        "dusk": "dusk, twilight, blue hour, nightfall, dämmerung, abenddämmerung, crépuscule, crepúsculo, crepuscolo, anochecer",
        "night": "night, midnight, moonlight, moonlit, starry, stars, starlight, nocturnal, moon, full moon, nacht, ночь, ночью, nachts, mond, mitternacht, sterne, nuit, minuit, lune, étoiles, noche, luna, medianoche, notte, noite, lua, 夜",
    }
)

WEATHERS = _table(
    {
        "storm": "storm, stormy, thunderstorm, thunder, lightning, tempest, hurricane, sturm, gewitter, orage, tempête, tormenta, tempesta, tempestade, 嵐",
        "rain": "rain, rainy, raining, drizzle, downpour, wet streets, regen, дождь, дождём, regnerisch, verregnet, pluie, pluvieux, pluvieuse, lluvia, lluvioso, lluviosa, pioggia, piovoso, chuva, chuvoso, 雨",
        "snowfall": "snowfall, snowing, blizzard, snowstorm, falling snow, schneefall, schneit, schneesturm, neige qui tombe, nevando, nevicata",
        "fog": "fog, foggy, mist, misty, haze, hazy, nebel, neblig, brume, brumeux, brouillard, niebla, neblina, bruma, nebbia, névoa, 霧",
        "clouds": "cloudy, overcast, clouds, cloud, grey sky, gray sky, bewölkt, wolken, nuageux, nuages, nublado, nubes, nuvoloso, nuvole",
        "clear": "clear, cloudless, sunny, bright, sunshine, klar, sonnig, ensoleillé, soleado, soleggiato, ensolarado",
        "wind": "windy, wind, breeze, windig, vent, viento, vento",
    }
)

SEASONS = _table(
    {
        "winter": "winter, snow, snowy, snow-covered, snowy, frozen, frosty, ice, icy, christmas, schnee, снег, зима, зимой, verschneit, verschneiten, eis, weihnachten, hiver, neige, enneigé, enneigée, invierno, nieve, nevado, inverno, neve, 冬, 雪",
        "autumn": "autumn, fall foliage, autumnal, october, november, falling leaves, herbst, automne, otoño, autunno, outono, 秋",
        "spring": "spring, blossom, blossoms, bloom, cherry blossom, cherry blossoms, april, may, frühling, printemps, primavera, 春",
        "summer": "summer, july, august, sommer, été, verano, estate, verão, 夏",
    }
)

MOODS = _table(
    {
        "dark": "dark, gloomy, scary, spooky, ominous, horror, sinister, moody, noir, haunted, düster, sombre, oscuro, buio",
        "dreamy": "dreamy, magical, fantasy, ethereal, surreal, enchanted, mystical, fairy tale, whimsical, magisch, magique, mágico, magico",
        "warm": "warm, cozy, cosy, golden, nostalgic, romantic, gentle, gemütlich, chaleureux, cálido, caldo",
        "cold": "cold, bleak, lonely, icy, melancholic, sad, calm, kalt, froid, frío, freddo",
        "vivid": "vivid, vibrant, colourful, colorful, cheerful, happy, joyful, bunt, coloré, colorido",
        "neon": "neon, cyberpunk, synthwave, vaporwave, futuristic, sci-fi",
    }
)

SHOTS = _table(
    {
        "vast": "extreme wide shot, extreme wide, extreme long shot, aerial, aerial view, aerial shot, drone shot, bird's eye view",
        "detail": "extreme close-up, extreme close up, extreme closeup, macro",
        "full": "full shot, full body, full length",
        "wide": "wide shot, wide, establishing shot, panorama, panoramic, landscape, long shot, totale, plan large, plano general",
        "medium": "medium shot, medium, mid shot, halbtotale, plan moyen, plano medio",
        "close": "close-up, close up, closeup, portrait, extreme close, nahaufnahme, gros plan, primer plano, primo piano",
    }
)

COLOURS = _table(
    {
        "#c8322b": "red, crimson, scarlet, rot, rote, roter, rotes, roten, rouge, rojo, roja, rosso, rossa, vermelho, vermelha",
        "#e8792a": "orange, amber, oranger, naranja, arancione, laranja",
        "#f0c22f": "yellow, golden, gold, gelb, gelbe, gelber, gelbes, gelben, jaune, amarillo, amarilla, giallo, gialla, amarelo, amarela",
        "#3f9142": "green, emerald, grün, grüne, grüner, grünes, grünen, vert, verte, verde",
        "#2aa6a0": "teal, turquoise, cyan, türkis, turchese, turquesa",
        "#2f6fc4": "blue, azure, navy, blau, blaue, blauer, blaues, blauen, bleu, bleue, azul, blu",
        "#7a4bb5": "purple, violet, lilac, indigo, lila, violett, violette, violetten, violeta, morado, morada, viola, roxo, roxa",
        "#ea7fb0": "pink, magenta, rosa, rosafarben, rose bonbon",
        "#7b5234": "brown, chocolate, braun, braune, brauner, brun, marron, marrón, marrone, castanho",
        "#2b2b30": "black, schwarz, schwarze, schwarzer, schwarzes, noir, noire, negro, negra, nero, nera, preto, preta",
        "#f3f1ec": "white, weiß, weiße, weißer, weißes, blanc, blanche, blanco, blanca, bianco, bianca, branco, branca",
        "#8b9097": "grey, gray, silver, grau, graue, grauer, gris, plata, grigio, cinza",
    }
)

COUNTS = {
    "two": 2, "pair": 2, "zwei": 2, "deux": 2, "dos": 2, "due": 2, "dois": 2, "three": 3, "drei": 3, "trois": 3, "tres": 3,
    "tre": 3, "três": 3, "four": 4, "vier": 4, "quatre": 4, "cuatro": 4, "five": 5, "fünf": 5, "cinq": 5, "cinco": 5,
    "several": 3, "many": 5, "flock": 6, "herd": 5, "group": 4, "some": 3, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6,
}  # fmt: skip

STOPWORDS = {
    "en": "the a an of and in on at with is by to from over under its his her for into",
    "de": "der die das ein eine einen einem einer und im am mit auf von bei über unter vor ist dem den des zur zum",
    "fr": "le la les un une et dans sur avec du des au aux en de est par sous devant qui",
    "es": "el la los las un una y en con del de al sobre bajo es por junto que",
    "it": "il lo la gli un una e in con del della di al sul nella che sotto sopra su",
    "pt": "o a os as um uma e em com do da no na de ao sobre sob que pela pelo",
    "nl": "de het een en in op met van bij onder voor",
    "ru": "и в на с у по под над из к от за",
    "uk": "і в на з у по під над із до від за",
    "sv": "en ett och i på med av vid under den det",
    "pl": "i w na z ze do pod nad przy jest",
}


SMALL_WORDS = frozenset(word for line in STOPWORDS.values() for word in line.split())


def spans(words: list[str], table: dict[tuple[str, ...], str]) -> list[tuple[int, int, str]]:
    """Return (start, length, name) of each phrase of the table that the words contain, in order."""
    longest = max(map(len, table))
    found = []
    for start in range(len(words)):
        for length in range(min(longest, len(words) - start), 0, -1):
            name = table.get(tuple(words[start : start + length]))
            if name is not None:
                found.append((start, length, name))
                break
    return found


def language_of(words: list[str]) -> str:
    """Return the language whose small words stand most often in the text, "en" when none does."""
    best, most = "en", 0
    for language, line in STOPWORDS.items():
        known = frozenset(line.split())
        score = sum(word in known for word in words[:200])
        if score > most:
            best, most = language, score
    return best


SETTINGS = frozenset(
    phrase[0]
    for table in (PLACES, TIMES, WEATHERS, SEASONS, MOODS, SHOTS, COLOURS)
    for phrase in table
    if len(phrase) == 1
)
"""Single words that set a scene: no thing is shown for them unless our own synonyms say so."""
