"""Which Portuguese lines carry a brief."""

QUOTES = ("“", "”")
HOOK = """
Tudo começa com estas palavras: {phrase}.
Imagine isto: {phrase}.
Poucas palavras, e dentro delas um mundo inteiro: {phrase}.
É assim que começa esta história: {phrase}.
"""
MIDDLE = """
Cada história começa com algo pequeno.
Primeiro há silêncio, depois um som leve.
A luz entra, e tudo começa a mover-se.
Algo desperta, devagar, e olha em volta.
Ninguém sabe aonde leva este caminho.
O caminho não está marcado, mas está ali.
O céu muda, e com ele mudam as cores.
Um passo segue o outro.
O que parecia longe fica mais perto.
Abre-se uma porta onde antes não havia nenhuma.
Então o vento muda, e tudo se torna mais difícil.
Por um momento, nada é certo.
Seria fácil parar aqui.
Mas algo diz: segue em frente.
Uma pequena luz basta para encontrar o caminho.
E de repente a imagem fica clara.
O mundo é maior do que parecia.
O que estava perdido volta de outra forma.
O momento chega, e chega em silêncio.
O tempo prende a respiração.
Nada é como antes, e ainda bem.
As sombras crescem, e o dia fica suave.
Há coisas que só se podem sentir.
Em algum lugar alguém sorri, e ninguém pergunta porquê.
"""
ENDING = """
E no fim ficam estas palavras: {phrase}.
Quem escuta com atenção ainda as ouve: {phrase}.
A imagem desaparece, as palavras ficam: {phrase}.
"""
