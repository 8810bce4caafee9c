"""The words with which German says numbers, amounts and abbreviations."""

from __future__ import annotations

from engines.draft.speech.spelled.tongue import Counted, Tongue, counted, months, table

_MONTHS, _NAMES = months(
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "jan|jän feb mär|mrz apr mai jun jul aug sep|sept okt nov dez",
)
_CENT = Counted(("Cent", "Cent"))

TONGUE = Tongue(
    code="de",
    decimal=",",
    point="Komma",
    minus="minus",
    plus="plus",
    times="mal",
    equals="gleich",
    and_="und",
    to="bis",
    percent="Prozent",
    at="at",
    dot="Punkt",
    slash="Schrägstrich",
    number="Nummer",
    hashtag="Hashtag",
    months=_MONTHS,
    month_names=_NAMES,
    units=counted("""
        km: Kilometer, Kilometer
        m: Meter, Meter
        cm: Zentimeter, Zentimeter
        mm: Millimeter, Millimeter
        kg: Kilogramm, Kilogramm
        g: Gramm, Gramm
        mg: Milligramm, Milligramm
        l L: Liter, Liter
        ml: Milliliter, Milliliter
        km/h: Kilometer pro Stunde, Kilometer pro Stunde
        m/s: Meter pro Sekunde, Meter pro Sekunde
        m² m2 qm: Quadratmeter, Quadratmeter
        km² km2: Quadratkilometer, Quadratkilometer
        m³ m3: Kubikmeter, Kubikmeter
        °C ℃: Grad Celsius, Grad Celsius
        °F ℉: Grad Fahrenheit, Grad Fahrenheit
        °: Grad, Grad
        kB KB: Kilobyte, Kilobyte
        MB: Megabyte, Megabyte
        GB: Gigabyte, Gigabyte
        TB: Terabyte, Terabyte
        Hz: Hertz, Hertz
        kHz: Kilohertz, Kilohertz
        MHz: Megahertz, Megahertz
        GHz: Gigahertz, Gigahertz
        W: Watt, Watt
        kW: Kilowatt, Kilowatt
        kWh: Kilowattstunde, Kilowattstunden, f
        V: Volt, Volt
        ms: Millisekunde, Millisekunden, f
        s Sek: Sekunde, Sekunden, f
        min Min: Minute, Minuten, f
        h Std: Stunde, Stunden, f
        px: Pixel, Pixel
    """),
    money={
        "$": (Counted(("Dollar", "Dollar")), _CENT),
        "US$": (Counted(("US-Dollar", "US-Dollar")), _CENT),
        "USD": (Counted(("US-Dollar", "US-Dollar")), _CENT),
        "€": (Counted(("Euro", "Euro")), _CENT),
        "EUR": (Counted(("Euro", "Euro")), _CENT),
        "Euro": (Counted(("Euro", "Euro")), _CENT),
        "£": (Counted(("Pfund", "Pfund")), Counted(("Penny", "Pence"))),
        "GBP": (Counted(("Pfund", "Pfund")), Counted(("Penny", "Pence"))),
        "¥": (Counted(("Yen", "Yen")), Counted(("Sen", "Sen"))),
        "CHF": (Counted(("Franken", "Franken")), Counted(("Rappen", "Rappen"))),
    },
    cents_joined="",
    scales=table(
        "Tsd|Tausend: Tausend\nMio|Mill|Millionen|Million: Million|Millionen\nMrd|Milliarden|Milliarde: Milliarde|Milliarden"
    ),
    fractions={
        "1/2": "ein halb",
        "1/3": "ein Drittel",
        "2/3": "zwei Drittel",
        "1/4": "ein Viertel",
        "3/4": "drei Viertel",
    },
    abbreviations=table("""
        z. B|z.B|z.B.|z.  B: zum Beispiel
        Z. B|Z.B: Zum Beispiel
        d. h|d.h: das heißt
        D. h|D.h: Das heißt
        u. a|u.a: unter anderem
        u. v. a: und viele andere
        u. ä|u.ä|u. Ä|u.Ä: und Ähnliches
        o. ä|o.ä|o. Ä|o.Ä: oder Ähnliches
        i. d. R|i.d.R: in der Regel
        s. o: siehe oben
        s. u: siehe unten
        z. T|z.T: zum Teil
        z. Z|z. Zt|z.Zt: zur Zeit
        v. Chr|v.Chr: vor Christus
        n. Chr|n.Chr: nach Christus
        a. M: am Main
        h. c: honoris causa
        usw: und so weiter
        bzw: beziehungsweise
        ca: circa
        Ca: Circa
        Jh|Jhdt: Jahrhundert
        zw: zwischen
        Mo: Montag
        Di: Dienstag
        Mi: Mittwoch
        Do: Donnerstag
        Sa: Samstag
        Dr: Doktor
        Prof: Professor
        Hr: Herr
        Dipl.-Ing: Diplomingenieur
        St: Sankt
        inkl: inklusive
        exkl: exklusive
        zzgl: zuzüglich
        evtl: eventuell
        ggf: gegebenenfalls
        vgl: vergleiche
        Vgl: Vergleiche
        gem: gemäß
        sog: sogenannte
        bzgl: bezüglich
        etc: et cetera
        MwSt: Mehrwertsteuer
        geb: geboren
        gest: gestorben
        Str: Straße
        Tel: Telefon
        allg: allgemein
        mind: mindestens
        max: maximal
    """),
    before_number=table("""
        Nr: Nummer
        S: Seite
        Abb: Abbildung
        Bd: Band
        Kap: Kapitel
        Abs: Absatz
        Art: Artikel
        Tab: Tabelle
        Tel: Telefon
        §: Paragraf
    """),
    parts=r"Kapitel|Teil|Band|Akt|Typ|Klasse|Stufe|Szene|Artikel|Abschnitt|Phase|Buch|Hartz|Weltkrieg",
    year_words=r"in|seit|ab|bis|von|um|vor|nach|jahr|jahre|jahres|und|anno|ca|etwa|gegen|sommer|winter|herbst|frühling",
)
