"""Which French lines carry a brief."""

QUOTES = ("« ", " »")
HOOK = """
Tout commence par ces mots : {phrase}.
Imaginez : {phrase}.
Quelques mots à peine, et tout un monde : {phrase}.
C’est ainsi que commence cette histoire : {phrase}.
"""
MIDDLE = """
Chaque histoire commence par une petite chose.
D’abord le silence, puis un son léger.
La lumière entre, et tout se met à bouger.
Quelque chose s’éveille, lentement, et regarde autour de soi.
Personne ne sait où mène ce chemin.
Le chemin n’est pas tracé, mais il est là.
Le ciel change, et les couleurs changent avec lui.
Un pas suit l’autre.
Ce qui semblait loin se rapproche.
Une porte s’ouvre là où il n’y en avait pas.
Puis le vent tourne, et tout devient plus difficile.
Pendant un instant, plus rien n’est certain.
Il serait facile de s’arrêter ici.
Mais une voix dit : continue.
Une petite lumière suffit pour trouver le chemin.
Et soudain, l’image devient claire.
Le monde est plus grand qu’il n’en avait l’air.
Ce qui était perdu revient autrement.
Le moment est venu, et il est calme.
Le temps retient son souffle.
Rien n’est plus comme avant, et c’est bien ainsi.
Les ombres s’allongent, et le jour s’adoucit.
Il y a des choses que l’on ne peut que ressentir.
Quelque part, quelqu’un sourit, et personne ne demande pourquoi.
"""
ENDING = """
Et à la fin, il reste ces mots : {phrase}.
Pour qui écoute bien, on l’entend encore : {phrase}.
L’image s’efface, les mots restent : {phrase}.
"""
