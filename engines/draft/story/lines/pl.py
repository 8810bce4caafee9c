"""Which Polish lines carry a brief."""

QUOTES = ("„", "”")
HOOK = """
Wszystko zaczyna się od tych słów: {phrase}.
Wyobraź sobie: {phrase}.
Tylko kilka słów, a w nich cały świat: {phrase}.
Tak zaczyna się ta historia: {phrase}.
"""
MIDDLE = """
Każda historia zaczyna się od czegoś małego.
Najpierw jest tylko cisza, potem cichy dźwięk.
Wpada światło i wszystko zaczyna się poruszać.
Coś się budzi, powoli, i rozgląda się wokół.
Nikt nie wie, dokąd prowadzi ta droga.
Droga nie jest oznaczona, ale jest.
Niebo się zmienia, a z nim zmieniają się kolory.
Jeden krok następuje po drugim.
To, co wydawało się dalekie, jest coraz bliżej.
Otwierają się drzwi tam, gdzie ich nie było.
Potem wiatr się zmienia i wszystko staje się trudniejsze.
Przez chwilę nic nie jest pewne.
Łatwo byłoby się tu zatrzymać.
Ale coś mówi: idź dalej.
Wystarczy małe światło, żeby znaleźć drogę.
I nagle obraz staje się jasny.
Świat jest większy, niż się wydawało.
To, co było stracone, wraca w innej postaci.
Ta chwila nadchodzi i jest cicha.
Czas wstrzymuje oddech.
Nic nie jest już takie jak dawniej i to jest dobre.
Cienie się wydłużają, a dzień łagodnieje.
Są rzeczy, które można tylko poczuć.
Gdzieś ktoś się uśmiecha i nikt nie pyta dlaczego.
"""
ENDING = """
A na końcu zostają te słowa: {phrase}.
Kto dobrze słucha, wciąż to słyszy: {phrase}.
Obraz gaśnie, słowa zostają: {phrase}.
"""
