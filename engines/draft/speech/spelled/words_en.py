"""The words with which English says numbers, amounts and abbreviations."""

from __future__ import annotations

from engines.draft.speech.spelled.tongue import Counted, Tongue, counted, months, table

_MONTHS, _NAMES = months(
    "January February March April May June July August September October November December",
    "jan feb mar apr may jun jul aug sep|sept oct nov dec",
)
_CENT = Counted(("cent", "cents"))

TONGUE = Tongue(
    code="en",
    decimal=".",
    point="point",
    minus="minus",
    plus="plus",
    times="times",
    equals="equals",
    and_="and",
    to="to",
    percent="percent",
    at="at",
    dot="dot",
    slash="slash",
    number="number",
    hashtag="hashtag",
    months=_MONTHS,
    month_names=_NAMES,
    units=counted("""
        km: kilometer, kilometers
        m: meter, meters
        cm: centimeter, centimeters
        mm: millimeter, millimeters
        kg: kilogram, kilograms
        g: gram, grams
        mg: milligram, milligrams
        l L: liter, liters
        ml mL: milliliter, milliliters
        km/h kph: kilometer per hour, kilometers per hour
        mph: mile per hour, miles per hour
        m/s: meter per second, meters per second
        m² m2: square meter, square meters
        km² km2: square kilometer, square kilometers
        m³ m3: cubic meter, cubic meters
        °C ℃: degree Celsius, degrees Celsius
        °F ℉: degree Fahrenheit, degrees Fahrenheit
        °: degree, degrees
        ft: foot, feet
        mi: mile, miles
        lb lbs: pound, pounds
        oz: ounce, ounces
        kB KB: kilobyte, kilobytes
        MB: megabyte, megabytes
        GB: gigabyte, gigabytes
        TB: terabyte, terabytes
        Hz: hertz, hertz
        kHz: kilohertz, kilohertz
        MHz: megahertz, megahertz
        GHz: gigahertz, gigahertz
        W: watt, watts
        kW: kilowatt, kilowatts
        kWh: kilowatt hour, kilowatt hours
        V: volt, volts
        ms: millisecond, milliseconds
        s sec secs: second, seconds
        min mins: minute, minutes
        h hr hrs: hour, hours
        fps: frame per second, frames per second
        px: pixel, pixels
    """),
    money={
        "$": (Counted(("dollar", "dollars")), _CENT),
        "US$": (Counted(("US dollar", "US dollars")), _CENT),
        "USD": (Counted(("US dollar", "US dollars")), _CENT),
        "€": (Counted(("euro", "euros")), _CENT),
        "EUR": (Counted(("euro", "euros")), _CENT),
        "£": (Counted(("pound", "pounds")), Counted(("penny", "pence"))),
        "GBP": (Counted(("pound", "pounds")), Counted(("penny", "pence"))),
        "¥": (Counted(("yen", "yen")), Counted(("sen", "sen"))),
        "₹": (Counted(("rupee", "rupees")), Counted(("paisa", "paise"))),
        "₽": (Counted(("ruble", "rubles")), Counted(("kopeck", "kopecks"))),
        "CHF": (Counted(("franc", "francs")), Counted(("centime", "centimes"))),
    },
    cents_joined="",
    scales=table(
        "k|K|thousand: thousand\nm|M|mn|million: million\nb|B|bn|billion: billion\ntrillion: trillion"
    ),
    fractions={
        "1/2": "one half",
        "1/3": "one third",
        "2/3": "two thirds",
        "1/4": "one quarter",
        "3/4": "three quarters",
    },
    abbreviations=table("""
        Mr: Mister
        Mrs: Missus
        Ms: Miz
        Messrs: Messieurs
        Prof: Professor
        Mt: Mount
        Ft: Fort
        vs|vs.: versus
        etc: et cetera
        e.g: for example
        i.e: that is
        approx: approximately
        Ave: Avenue
        Blvd: Boulevard
        Rd: Road
        Jr: Junior
        Sr: Senior
        Inc: Incorporated
        Ltd: Limited
        Corp: Corporation
        Co: Company
        Bros: Brothers
        Gen: General
        Col: Colonel
        Lt: Lieutenant
        Sgt: Sergeant
        Capt: Captain
        Gov: Governor
        Sen: Senator
        Rep: Representative
        Rev: Reverend
        Hon: Honorable
        Pres: President
        Dept: Department
        w/: with
    """),
    before_number=table("""
        No|no: number
        Nos|nos: numbers
        fig|Fig: figure
        p: page
        pp: pages
        vol|Vol: volume
        ch|chap|Ch: chapter
        sec|Sec: section
        ext: extension
        ca|c: circa
    """),
    parts=r"World War|[Pp]art|[Cc]hapter|[Aa]ct|[Vv]olume|[Bb]ook|[Pp]hase|[Tt]ype|[Cc]lass|[Ee]pisode|[Ss]ection|"
    r"[Aa]rticle|[Ll]evel|[Ss]tage|[Gg]rade|Super Bowl|[Ff]igure|[Ss]cene|[Vv]ersion|[Tt]itle|[Ss]ymphony|[Mm]ark",
    rulers=r"Louis|Henry|Elizabeth|George|Charles|William|Edward|Richard|James|John|Paul|Philip|Benedict|Pius|Catherine|"
    r"Peter|Nicholas|Alexander|Ivan|Napoleon|Frederick|Wilhelm|Friedrich|Francis|Gregory|Innocent|Leo|Clement|Urban|"
    r"Mary|Victoria|Margaret|Ramesses|Ramses|Thutmose|Cleopatra|Ptolemy|Darius|Xerxes|Harald|Gustav|Christian|Otto|"
    r"Felipe|Alfonso|Ferdinand|Leopold|Albert|Baldwin|Robert|David|Malcolm|Juan Carlos|Haakon|Olaf|Carl|Boniface|Ludwig",
    year_words=r"in|since|of|by|from|until|till|to|year|after|before|around|during|late|early|and|circa|summer|winter|"
    r"spring|autumn|fall|anno|about|between|through",
)
