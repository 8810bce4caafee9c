"""Whether what a brief orders is taken out of what it tells, and only that."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.instructions import asked, count_words

_BRIEFS: list[tuple[str, str, dict[str, Any]]] = [
    ("Write me a script about a fox who learns to fly. Keep it under 60 words. Target audience: kids.", "Write me a script about a fox who learns to fly.", {"words_at_most": 60}),
    ("Use upbeat music and bold captions. A fox finds the sea.", "A fox finds the sea.", {"music": "happy"}),
    ("A fox finds the sea. #fox #sea #story", "A fox finds the sea.", {}),
    ("A fox finds the sea. https://example.com/fox", "A fox finds the sea.", {}),
    ("A fox finds the sea.\nContact: info@example.com", "A fox finds the sea.", {}),
    ("A fox finds the sea, keep it under 60 words, for kids.", "A fox finds the sea.", {"words_at_most": 60}),
    ("Make a 20-second video about a robot who bakes bread.", "Make a 20-second video about a robot who bakes bread.", {"duration_s": 20.0}),
    ("Tone: playful. A robot bakes bread. Music: epic orchestral. Style: watercolor.", "A robot bakes bread.", {"tone": "playful", "music": "epic"}),
    ("You are a professional screenwriter. Tell the story of a lighthouse keeper. Do not use emojis. Thanks!", "Tell the story of a lighthouse keeper.", {}),
    ("Ein Fuchs findet das Meer. Bitte höchstens 40 Wörter. Verwende fröhliche Musik. Mit Untertiteln.", "Ein Fuchs findet das Meer.", {"words_at_most": 40, "music": "happy"}),
    ("A vertical video for TikTok about bread. No captions.", "A vertical video about bread.", {"aspect_ratio": "9:16", "captions": "none"}),
    ("A dog (upbeat music) runs home [no captions].", "A dog runs home.", {"music": "happy", "captions": "none"}),
    ("Write it in German. The old sailor comes home.", "The old sailor comes home.", {}),
    ("Use a hook at the start. Include a call to action at the end. Our new app plans your day.", "Our new app plans your day.", {}),
    ("Length: 45 seconds. Audience: beginners. How bread rises.", "How bread rises.", {"duration_s": 45.0}),
    ("Make it funny and short. A cat steals a fish.", "A cat steals a fish.", {"tone": "happy"}),
    ("The video should be 15 seconds long. The tone should be calm. A river at dawn.", "A river at dawn.", {"duration_s": 15.0, "tone": "calm"}),
    ("No music. The sound of rain. Split it into 3 scenes.", "The sound of rain.", {"music": "none", "scene_count": 3}),
    ("Note: use simple language. The moon rises.", "The moon rises.", {}),
    ("A whale sings. Aspect ratio: 9:16.", "A whale sings.", {"aspect_ratio": "9:16"}),
    ("A whale sings. Square format.", "A whale sings.", {"aspect_ratio": "1:1"}),
    ("A whale sings. Keep it under one minute.", "A whale sings.", {"duration_s": 60.0}),
    ("A whale sings. Max 30 seconds.", "A whale sings.", {"duration_s": 30.0}),
    ("A whale sings. Write about 50 words.", "A whale sings.", {"words_at_most": 50}),
    ("A whale sings. Please add calm background music.", "A whale sings.", {"music": "calm"}),
    ("A whale sings. Without subtitles.", "A whale sings.", {"captions": "none"}),
    ("A whale sings. It's for kids aged 5 to 8.", "A whale sings.", {}),
    ("A whale sings. Make it suitable for beginners.", "A whale sings.", {}),
    ("A whale sings. Use smooth transitions and warm colors.", "A whale sings.", {}),
    ("A whale sings. In the style of a documentary.", "A whale sings.", {}),
    ("A whale sings. Optimized for YouTube Shorts.", "A whale sings.", {"aspect_ratio": "9:16"}),
    ("A whale sings. Don't mention any brands.", "A whale sings.", {}),
    ("A whale sings. Write in the first person.", "A whale sings.", {}),
    ("A whale sings. Return only the script.", "A whale sings.", {}),
    ("**Note:** keep it short.\n\n* A whale sings.\n* It swims home.", "A whale sings.\nIt swims home.", {}),
    ("Une baleine chante. Ajoutez des sous-titres. Moins de 30 mots.", "Une baleine chante.", {"words_at_most": 30}),
    ("Una ballena canta. Usa música alegre. Duración: 20 segundos.", "Una ballena canta.", {"duration_s": 20.0, "music": "happy"}),
    ("A whale sings, upbeat music, no captions.", "A whale sings.", {"music": "happy", "captions": "none"}),
    ("Create a 30 second video about saving water.\nRequirements:\n- Keep it under 60 words\n- Upbeat tone\n- Include captions\n- Target audience: teens", "Create a 30 second video about saving water.", {"words_at_most": 60, "duration_s": 30.0, "tone": "happy"}),
    ("Topic: the life of bees\nTone: friendly\nLength: 60 words\nAudience: children\nMusic: soft piano", "The life of bees", {"words_at_most": 60, "tone": "happy", "music": "calm"}),
    ("Please write a short story about a lost kite, max 50 words.", "Please write a short story about a lost kite.", {"words_at_most": 50}),
    ("A garden on Mars. Cinematic style, 4K, dramatic lighting. Duration 10s. 16:9.", "A garden on Mars.", {"duration_s": 10.0, "aspect_ratio": "16:9"}),
    ("Erstelle ein Video über einen Fuchs. Maximal 50 Wörter. Zielgruppe: Kinder.", "Einen Fuchs.", {"words_at_most": 50}),
    ("The music should be gentle and the captions should be yellow. A bear wakes up.", "A bear wakes up.", {"music": "calm"}),
    ("A bear wakes up. Voice: female, British accent. Avoid scary scenes. Keep the pace slow.", "A bear wakes up.", {}),
    ("Narrate in a whisper. A bear wakes up. No text on screen.", "A bear wakes up.", {}),
    ("A bear wakes up (max 30 words). Hashtags: #bear #spring", "A bear wakes up.", {"words_at_most": 30}),
]  # fmt: skip


@pytest.mark.parametrize(("brief", "told", "values"), _BRIEFS)
def test_instructions_steer_and_are_not_told(brief: str, told: str, values: dict[str, Any]) -> None:
    found = asked(brief)
    assert found.told == told
    names = ("words_at_most", "duration_s", "scene_count", "tone", "music", "captions", "aspect_ratio")
    assert {name: getattr(found, name) for name in names if getattr(found, name) is not None} == values
    assert found.kinds


@pytest.mark.parametrize(
    "brief",
    [
        "A fox finds the sea.",
        "The band plays music in the park. They keep it alive. A caption hangs on the wall.",
        "Keep the fire alive. The night is long.",
        "He used the map to find 60 words on a wall. Make way!",
        "Use the force, Luke. The tone of the bell rang out.",
        "Two minutes to midnight, a clock stops. Nobody hears it.",
        "She adds salt. He ends the song. They show the way.",
        "A girl, a dog, and a very long road.",
        "Write to me, said the sailor. I never learned to read.",
        "Visit the old mill at night. Never look back.",
        "An orchestra tunes up for its last concert.",
        "Dr. Smith met Mr. Jones at 5 p.m. on Main St. in the rain.",
        "A film crew is lost in the desert with one camera.",
        "End of summer. The swings are empty.",
        "Open the gate. Let the horses run.",
        "Create your dream home with Zephyr, the smart fan.",
        "Once a man made a video about a mountain. It changed his life.",
        "Ein Fuchs macht Musik. Er hat keine Zuhörer.",
        "Birds make music. A story of love, loss and music.",
        "A boy, his dog and old music. A house of many colors.",
    ],
)
def test_a_story_stays_whole(brief: str) -> None:
    found = asked(brief)
    assert found.told == brief
    assert found.kinds == ()


def test_a_brief_of_nothing_but_instructions_is_told() -> None:
    assert asked("Keep it under 60 words.").told == "Keep it under 60 words."


@given(st.text(max_size=200))
def test_any_brief_leaves_something_to_tell_where_it_has_a_letter(brief: str) -> None:
    if any(char.isalnum() for char in brief):
        assert asked(brief).told.strip() or not asked(brief).kinds
    assert count_words(brief) >= 0
