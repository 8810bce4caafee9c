"""What can be asked for: the closed list of capabilities, and one row that says everything about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from schemas.choices import Modality
from schemas.mediakinds import ANY_MEDIA, AUDIO, HEARD, IMAGE, JSON, READ, SEEN, TEXT, VIDEO, MediaKind
from schemas.params import assembly, audio, image, text, video
from schemas.params.base import Params, with_references

Pattern = tuple[str, ...]
"""A place among parameters; "*" is any index."""

Named = Literal["style", "voice", "language", "target language", "transition", "mood", "motion"]
"""What a parameter may name that an installation offers."""

WORKING = "working"
"""What progress calls work that has no word of its own."""
LONGEST_ATTEMPT_S = 3600


class Capability(StrEnum):
    """The closed list of what an engine can do."""

    TEXT_GENERATION = "text-generation"
    TEXT_TO_TEXT = "text-to-text"
    PROMPT_REFINEMENT = "prompt-refinement"
    IMAGE_GENERATION = "image-generation"
    IMAGE_EDITING = "image-editing"
    IMAGE_UPSCALING = "image-upscaling"
    IMAGE_ENHANCEMENT = "image-enhancement"
    VIDEO_GENERATION = "video-generation"
    VIDEO_ANIMATION = "video-animation"
    VIDEO_UPSCALING = "video-upscaling"
    TEXT_TO_SPEECH = "text-to-speech"
    VOICE_CLONING = "voice-cloning"
    VOICE_DESIGN = "voice-design"
    AUDIO_GENERATION = "audio-generation"
    SOUND_EFFECTS = "sound-effects"
    SPEECH_TO_TEXT = "speech-to-text"
    AUDIO_EFFECTS = "audio-effects"
    COMPOSITION = "composition"
    MEDIA_TRANSFORM = "media-transform"
    MODERATION = "moderation"
    QUALITY_ASSESSMENT = "quality-assessment"


@dataclass(frozen=True, slots=True)
class CapabilitySpec:
    """Everything that is said of one capability; what belongs to it stands here and in no second table.

    `modality` is the group of workers that does it; its result is of one of the kinds in `result`.
    """

    capability: Capability
    params: type[Params]
    modality: Modality
    result: frozenset[MediaKind]
    inputs: Mapping[Pattern, frozenset[MediaKind]] = field(default_factory=dict)
    """Where an asset may stand among the parameters, and which kinds of media it may be."""
    words: tuple[str, ...] = ()
    """The parameters whose text is words of its own, also where it reads like the address of an asset."""
    names: Mapping[Pattern, Named] = field(default_factory=dict)
    """The parameters that name what this installation offers."""
    stage: str = WORKING
    """What progress says that a job does meanwhile."""
    longest_attempt_s: int = LONGEST_ATTEMPT_S
    """An attempt that takes longer hangs, though its worker renews the lease."""
    essential: bool = False
    """Whether nothing could stand in for its result, so that a job ends without it."""


CAPABILITY_ROWS = (
    CapabilitySpec(
        Capability.TEXT_GENERATION,
        text.TextGeneration,
        modality="text",
        result=READ,
        words=("prompt", "system"),
        stage="writing",
    ),
    CapabilitySpec(
        Capability.TEXT_TO_TEXT,
        text.TextToText,
        modality="text",
        result=TEXT,
        words=("text", "instruction"),
        names={("target_language",): "target language"},
    ),
    CapabilitySpec(
        Capability.PROMPT_REFINEMENT, text.PromptRefinement, modality="text", result=TEXT, words=("prompt",)
    ),
    CapabilitySpec(
        Capability.IMAGE_GENERATION,
        image.ImageGeneration,
        modality="image",
        result=IMAGE,
        inputs={("control", "image"): IMAGE, ("references", "*"): IMAGE},
        words=("prompt", "negative_prompt"),
        names={("style",): "style"},
        stage="painting",
    ),
    CapabilitySpec(
        Capability.IMAGE_EDITING,
        image.ImageEditing,
        modality="image",
        result=IMAGE,
        inputs={("image",): IMAGE, ("mask",): IMAGE, ("references", "*"): IMAGE},
        words=("prompt",),
    ),
    CapabilitySpec(
        Capability.IMAGE_UPSCALING,
        image.ImageUpscaling,
        modality="image",
        result=IMAGE,
        inputs={("image",): IMAGE},
    ),
    CapabilitySpec(
        Capability.IMAGE_ENHANCEMENT,
        image.ImageEnhancement,
        modality="image",
        result=IMAGE,
        inputs={("image",): IMAGE},
    ),
    CapabilitySpec(
        Capability.VIDEO_GENERATION,
        video.VideoGeneration,
        modality="video",
        result=VIDEO,
        words=("prompt", "negative_prompt"),
        stage="filming",
        longest_attempt_s=4 * LONGEST_ATTEMPT_S,
    ),
    CapabilitySpec(
        Capability.VIDEO_ANIMATION,
        video.VideoAnimation,
        modality="video",
        result=VIDEO,
        inputs={("image",): IMAGE},
        words=("prompt",),
        names={("motion",): "motion"},
        stage="animating",
        longest_attempt_s=4 * LONGEST_ATTEMPT_S,
    ),
    CapabilitySpec(
        Capability.VIDEO_UPSCALING,
        video.VideoUpscaling,
        modality="video",
        result=VIDEO,
        inputs={("video",): VIDEO},
        longest_attempt_s=4 * LONGEST_ATTEMPT_S,
    ),
    CapabilitySpec(
        Capability.TEXT_TO_SPEECH,
        audio.TextToSpeech,
        modality="audio",
        result=AUDIO,
        words=("text",),
        names={("voice",): "voice", ("language",): "language"},
        stage="speaking",
    ),
    CapabilitySpec(
        Capability.VOICE_CLONING,
        audio.VoiceCloning,
        modality="audio",
        result=AUDIO,
        inputs={("reference",): AUDIO},
        words=("text",),
    ),
    CapabilitySpec(
        Capability.VOICE_DESIGN,
        audio.VoiceDesign,
        modality="audio",
        result=AUDIO,
        words=("text", "description"),
    ),
    CapabilitySpec(
        Capability.AUDIO_GENERATION,
        audio.AudioGeneration,
        modality="audio",
        result=AUDIO,
        words=("prompt",),
        names={("mood",): "mood"},
        stage="scoring",
    ),
    CapabilitySpec(
        Capability.SOUND_EFFECTS, audio.SoundEffects, modality="audio", result=AUDIO, words=("prompt",)
    ),
    CapabilitySpec(
        Capability.SPEECH_TO_TEXT,
        audio.SpeechToText,
        modality="audio",
        result=JSON,
        inputs={("audio",): HEARD},
        names={("language",): "language"},
    ),
    CapabilitySpec(
        Capability.AUDIO_EFFECTS,
        assembly.AudioEffects,
        modality="assembly",
        result=AUDIO,
        inputs={("audio",): AUDIO},
    ),
    CapabilitySpec(
        Capability.COMPOSITION,
        assembly.Composition,
        modality="assembly",
        result=VIDEO,
        inputs={("timeline", "tracks", "*", "clips", "*", "source"): SEEN | HEARD | READ},
        names={
            ("timeline", "tracks", "*", "clips", "*", "transition_in", "type"): "transition",
            ("timeline", "output", "language"): "language",
        },
        stage="composing",
        longest_attempt_s=4 * LONGEST_ATTEMPT_S,
        essential=True,
    ),
    CapabilitySpec(
        Capability.MEDIA_TRANSFORM,
        assembly.MediaTransform,
        modality="assembly",
        result=ANY_MEDIA,
        inputs={("source",): ANY_MEDIA},
        longest_attempt_s=4 * LONGEST_ATTEMPT_S,
    ),
    CapabilitySpec(
        Capability.MODERATION,
        text.Moderation,
        modality="text",
        result=JSON,
        inputs={("assets", "*"): ANY_MEDIA},
        words=("text",),
    ),
    CapabilitySpec(
        Capability.QUALITY_ASSESSMENT,
        assembly.QualityAssessment,
        modality="assembly",
        result=JSON,
        inputs={("assets", "*"): ANY_MEDIA},
        words=("text",),
    ),
)

CAPABILITIES: Mapping[str, CapabilitySpec] = {row.capability: row for row in CAPABILITY_ROWS}
"""The row of each capability, found by member or by name."""

PARAMS: Mapping[Capability, type[Params]] = {row.capability: row.params for row in CAPABILITY_ROWS}
WITH_REFERENCES: Mapping[Capability, type[Params]] = {
    row.capability: with_references(row.params) for row in CAPABILITY_ROWS
}
"""The parameters inside a graph, where any of them may also be {"$from": ...}."""
