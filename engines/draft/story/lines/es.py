"""Which Spanish lines carry a brief."""

QUOTES = ("«", "»")
HOOK = """
Todo empieza con estas palabras: {phrase}.
Imagina esto: {phrase}.
Unas pocas palabras, y dentro un mundo entero: {phrase}.
Así empieza esta historia: {phrase}.
"""
MIDDLE = """
Cada historia empieza con algo pequeño.
Primero hay silencio, y después un sonido leve.
Entra la luz, y todo comienza a moverse.
Algo despierta, despacio, y mira a su alrededor.
Nadie sabe adónde lleva este camino.
El camino no está marcado, pero está ahí.
El cielo cambia, y con él cambian los colores.
Un paso sigue al otro.
Lo que parecía lejano se acerca.
Se abre una puerta donde antes no había ninguna.
Entonces cambia el viento, y todo se vuelve más difícil.
Por un momento, nada es seguro.
Sería fácil detenerse aquí.
Pero algo dice: sigue adelante.
Una pequeña luz basta para encontrar el camino.
Y de pronto la imagen se vuelve clara.
El mundo es más grande de lo que parecía.
Lo que se había perdido vuelve de otra forma.
Llega el momento, y llega en silencio.
El tiempo contiene la respiración.
Ya nada es como antes, y está bien así.
Las sombras se alargan, y el día se vuelve suave.
Hay cosas que solo se pueden sentir.
En algún lugar alguien sonríe, y nadie pregunta por qué.
"""
ENDING = """
Y al final quedan estas palabras: {phrase}.
Quien escucha con atención todavía lo oye: {phrase}.
La imagen se apaga, las palabras quedan: {phrase}.
"""
