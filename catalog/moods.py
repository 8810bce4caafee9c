"""Which moods music can have, and which words of a prompt ask for them."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mood:
    """A mood of music: its name, what it sounds like, and the words that mean it."""

    name: str
    description: str
    words: tuple[str, ...]


MOODS: tuple[Mood, ...] = (
    Mood(
        "ambient",
        "slow pads and sparse bells, no beat to speak of",
        (
            "atmosphere",
            "atmospheric",
            "background",
            "drone",
            "space",
            "ethereal",
            "floating",
            "pad",
            "texture",
        ),
    ),
    Mood(
        "calm",
        "a gentle piano over warm strings",
        (
            "peaceful",
            "relaxing",
            "relaxed",
            "gentle",
            "soft",
            "quiet",
            "serene",
            "meditation",
            "sleep",
            "lullaby",
            "tender",
        ),
    ),
    Mood(
        "happy",
        "a bright major tune with a light beat",
        (
            "cheerful",
            "joyful",
            "joy",
            "upbeat",
            "bright",
            "sunny",
            "fun",
            "party",
            "positive",
            "corporate",
            "summer",
        ),
    ),
    Mood(
        "hopeful",
        "rising major harmony that opens up",
        (
            "inspiring",
            "inspirational",
            "uplifting",
            "optimistic",
            "motivational",
            "warm",
            "dawn",
            "sunrise",
            "promise",
        ),
    ),
    Mood(
        "playful",
        "pizzicato, marimba and a bouncing bass",
        ("quirky", "funny", "comedy", "cute", "children", "kids", "whimsical", "mischievous", "cartoon"),
    ),
    Mood(
        "romantic",
        "a slow waltz of piano, strings and oboe",
        ("love", "romance", "wedding", "intimate", "passion", "passionate", "waltz", "heart", "nostalgic"),
    ),
    Mood(
        "sad",
        "a minor lament for piano and cello",
        (
            "melancholy",
            "melancholic",
            "sorrow",
            "grief",
            "lonely",
            "loss",
            "tears",
            "mourning",
            "rain",
            "farewell",
        ),
    ),
    Mood(
        "mysterious",
        "dorian harp figures and a low clarinet",
        (
            "mystery",
            "magic",
            "magical",
            "secret",
            "enigmatic",
            "curious",
            "dark",
            "night",
            "dream",
            "eerie",
            "fog",
        ),
    ),
    Mood(
        "tense",
        "a pulsing minor ostinato under tremolo strings",
        (
            "suspense",
            "suspenseful",
            "thriller",
            "horror",
            "scary",
            "danger",
            "anxious",
            "chase",
            "nervous",
            "fear",
        ),
    ),
    Mood(
        "dramatic",
        "minor strings and brass with timpani",
        ("drama", "intense", "serious", "powerful", "storm", "conflict", "tragic", "trailer", "emotional"),
    ),
    Mood(
        "epic",
        "full orchestra, choir and drums that build to a climax",
        (
            "heroic",
            "battle",
            "cinematic",
            "orchestral",
            "war",
            "victory",
            "triumph",
            "triumphant",
            "majestic",
            "grand",
        ),
    ),
    Mood(
        "adventurous",
        "galloping strings and horns in mixolydian",
        (
            "adventure",
            "journey",
            "travel",
            "exploration",
            "quest",
            "discovery",
            "action",
            "energetic",
            "sport",
            "western",
        ),
    ),
)

_BY_NAME = {mood.name: mood for mood in MOODS}
_BY_WORD = {word: mood for mood in MOODS for word in (mood.name, *mood.words)}
DEFAULT_MOOD = "calm"


def find_mood(name: str) -> Mood | None:
    """Return the mood of that name (any case), or None."""
    return _BY_NAME.get(name.strip().casefold())


def nearest_mood(name: str) -> str:
    """Return the name of the mood that a word most likely means: `cheerful` is happy, `epci` is epic."""
    wanted = name.strip().casefold()
    if wanted in _BY_WORD:
        return _BY_WORD[wanted].name
    close = difflib.get_close_matches(wanted, list(_BY_WORD), n=1, cutoff=0.6)
    return _BY_WORD[close[0]].name if close else DEFAULT_MOOD


def mood_of_prompt(prompt: str) -> Mood | None:
    """Return the mood that most words of a prompt mean, the first named one of equals, or None."""
    votes: dict[str, int] = {}
    for word in re.findall(r"[^\W\d_]+", prompt.casefold()):
        mood = _BY_WORD.get(word)
        if mood is not None:
            votes[mood.name] = votes.get(mood.name, 0) + (3 if word == mood.name else 2)
    if not votes:
        return None
    return _BY_NAME[max(votes, key=lambda name: votes[name])]
