"""Which Dutch lines carry a brief."""

QUOTES = ("“", "”")
HOOK = """
Alles begint met deze woorden: {phrase}.
Stel je voor: {phrase}.
Een paar woorden maar, en een hele wereld erin: {phrase}.
Zo begint dit verhaal: {phrase}.
"""
MIDDLE = """
Elk verhaal begint met iets kleins.
Eerst is er alleen stilte, dan een zacht geluid.
Licht valt naar binnen, en alles begint te bewegen.
Iets wordt wakker, langzaam, en kijkt om zich heen.
Niemand weet waar deze weg naartoe gaat.
De weg is niet gemarkeerd, maar hij is er wel.
De lucht verandert, en de kleuren veranderen mee.
De ene stap volgt op de andere.
Wat ver weg leek, komt dichterbij.
Er gaat een deur open waar er eerst geen was.
Dan draait de wind, en alles wordt moeilijker.
Even is niets meer zeker.
Het zou makkelijk zijn om hier te stoppen.
Maar iets zegt: ga verder.
Een klein licht is genoeg om de weg te vinden.
En plotseling is het beeld helder.
De wereld is groter dan zij leek.
Wat verloren was, komt anders terug.
Het moment is daar, en het is stil.
De tijd houdt de adem in.
Niets is meer zoals vroeger, en dat is goed.
De schaduwen worden lang, en de dag wordt zacht.
Sommige dingen kun je alleen maar voelen.
Ergens glimlacht iemand, en niemand vraagt waarom.
"""
ENDING = """
En aan het einde blijven deze woorden: {phrase}.
Wie goed luistert, hoort het nog steeds: {phrase}.
Het beeld vervaagt, de woorden blijven: {phrase}.
"""
