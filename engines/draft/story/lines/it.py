"""Which Italian lines carry a brief."""

QUOTES = ("«", "»")
HOOK = """
Tutto comincia con queste parole: {phrase}.
Immagina: {phrase}.
Poche parole, e dentro un mondo intero: {phrase}.
Così comincia questa storia: {phrase}.
"""
MIDDLE = """
Ogni storia comincia con qualcosa di piccolo.
Prima c’è il silenzio, poi un suono leggero.
Entra la luce, e tutto comincia a muoversi.
Qualcosa si sveglia, piano, e si guarda intorno.
Nessuno sa dove porti questa strada.
Il sentiero non è segnato, ma c’è.
Il cielo cambia, e con lui cambiano i colori.
Un passo segue l’altro.
Ciò che sembrava lontano si avvicina.
Si apre una porta dove prima non c’era.
Poi il vento gira, e tutto diventa più difficile.
Per un momento, niente è più sicuro.
Sarebbe facile fermarsi qui.
Ma qualcosa dice: vai avanti.
Basta una piccola luce per trovare la strada.
E all’improvviso l’immagine è chiara.
Il mondo è più grande di quanto sembrasse.
Ciò che era perduto ritorna in un’altra forma.
Il momento arriva, ed è silenzioso.
Il tempo trattiene il respiro.
Niente è più come prima, ed è giusto così.
Le ombre si allungano, e il giorno si fa dolce.
Ci sono cose che si possono solo sentire.
Da qualche parte qualcuno sorride, e nessuno chiede perché.
"""
ENDING = """
E alla fine restano queste parole: {phrase}.
Chi ascolta bene può sentirlo ancora: {phrase}.
L’immagine svanisce, le parole restano: {phrase}.
"""
