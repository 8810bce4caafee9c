"""The words with which Polish says numbers, amounts and abbreviations."""

from __future__ import annotations

from engines.draft.speech.spelled.tongue import Counted, Tongue, counted, months, table

_MONTHS, _NAMES = months(
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "sty lut mar kwi maj cze lip sie wrz paź lis gru",
)

TONGUE = Tongue(
    code="pl",
    decimal=",",
    point="przecinek",
    minus="minus",
    plus="plus",
    times="razy",
    equals="równa się",
    and_="i",
    to="do",
    percent="procent|procent|procent",
    at="małpa",
    dot="kropka",
    slash="ukośnik",
    number="numer",
    hashtag="hasztag",
    months=_MONTHS,
    month_names=_NAMES,
    units=counted("""
        km: kilometr, kilometry, kilometrów
        m: metr, metry, metrów
        cm: centymetr, centymetry, centymetrów
        mm: milimetr, milimetry, milimetrów
        kg: kilogram, kilogramy, kilogramów
        g: gram, gramy, gramów
        l L: litr, litry, litrów
        ml: mililitr, mililitry, mililitrów
        km/h: kilometr na godzinę, kilometry na godzinę, kilometrów na godzinę
        m² m2: metr kwadratowy, metry kwadratowe, metrów kwadratowych
        km² km2: kilometr kwadratowy, kilometry kwadratowe, kilometrów kwadratowych
        °C ℃: stopień Celsjusza, stopnie Celsjusza, stopni Celsjusza
        °: stopień, stopnie, stopni
        MB: megabajt, megabajty, megabajtów
        GB: gigabajt, gigabajty, gigabajtów
        kW: kilowat, kilowaty, kilowatów
        s: sekunda, sekundy, sekund, f
        min: minuta, minuty, minut, f
    """),
    money={
        "zł": (Counted(("złoty", "złote", "złotych")), Counted(("grosz", "grosze", "groszy"))),
        "PLN": (Counted(("złoty", "złote", "złotych")), Counted(("grosz", "grosze", "groszy"))),
        "$": (Counted(("dolar", "dolary", "dolarów")), Counted(("cent", "centy", "centów"))),
        "€": (Counted(("euro", "euro", "euro"), "n"), Counted(("cent", "centy", "centów"))),
        "EUR": (Counted(("euro", "euro", "euro"), "n"), Counted(("cent", "centy", "centów"))),
        "euro": (Counted(("euro", "euro", "euro"), "n"), Counted(("cent", "centy", "centów"))),
        "£": (Counted(("funt", "funty", "funtów")), Counted(("pens", "pensy", "pensów"))),
    },
    cents_joined="",
    scales=table(
        "tys: tysiąc|tysiące|tysięcy|tysiąca\nmln: milion|miliony|milionów|miliona\nmld: miliard|miliardy|miliardów|miliarda"
    ),
    fractions={
        "1/2": "jedna druga",
        "1/3": "jedna trzecia",
        "2/3": "dwie trzecie",
        "1/4": "jedna czwarta",
        "3/4": "trzy czwarte",
    },
    abbreviations=table("""
        np|Np: na przykład
        tj: to jest
        tzn: to znaczy
        tzw: tak zwany
        itd: i tak dalej
        itp: i tym podobne
        m.in: między innymi
        m. in: między innymi
        prof|Prof: profesor
        dr|Dr: doktor
        inż|Inż: inżynier
        mgr: magister
        św|Św: święty
        ul: ulica
        al: aleja
        pl: plac
        woj: województwo
        godz: godzina
        ok: około
        zob|Zob: zobacz
        płk|Płk: pułkownik
        gen|Gen: generał
        ks|Ks: ksiądz
        tys: tysięcy
        mln: milionów
        mld: miliardów
        tel|Tel: telefon
        wg: według
        ur: urodzony
        zm: zmarł
        p.n.e: przed naszą erą
        n.e: naszej ery
    """),
    before_number=table("""
        nr|Nr: numer
        s: strona
        str: strona
        rys: rysunek
        rozdz: rozdział
        art: artykuł
        tel|Tel: telefon
        godz: godzina
        ok: około
        m: mieszkania
    """),
    parts=r"[Rr]ozdział|[Cc]zęść|[Tt]om|[Aa]kt|[Kk]lasa|[Tt]yp|[Kk]sięga|[Ss]cena",
    rulers=r"[A-ZŁŚŻŹĆ][\w'’-]{2,}",
    year_words=r"w|od|do|przed|po|roku|rok",
)
