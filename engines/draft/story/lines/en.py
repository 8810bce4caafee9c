"""Which English lines carry a phrase that the rules could not take apart."""

QUOTES = ("“", "”")
HOOK = """
It begins with these words: {phrase}.
Listen to these words: {phrase}.
Only a few words, and a whole world inside them: {phrase}.
Somebody wrote this down, and we followed it: {phrase}.
"""
MIDDLE = """
Every story begins with something small.
Light falls on it, and it begins to move.
At first there is only silence, then a sound.
Something wakes, slowly, and looks around.
A door opens where there was no door before.
The path is not marked, but it is there.
Nobody knows where it will lead.
The sky changes, and the colours change with it.
One step follows another.
What seemed far away comes closer.
Then the wind turns, and everything becomes harder.
For a moment, nothing is certain any more.
It would be easy to stop here.
But something says: go on.
A small light is enough to find the way.
And suddenly the picture is clear.
The world is larger than it seemed.
What was lost comes back in another form.
The moment arrives, and it is quiet.
Time holds its breath.
Nothing is as it was before, and that is good.
Someone smiles, and no one asks why.
The shadows grow long, and the day grows soft.
Some things can only be felt.
"""
ENDING = """
And in the end these words remain: {phrase}.
Whoever listens can still hear it: {phrase}.
The picture fades, and the words stay: {phrase}.
"""
