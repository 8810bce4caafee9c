"""The words with which Italian says numbers, amounts and abbreviations."""

from __future__ import annotations

from engines.draft.speech.spelled.tongue import Counted, Tongue, counted, months, table

_MONTHS, _NAMES = months(
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "genn|gen febb|feb mar apr mag giu lug ago sett|set ott nov dic",
)

TONGUE = Tongue(
    code="it",
    decimal=",",
    point="virgola",
    minus="meno",
    plus="più",
    times="per",
    equals="uguale",
    and_="e",
    to="a",
    percent="per cento",
    at="chiocciola",
    dot="punto",
    slash="barra",
    number="numero",
    hashtag="hashtag",
    months=_MONTHS,
    month_names=_NAMES,
    units=counted("""
        km: chilometro, chilometri
        m: metro, metri
        cm: centimetro, centimetri
        mm: millimetro, millimetri
        kg: chilogrammo, chilogrammi
        g: grammo, grammi
        mg: milligrammo, milligrammi
        l L: litro, litri
        ml: millilitro, millilitri
        km/h: chilometro all'ora, chilometri all'ora
        m/s: metro al secondo, metri al secondo
        m² m2 mq: metro quadrato, metri quadrati
        km² km2: chilometro quadrato, chilometri quadrati
        m³ m3: metro cubo, metri cubi
        °C ℃: grado Celsius, gradi Celsius
        °: grado, gradi
        MB: megabyte, megabyte
        GB: gigabyte, gigabyte
        kW: chilowatt, chilowatt
        W: watt, watt
        s: secondo, secondi
        min: minuto, minuti
        h: ora, ore, f
    """),
    money={
        "$": (Counted(("dollaro", "dollari")), Counted(("centesimo", "centesimi"))),
        "€": (Counted(("euro", "euro")), Counted(("centesimo", "centesimi"))),
        "EUR": (Counted(("euro", "euro")), Counted(("centesimo", "centesimi"))),
        "euro": (Counted(("euro", "euro")), Counted(("centesimo", "centesimi"))),
        "£": (Counted(("sterlina", "sterline"), "f"), Counted(("penny", "pence"))),
    },
    cents_joined="e",
    scales=table(
        "mila: mila\nmilione: milione\nmilioni|mln: milioni\nmiliardo: miliardo\nmiliardi|mld: miliardi"
    ),
    fractions={
        "1/2": "un mezzo",
        "1/3": "un terzo",
        "2/3": "due terzi",
        "1/4": "un quarto",
        "3/4": "tre quarti",
    },
    abbreviations=table("""
        dott|Dott|dr|Dr: dottor
        dott.ssa|Dott.ssa: dottoressa
        sig|Sig: signor
        sigg|Sigg: signori
        sig.ra|Sig.ra: signora
        sig.na: signorina
        prof|Prof: professor
        prof.ssa|Prof.ssa: professoressa
        avv|Avv: avvocato
        ing|Ing: ingegner
        arch|Arch: architetto
        on|On: onorevole
        mons|Mons: monsignor
        ecc: eccetera
        ad es|Ad es: ad esempio
        p. es|p.es: per esempio
        a.C|a. C: avanti Cristo
        d.C|d. C: dopo Cristo
        p.zza: piazza
        v.le: viale
        c.so: corso
        S: San
        S.p.A: società per azioni
        ca: circa
        tel|Tel: telefono
    """),
    before_number=table("""
        n|N|nr|n°: numero
        pag|p: pagina
        pagg|pp: pagine
        fig: figura
        cap: capitolo
        vol: volume
        art: articolo
        tel|Tel: telefono
    """),
    parts=r"[Cc]apitolo|[Pp]arte|[Tt]omo|[Vv]olume|[Aa]tto|[Ll]ibro|[Tt]ipo|[Cc]lasse|[Ll]ivello|[Ss]cena|[Aa]rticolo",
    rulers=r"[A-ZÈÀ][\w'’-]{2,}",
    year_words=r"nel|dal|del|prima|dopo|fino|anno",
)
