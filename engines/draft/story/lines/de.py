"""Which German lines carry a brief."""

QUOTES = ("„", "“")
HOOK = """
Alles beginnt mit diesen Worten: {phrase}.
Stell dir vor: {phrase}.
Nur wenige Worte, und eine ganze Welt darin: {phrase}.
So fängt diese Geschichte an: {phrase}.
"""
MIDDLE = """
Jede Geschichte beginnt mit etwas Kleinem.
Zuerst ist da nur Stille, dann ein leiser Klang.
Licht fällt herein, und alles beginnt sich zu bewegen.
Etwas erwacht, langsam, und schaut sich um.
Niemand weiß, wohin dieser Weg führt.
Der Weg ist nicht markiert, aber er ist da.
Der Himmel verändert sich, und mit ihm die Farben.
Ein Schritt folgt auf den anderen.
Was weit entfernt schien, kommt näher.
Eine Tür geht auf, wo vorher keine war.
Dann dreht der Wind, und alles wird schwerer.
Für einen Augenblick ist nichts mehr sicher.
Es wäre leicht, hier stehen zu bleiben.
Doch etwas sagt: Geh weiter.
Ein kleines Licht genügt, um den Weg zu finden.
Und plötzlich ist das Bild ganz klar.
Die Welt ist größer, als sie schien.
Was verloren war, kehrt anders zurück.
Der Moment ist da, und er ist still.
Die Zeit hält den Atem an.
Nichts ist mehr wie zuvor, und das ist gut so.
Die Schatten werden lang, und der Tag wird sanft.
Manche Dinge kann man nur fühlen.
Irgendwo lächelt jemand, und keiner fragt, warum.
"""
ENDING = """
Und am Ende bleiben diese Worte: {phrase}.
Wer genau hinhört, hört es noch immer: {phrase}.
Das Bild verblasst, die Worte bleiben: {phrase}.
"""
