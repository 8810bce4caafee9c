"""The words with which French says numbers, amounts and abbreviations."""

from __future__ import annotations

from engines.draft.speech.spelled.tongue import Counted, Tongue, counted, months, table

_MONTHS, _NAMES = months(
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janv févr|fév mar avr mai juin juil aoû sept oct nov déc",
)

TONGUE = Tongue(
    code="fr",
    decimal=",",
    point="virgule",
    minus="moins",
    plus="plus",
    times="fois",
    equals="égale",
    and_="et",
    to="à",
    percent="pour cent",
    at="arobase",
    dot="point",
    slash="barre oblique",
    number="numéro",
    hashtag="mot-dièse",
    months=_MONTHS,
    month_names=_NAMES,
    units=counted("""
        km: kilomètre, kilomètres
        m: mètre, mètres
        cm: centimètre, centimètres
        mm: millimètre, millimètres
        kg: kilogramme, kilogrammes
        g: gramme, grammes
        mg: milligramme, milligrammes
        l L: litre, litres
        ml: millilitre, millilitres
        km/h: kilomètre à l'heure, kilomètres à l'heure
        m/s: mètre par seconde, mètres par seconde
        m² m2: mètre carré, mètres carrés
        km² km2: kilomètre carré, kilomètres carrés
        m³ m3: mètre cube, mètres cubes
        °C ℃: degré Celsius, degrés Celsius
        °F: degré Fahrenheit, degrés Fahrenheit
        °: degré, degrés
        Ko: kilooctet, kilooctets
        Mo MB: mégaoctet, mégaoctets
        Go GB: gigaoctet, gigaoctets
        kW: kilowatt, kilowatts
        W: watt, watts
        s: seconde, secondes, f
        min: minute, minutes, f
    """),
    money={
        "$": (Counted(("dollar", "dollars")), Counted(("cent", "cents"))),
        "€": (Counted(("euro", "euros")), Counted(("centime", "centimes"))),
        "EUR": (Counted(("euro", "euros")), Counted(("centime", "centimes"))),
        "euros": (Counted(("euro", "euros")), Counted(("centime", "centimes"))),
        "£": (Counted(("livre", "livres"), "f"), Counted(("penny", "pence"))),
        "CHF": (Counted(("franc", "francs")), Counted(("centime", "centimes"))),
    },
    cents_joined="",
    scales=table(
        "million|M: million\nmillions: millions\nmilliard: milliard\nmilliards|Md: milliards\nmille: mille"
    ),
    fractions={
        "1/2": "un demi",
        "1/3": "un tiers",
        "2/3": "deux tiers",
        "1/4": "un quart",
        "3/4": "trois quarts",
    },
    abbreviations=table("""
        M: Monsieur
        MM: Messieurs
        Mme|Mme.: Madame
        Mmes: Mesdames
        Mlle: Mademoiselle
        Dr: docteur
        Pr|Prof: professeur
        prof: professeur
        Me: Maître
        Mgr: Monseigneur
        St: Saint
        Ste: Sainte
        etc: et cetera
        p. ex|p.ex: par exemple
        c.-à-d|c-à-d|c. à d: c'est-à-dire
        av. J.-C: avant Jésus-Christ
        apr. J.-C: après Jésus-Christ
        J.-C: Jésus-Christ
        env|Env: environ
        bd|bd.|Bd: boulevard
        av: avenue
        tél|Tél: téléphone
        cf|Cf: confer
        c.a.d: c'est-à-dire
        vs: contre
    """),
    before_number=table("""
        n°|nº|N°|no: numéro
        p: page
        pp: pages
        fig: figure
        chap: chapitre
        vol: volume
        art: article
        tél|Tél: téléphone
    """),
    parts=r"[Cc]hapitre|[Pp]artie|[Tt]ome|[Vv]olume|[Aa]cte|[Ll]ivre|[Tt]ype|[Cc]lasse|[Nn]iveau|[Gg]uerre mondiale|[Ss]cène|[Aa]rticle",
    rulers=r"[A-ZÉÈÎ][\w'’-]{2,}",
    year_words=r"en|depuis|de|avant|après|vers|jusqu'en|an",
)
