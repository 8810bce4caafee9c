"""The words with which Spanish says numbers, amounts and abbreviations."""

from __future__ import annotations

from engines.draft.speech.spelled.tongue import Counted, Tongue, counted, months, table

_MONTHS, _NAMES = months(
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago sept|sep oct nov dic",
)

TONGUE = Tongue(
    code="es",
    decimal=",",
    point="coma",
    minus="menos",
    plus="más",
    times="por",
    equals="igual a",
    and_="y",
    to="a",
    percent="por ciento",
    at="arroba",
    dot="punto",
    slash="barra",
    number="número",
    hashtag="hashtag",
    months=_MONTHS,
    month_names=_NAMES,
    units=counted("""
        km: kilómetro, kilómetros
        m: metro, metros
        cm: centímetro, centímetros
        mm: milímetro, milímetros
        kg: kilogramo, kilogramos
        g: gramo, gramos
        mg: miligramo, miligramos
        l L: litro, litros
        ml: mililitro, mililitros
        km/h: kilómetro por hora, kilómetros por hora
        m/s: metro por segundo, metros por segundo
        m² m2: metro cuadrado, metros cuadrados
        km² km2: kilómetro cuadrado, kilómetros cuadrados
        m³ m3: metro cúbico, metros cúbicos
        °C ℃: grado Celsius, grados Celsius
        °F: grado Fahrenheit, grados Fahrenheit
        °: grado, grados
        MB: megabyte, megabytes
        GB: gigabyte, gigabytes
        kW: kilovatio, kilovatios
        W: vatio, vatios
        s: segundo, segundos
        min: minuto, minutos
    """),
    money={
        "$": (Counted(("dólar", "dólares")), Counted(("centavo", "centavos"))),
        "€": (Counted(("euro", "euros")), Counted(("céntimo", "céntimos"))),
        "EUR": (Counted(("euro", "euros")), Counted(("céntimo", "céntimos"))),
        "euros": (Counted(("euro", "euros")), Counted(("céntimo", "céntimos"))),
        "£": (Counted(("libra", "libras"), "f"), Counted(("penique", "peniques"))),
        "US$": (Counted(("dólar", "dólares")), Counted(("centavo", "centavos"))),
    },
    cents_joined="con",
    scales=table("mil: mil\nmillón: millón\nmillones|M: millones"),
    fractions={
        "1/2": "un medio",
        "1/3": "un tercio",
        "2/3": "dos tercios",
        "1/4": "un cuarto",
        "3/4": "tres cuartos",
    },
    abbreviations=table("""
        Sr: señor
        Sra: señora
        Sres: señores
        Srta: señorita
        Dr: doctor
        Dra: doctora
        Dña: doña
        Prof|prof: profesor
        Lic: licenciado
        Ing: ingeniero
        Ud|Vd: usted
        Uds|Vds: ustedes
        p. ej|p.ej|P. ej: por ejemplo
        etc: etcétera
        EE. UU|EE.UU|EEUU.: Estados Unidos
        a. C|a.C: antes de Cristo
        d. C|d.C: después de Cristo
        Av|Avda: avenida
        aprox|Aprox: aproximadamente
        Sto: Santo
        Sta: Santa
        a. m|a.m: de la mañana
        p. m|p.m: de la tarde
        tel|Tel: teléfono
        vol: volumen
    """),
    before_number=table("""
        n.º|nº|N.º|n°|núm|Núm: número
        pág|p: página
        págs|pp: páginas
        fig: figura
        cap: capítulo
        vol: volumen
        art: artículo
        tel|Tel: teléfono
    """),
    parts=r"[Cc]apítulo|[Pp]arte|[Tt]omo|[Vv]olumen|[Aa]cto|[Ll]ibro|[Tt]ipo|[Cc]lase|[Nn]ivel|[Gg]uerra Mundial|[Ee]scena|[Aa]rtículo",
    rulers=r"[A-ZÁÉÍÓÚ][\w'’-]{2,}",
    year_words=r"en|desde|de|antes|hasta|año",
)
