"""The words with which Portuguese says numbers, amounts and abbreviations."""

from __future__ import annotations

from engines.draft.speech.spelled.tongue import Counted, Tongue, counted, months, table

_MONTHS, _NAMES = months(
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "jan fev mar abr mai jun jul ago set out nov dez",
)

TONGUE = Tongue(
    code="pt",
    decimal=",",
    point="vírgula",
    minus="menos",
    plus="mais",
    times="vezes",
    equals="igual a",
    and_="e",
    to="a",
    percent="por cento",
    at="arroba",
    dot="ponto",
    slash="barra",
    number="número",
    hashtag="hashtag",
    months=_MONTHS,
    month_names=_NAMES,
    units=counted("""
        km: quilômetro, quilômetros
        m: metro, metros
        cm: centímetro, centímetros
        mm: milímetro, milímetros
        kg: quilograma, quilogramas
        g: grama, gramas
        mg: miligrama, miligramas
        l L: litro, litros
        ml: mililitro, mililitros
        km/h: quilômetro por hora, quilômetros por hora
        m/s: metro por segundo, metros por segundo
        m² m2: metro quadrado, metros quadrados
        km² km2: quilômetro quadrado, quilômetros quadrados
        m³ m3: metro cúbico, metros cúbicos
        °C ℃: grau Celsius, graus Celsius
        °: grau, graus
        MB: megabyte, megabytes
        GB: gigabyte, gigabytes
        kW: quilowatt, quilowatts
        W: watt, watts
        s: segundo, segundos
        min: minuto, minutos
    """),
    money={
        "R$": (Counted(("real", "reais")), Counted(("centavo", "centavos"))),
        "reais": (Counted(("real", "reais")), Counted(("centavo", "centavos"))),
        "$": (Counted(("dólar", "dólares")), Counted(("centavo", "centavos"))),
        "US$": (Counted(("dólar", "dólares")), Counted(("centavo", "centavos"))),
        "€": (Counted(("euro", "euros")), Counted(("centavo", "centavos"))),
        "EUR": (Counted(("euro", "euros")), Counted(("centavo", "centavos"))),
        "euros": (Counted(("euro", "euros")), Counted(("centavo", "centavos"))),
        "£": (Counted(("libra", "libras"), "f"), Counted(("penny", "pence"))),
    },
    cents_joined="e",
    scales=table("mil: mil\nmilhão: milhão\nmilhões|mi: milhões\nbilhão: bilhão\nbilhões|bi: bilhões"),
    fractions={
        "1/2": "meio",
        "1/3": "um terço",
        "2/3": "dois terços",
        "1/4": "um quarto",
        "3/4": "três quartos",
    },
    abbreviations=table("""
        Sr: senhor
        Sra: senhora
        Srs: senhores
        Srta: senhorita
        Dr: doutor
        Dra: doutora
        D: dom
        Prof|prof: professor
        Profa: professora
        Eng: engenheiro
        Exmo: excelentíssimo
        etc: et cetera
        p. ex|p.ex: por exemplo
        a.C|a. C: antes de Cristo
        d.C|d. C: depois de Cristo
        Av: avenida
        R: rua
        Ltda: limitada
        aprox: aproximadamente
        tel|Tel: telefone
        Sto: Santo
        Sta: Santa
    """),
    before_number=table("""
        n.º|nº|N.º|n°: número
        pág|p: página
        págs|pp: páginas
        fig: figura
        cap: capítulo
        vol: volume
        art: artigo
        apto: apartamento
        tel|Tel: telefone
    """),
    parts=r"[Cc]apítulo|[Pp]arte|[Tt]omo|[Vv]olume|[Aa]to|[Ll]ivro|[Tt]ipo|[Cc]lasse|[Nn]ível|[Gg]uerra Mundial|[Cc]ena|[Aa]rtigo",
    rulers=r"[A-ZÁÉÍÓÚÂÊÔ][\w'’-]{2,}",
    year_words=r"em|desde|de|antes|até|ano",
)
