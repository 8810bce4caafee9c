"""Which lines dwell on a place, a thing or a moment in which nobody has to do anything."""

from __future__ import annotations

VIEW: dict[str, str] = {
    "hook": """
        {clause_s}.
        Look: {s}.
        Just this, for a moment: {s}.
        There is a moment like this, and then it is gone: {s}.
        Stop here for a while, and see {s}.
        All that matters now is {s}.
        If you could keep a single picture, it might be this: {s}.
        calm ambient| Breathe in. Breathe out. Here [be] {s}.
        sad| Some things are beautiful because they will not last: {s}.
        epic dramatic| Some sights make the world feel new: {s}.
        tense mysterious| Look twice. This is {s}, and nothing here is what it seems.
        """,
    "look": """
        Be still, and look.
        Closer.
        One thing at a time.
        Nothing needs to happen, and everything does.
        The longer you look, the more there is to see.
        Every detail has waited for someone to notice.
        Light touches one thing, then the next.
        Shapes come forward, and step back again.
        There is a rhythm here, slow and certain.
        Colours change so slowly that no one catches them changing.
        Closer now, and the small things begin to speak.
        A thousand eyes have rested here before yours.
        {the} [ask] for nothing, only a little of your time.
        There [be] {the}, plain and wonderful.
        """,
    "time": """
        Then the light turns.
        A moment longer.
        Minutes pass, and nobody counts them.
        The light moves on, and the shadows follow.
        What was bright grows soft, what was soft grows bright.
        Time does not stop here, but it does slow down.
        Something shifts, so gently that you only feel it.
        An hour ago this looked like another place.
        And then, for a heartbeat, everything is still.
        The wind changes its mind, and the picture changes with it.
        """,
    "meaning": """
        It has been like this for longer than anyone remembers.
        You could call it ordinary, and you would be wrong.
        Perhaps beauty is only attention, paid in full.
        Whoever was here before us felt it too.
        There are no words for it, and none are needed.
        Some places keep a part of us when we go.
        The world is full of noise, and here is its quiet centre.
        Nothing lasts, and that is why it shines.
        A memory is being made, right now, without a sound.
        """,
    "ending": """
        And when it is over, it stays with you: {s}.
        Take this with you: {s}.
        Remember {the}, on a day when you need it.
        Then the moment passes, as moments do.
        Long after we are gone, {the} will still be here.
        Slowly we step back, and leave {the} in peace.
        calm ambient| Close your eyes. It is still there.
        """,
}
