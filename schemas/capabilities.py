"""What can be asked for: the closed list of capabilities, and for each its modality, inputs and results."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from schemas.choices import ANY_MEDIA, MediaKind, Modality
from schemas.params import assembly, audio, image, text, video
from schemas.params.base import Params, with_references

_TEXT: frozenset[MediaKind] = frozenset(("text",))
_JSON: frozenset[MediaKind] = frozenset(("json",))
_WORDS: frozenset[MediaKind] = frozenset(("text", "json"))
_IMAGE: frozenset[MediaKind] = frozenset(("image",))
_VIDEO: frozenset[MediaKind] = frozenset(("video",))
_AUDIO: frozenset[MediaKind] = frozenset(("audio",))
_HEARD: frozenset[MediaKind] = frozenset(("audio", "video"))
_SEEN: frozenset[MediaKind] = frozenset(("image", "video"))


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


PARAMS: Mapping[Capability, type[Params]] = {
    Capability.TEXT_GENERATION: text.TextGeneration,
    Capability.TEXT_TO_TEXT: text.TextToText,
    Capability.PROMPT_REFINEMENT: text.PromptRefinement,
    Capability.IMAGE_GENERATION: image.ImageGeneration,
    Capability.IMAGE_EDITING: image.ImageEditing,
    Capability.IMAGE_UPSCALING: image.ImageUpscaling,
    Capability.IMAGE_ENHANCEMENT: image.ImageEnhancement,
    Capability.VIDEO_GENERATION: video.VideoGeneration,
    Capability.VIDEO_ANIMATION: video.VideoAnimation,
    Capability.VIDEO_UPSCALING: video.VideoUpscaling,
    Capability.TEXT_TO_SPEECH: audio.TextToSpeech,
    Capability.VOICE_CLONING: audio.VoiceCloning,
    Capability.VOICE_DESIGN: audio.VoiceDesign,
    Capability.AUDIO_GENERATION: audio.AudioGeneration,
    Capability.SOUND_EFFECTS: audio.SoundEffects,
    Capability.SPEECH_TO_TEXT: audio.SpeechToText,
    Capability.AUDIO_EFFECTS: assembly.AudioEffects,
    Capability.COMPOSITION: assembly.Composition,
    Capability.MEDIA_TRANSFORM: assembly.MediaTransform,
    Capability.MODERATION: text.Moderation,
    Capability.QUALITY_ASSESSMENT: assembly.QualityAssessment,
}
"""The parameters of each capability."""

WITH_REFERENCES: Mapping[Capability, type[Params]] = {
    capability: with_references(params) for capability, params in PARAMS.items()
}
"""The same inside a graph, where any parameter may also be {"$from": ...}."""

MODALITY: Mapping[Capability, Modality] = {
    Capability.TEXT_GENERATION: "text",
    Capability.TEXT_TO_TEXT: "text",
    Capability.PROMPT_REFINEMENT: "text",
    Capability.MODERATION: "text",
    Capability.IMAGE_GENERATION: "image",
    Capability.IMAGE_EDITING: "image",
    Capability.IMAGE_UPSCALING: "image",
    Capability.IMAGE_ENHANCEMENT: "image",
    Capability.VIDEO_GENERATION: "video",
    Capability.VIDEO_ANIMATION: "video",
    Capability.VIDEO_UPSCALING: "video",
    Capability.TEXT_TO_SPEECH: "audio",
    Capability.VOICE_CLONING: "audio",
    Capability.VOICE_DESIGN: "audio",
    Capability.AUDIO_GENERATION: "audio",
    Capability.SOUND_EFFECTS: "audio",
    Capability.SPEECH_TO_TEXT: "audio",
    Capability.AUDIO_EFFECTS: "assembly",
    Capability.COMPOSITION: "assembly",
    Capability.MEDIA_TRANSFORM: "assembly",
    Capability.QUALITY_ASSESSMENT: "assembly",
}
"""Which group of workers does it."""

RESULT_MEDIA: Mapping[Capability, frozenset[MediaKind]] = {
    Capability.TEXT_GENERATION: _WORDS,
    Capability.TEXT_TO_TEXT: _TEXT,
    Capability.PROMPT_REFINEMENT: _TEXT,
    Capability.IMAGE_GENERATION: _IMAGE,
    Capability.IMAGE_EDITING: _IMAGE,
    Capability.IMAGE_UPSCALING: _IMAGE,
    Capability.IMAGE_ENHANCEMENT: _IMAGE,
    Capability.VIDEO_GENERATION: _VIDEO,
    Capability.VIDEO_ANIMATION: _VIDEO,
    Capability.VIDEO_UPSCALING: _VIDEO,
    Capability.TEXT_TO_SPEECH: _AUDIO,
    Capability.VOICE_CLONING: _AUDIO,
    Capability.VOICE_DESIGN: _AUDIO,
    Capability.AUDIO_GENERATION: _AUDIO,
    Capability.SOUND_EFFECTS: _AUDIO,
    Capability.SPEECH_TO_TEXT: _JSON,
    Capability.AUDIO_EFFECTS: _AUDIO,
    Capability.COMPOSITION: _VIDEO,
    Capability.MEDIA_TRANSFORM: ANY_MEDIA,
    Capability.MODERATION: _JSON,
    Capability.QUALITY_ASSESSMENT: _JSON,
}
"""Which kinds of media its result may be."""

INPUT_KINDS: Mapping[Capability, Mapping[tuple[str, ...], frozenset[MediaKind]]] = {
    Capability.IMAGE_GENERATION: {("control", "image"): _IMAGE, ("references", "*"): _IMAGE},
    Capability.IMAGE_EDITING: {("image",): _IMAGE, ("mask",): _IMAGE, ("references", "*"): _IMAGE},
    Capability.IMAGE_UPSCALING: {("image",): _IMAGE},
    Capability.IMAGE_ENHANCEMENT: {("image",): _IMAGE},
    Capability.VIDEO_ANIMATION: {("image",): _IMAGE},
    Capability.VIDEO_UPSCALING: {("video",): _VIDEO},
    Capability.VOICE_CLONING: {("reference",): _AUDIO},
    Capability.SPEECH_TO_TEXT: {("audio",): _HEARD},
    Capability.AUDIO_EFFECTS: {("audio",): _AUDIO},
    Capability.COMPOSITION: {("timeline", "tracks", "*", "clips", "*", "source"): _SEEN | _HEARD | _WORDS},
    Capability.MEDIA_TRANSFORM: {("source",): ANY_MEDIA},
    Capability.MODERATION: {("assets", "*"): ANY_MEDIA},
    Capability.QUALITY_ASSESSMENT: {("assets", "*"): ANY_MEDIA},
}
"""Where an asset may stand among the parameters ("*" is any index), and which kinds of media it may be."""

TRACK_KINDS: Mapping[str, frozenset[MediaKind]] = {"video": _SEEN, "audio": _HEARD, "caption": _WORDS}
"""Which kinds of media a clip of each kind of track may show or play."""


def media_kind(media_type: str) -> MediaKind | None:
    """Say which kind a media type is, or None for one that is none of ours.

    Examples: "image/png" is image, "application/json" is json, "text/plain" is text.
    """
    if media_type.split(";", maxsplit=1)[0].strip() == "application/json":
        return "json"
    match media_type.split("/", maxsplit=1)[0]:
        case "text":
            return "text"
        case "image":
            return "image"
        case "video":
            return "video"
        case "audio":
            return "audio"
    return None
