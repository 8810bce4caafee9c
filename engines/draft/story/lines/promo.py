"""Which lines recommend something, without claiming anything that nobody said."""

from __future__ import annotations

PROMO: dict[str, str] = {
    "hook": """
        What if today felt a little different?
        Some mornings deserve better.
        You know the feeling: there must be a better way.
        Good things begin with a small change.
        Stop for a second. This is for you.
        Every day asks a lot of us.
        """,
    "need": """
        The day is full, and time is short.
        Too many things promise too much, and do too little.
        You want something that simply works, and feels right.
        Life is complicated enough already.
        We settle for good enough far too often.
        It is the small things that decide how a day feels.
        Nobody has time for things that get in the way.
        """,
    "reveal": """
        Meet {s}.
        Say hello to {s}.
        This is it: {s}.
        Here it comes: {s}.
        And now, at last: {s}.
        """,
    "feature": """
        Simply good.
        Have a look.
        Easy, from the start.
        Look at {the}: every detail has a reason.
        {the} [fit] into your day as if it had always been this way.
        Simple to understand, and easy to like.
        Made to be used, and made to be seen.
        Nothing too much, and nothing missing.
        You notice the difference the very first time.
        A closer look, and you see the care in every line.
        It starts with a good idea, and it ends with a smile.
        Take your time with {the}. Every side is worth a look.
        Made for real days, and real people.
        Clear, calm and ready when you are.
        """,
    "use": """
        Every single day.
        Just for you.
        At home, at work, or anywhere in between.
        For the early hours, and for the late ones.
        For you, and for the people you share it with.
        One moment for yourself. That is enough.
        Friends will ask. You can just smile.
        Picture it in your own hands, on your own table, in your own day.
        It becomes a habit, and then a favourite.
        And suddenly the whole day goes a little better.
        Some things you only understand once you have tried them.
        """,
    "call": """
        {s}. Try it, and see for yourself.
        {the}. Because every day counts.
        {the}: ready when you are.
        Discover {s} today.
        Make room for {s}.
        Your day, and {s}. That is all it takes.
        """,
}
