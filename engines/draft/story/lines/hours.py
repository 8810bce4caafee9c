"""Which lines, and which words for a picture, belong to an hour of the day, to the weather and to a mood."""

from __future__ import annotations

HOURS: dict[str, tuple[str, ...]] = {
    "dawn": (
        "The first light comes slowly, as if it were not sure.",
        "Dawn paints a thin line of gold.",
        "The night lets go, one star at a time.",
    ),
    "morning": (
        "The morning is new, and nobody has used it yet.",
        "Light pours in, and the day begins.",
        "Everything looks possible in the morning.",
    ),
    "day": (
        "The day stands high and wide.",
        "Shadows are short, and there is nowhere to hide.",
        "It is the bright middle of the day.",
    ),
    "sunset": (
        "The sun goes down, and takes its time.",
        "Evening lays its gold on everything.",
        "The shadows grow longer than the things they belong to.",
    ),
    "night": (
        "Night comes down, soft as a blanket.",
        "The stars come out, one after another.",
        "The moon watches, and says nothing.",
        "In the dark, every small light counts.",
    ),
}
SKIES: dict[str, tuple[str, ...]] = {
    "storm": ("Thunder rolls, and the air tastes of iron.", "The storm breaks, all at once.",
        "Lightning draws the world in white."),
    "rain": ("Rain begins to fall, first a few drops, then all of them.", "The rain writes on every surface.",
             "Everything shines in the rain."),
    "snow": ("Snow falls without a sound.", "Every flake takes its own way down.",
        "The snow keeps every secret."),
    "fog": ("The fog comes in on quiet feet.", "In the mist, near things look far away.",
        "The fog hides the way and softens the fear."),
    "wind": ("The wind has been everywhere, and tells of it.", "The wind picks up, and so does the heart.",
        "Wind moves through it all."),
    "sun": ("The sun is warm, and everything turns towards it.",
        "Sunlight lies on everything, generous and slow."),
}  # fmt: skip
LIGHT: dict[str, tuple[str, str]] = {
    "dawn": ("at dawn", "soft first light"),
    "morning": ("in the morning", "clear low sunlight"),
    "day": ("at midday", "high daylight"),
    "sunset": ("at sunset", "golden hour light"),
    "dusk": ("at dusk", "last light"),
    "night": ("at night", "deep night light"),
}
"""When it is, and what light there is then."""
WEATHER_LOOK: dict[str, str] = {
    "storm": "storm and lightning",
    "rain": "falling rain",
    "snow": "falling snow",
    "winter": "snow on the ground, clear sky",
    "fog": "drifting fog",
    "wind": "strong wind",
    "sun": "clear sunny sky",
    "clear": "clear sky",
    "clouds": "scattered clouds",
    "grey": "overcast sky",
    "after": "clear sky after the weather",
}
MOOD_LOOK: dict[str, str] = {
    "ambient": "quiet mood", "dramatic": "dramatic mood",
    "happy": "joyful mood",
    "sad": "melancholic mood", "calm": "calm mood",
    "epic": "epic mood",
    "mysterious": "mysterious mood", "hopeful": "hopeful mood",
    "playful": "playful mood", "tense": "tense mood",
    "romantic": "romantic mood", "adventurous": "adventurous mood",
}  # fmt: skip
TEMPO: dict[str, tuple[float, float]] = {
    "ambient": (64, 0.3), "dramatic": (84, 0.7), "happy": (116, 0.6), "sad": (62, 0.35), "calm": (66, 0.3),
    "epic": (92, 0.8),
    "mysterious": (72, 0.4), "hopeful": (88, 0.5), "playful": (112, 0.55), "tense": (104, 0.65),
    "romantic": (74, 0.4),
    "adventurous": (108, 0.7),
}  # fmt: skip
