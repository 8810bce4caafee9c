"""The words with which Dutch says numbers, amounts and abbreviations."""

from __future__ import annotations

from engines.draft.speech.spelled.tongue import Counted, Tongue, counted, months, table

_MONTHS, _NAMES = months(
    "januari februari maart april mei juni juli augustus september oktober november december",
    "jan feb|febr mrt apr mei jun jul aug sep|sept okt nov dec",
)

TONGUE = Tongue(
    code="nl",
    decimal=",",
    point="komma",
    minus="min",
    plus="plus",
    times="keer",
    equals="is gelijk aan",
    and_="en",
    to="tot",
    percent="procent",
    at="apenstaartje",
    dot="punt",
    slash="slash",
    number="nummer",
    hashtag="hashtag",
    months=_MONTHS,
    month_names=_NAMES,
    units=counted("""
        km: kilometer, kilometer
        m: meter, meter
        cm: centimeter, centimeter
        mm: millimeter, millimeter
        kg: kilogram, kilogram
        g: gram, gram
        mg: milligram, milligram
        l L: liter, liter
        ml: milliliter, milliliter
        km/h km/u: kilometer per uur, kilometer per uur
        m/s: meter per seconde, meter per seconde
        m² m2: vierkante meter, vierkante meter
        km² km2: vierkante kilometer, vierkante kilometer
        m³ m3: kubieke meter, kubieke meter
        °C ℃: graad Celsius, graden Celsius
        °: graad, graden
        MB: megabyte, megabyte
        GB: gigabyte, gigabyte
        kW: kilowatt, kilowatt
        W: watt, watt
        s sec: seconde, seconden
        min: minuut, minuten
    """),
    money={
        "$": (Counted(("dollar", "dollar")), Counted(("cent", "cent"))),
        "€": (Counted(("euro", "euro")), Counted(("cent", "cent"))),
        "EUR": (Counted(("euro", "euro")), Counted(("cent", "cent"))),
        "euro": (Counted(("euro", "euro")), Counted(("cent", "cent"))),
        "£": (Counted(("pond", "pond")), Counted(("penny", "pence"))),
    },
    cents_joined="",
    scales=table("duizend: duizend\nmiljoen|mln: miljoen\nmiljard|mld: miljard"),
    fractions={
        "1/2": "een half",
        "1/3": "een derde",
        "2/3": "twee derde",
        "1/4": "een kwart",
        "3/4": "drie kwart",
    },
    abbreviations=table("""
        dhr|Dhr: de heer
        mevr|Mevr|mw|Mw: mevrouw
        dr|Dr: dokter
        prof|Prof: professor
        mr|Mr: meester
        ds|Ds: dominee
        ir|Ir: ingenieur
        drs|Drs: doctorandus
        o.a: onder andere
        d.w.z: dat wil zeggen
        bijv|Bijv|b.v|bv.: bijvoorbeeld
        enz: enzovoort
        etc: et cetera
        ca: circa
        v.Chr: voor Christus
        n.Chr: na Christus
        m.b.t: met betrekking tot
        a.u.b: alstublieft
        i.p.v: in plaats van
        t.o.v: ten opzichte van
        a.s: aanstaande
        p.p: per persoon
        geb: geboren
        incl: inclusief
        excl: exclusief
        max: maximaal
        min: minimaal
        tel|Tel: telefoon
        evt: eventueel
        vr: vrijdag
        zgn: zogenaamde
    """),
    before_number=table("""
        nr|Nr: nummer
        blz|p: bladzijde
        afb: afbeelding
        hfst: hoofdstuk
        art: artikel
        tel|Tel: telefoon
    """),
    parts=r"[Hh]oofdstuk|[Dd]eel|[Bb]oek|[Tt]ype|[Kk]lasse|[Aa]kte|[Ss]cène|[Ff]ase|[Nn]iveau|Wereldoorlog",
    rulers=r"[A-Z][\w'’-]{2,}",
    year_words=r"in|sinds|van|vanaf|tot|voor|na|jaar|rond",
)
