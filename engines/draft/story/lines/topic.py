"""Which lines open up a question or a subject, and which ones greet somebody."""

from __future__ import annotations

TOPIC: dict[str, str] = {
    "hook": """
        {topic}. It sounds simple, until you ask.
        Have you ever wondered about this? {topic}.
        One question, and a few moments to think about it: {topic}.
        Today we look at one thing, and one thing only: {topic}.
        Here is something worth knowing: {topic}.
        """,
    "why": """
        It is worth a closer look.
        Think about it for a moment.
        It matters more than it seems at first sight.
        Most of us meet it every day and never look twice.
        The question is old, and people have asked it in every age.
        Behind it there is more than one answer.
        It touches more of our lives than we think.
        Whoever asks it sees the world a little differently.
        """,
    "look": """
        Step by step.
        Look closely.
        Let us start with what can be seen.
        First, look at the whole, then at the parts.
        Take it apart, piece by piece, and it becomes clear.
        Every part has its place, and every step follows the one before.
        One thing leads to the next, and nothing happens without a cause.
        Now a little closer, where the details are.
        Small causes add up, quietly, over time.
        What looks like chance often follows a rule.
        Change one thing, and watch what happens to the rest.
        The outside tells us a little. The inside tells us more.
        Compare it with something you know, and it loses its mystery.
        Some of it is fast, some of it takes years.
        Every answer brings a new question along.
        The best way to understand it is to follow it from start to end.
        """,
    "turn": """
        And here comes the surprising part.
        Then the picture turns, and we see it from the other side.
        This is the point where everything fits together.
        What seemed separate turns out to be one.
        """,
    "ending": """
        Now look again: {topic}.
        {topic}. The next time you meet it, you will see it with other eyes.
        And the best part is this: there is always more to find out.
        Keep asking. That is how every good answer began.
        So that is our subject for today: {topic}.
        """,
}

GREETING: dict[str, str] = {
    "hook": """
        {topic}!
        Today is a special day, and these words are for you: {topic}!
        Some days deserve to be celebrated. {topic}!
        """,
    "wish": """
        This one is for you.
        Today is your day.
        Light a candle, and make a wish.
        Here is to you, and to many more.
        May the day be bright, and the cake be large enough.
        Here is to the laughter behind you, and the adventures ahead.
        Somebody is thinking of you right now, and smiling.
        May you find time for what you love, and for those you love.
        A day like this belongs to you, from the first light to the last.
        May every door you knock on open a little faster this year.
        Good wishes travel far, and these have come all the way to you.
        There is music in the air, and it is playing your song.
        Take a deep breath, look around, and enjoy it all.
        The best stories are still to come, and you are in them.
        Light the candles, call your friends, and let the day begin.
        So here is a small film, made of light and good wishes.
        """,
    "ending": """
        Once more, with all our heart: {topic}!
        {topic}! May it be your best one yet.
        And now, enjoy every minute. {topic}!
        """,
}
