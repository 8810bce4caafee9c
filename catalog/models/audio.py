"""Which engines make and hear sound, the preferred one first."""

from __future__ import annotations

from catalog.models.row import Model

AUDIO: tuple[Model, ...] = (
    Model(
        name="draft-audio",
        capabilities=("text-to-speech", "audio-generation", "sound-effects"),
        family="draft",
        target="engines.draft.audio:DraftAudio",
        revision="2",
        description="Speech, composed music and synthesised sounds without weights.",
        needs=("numpy", "av", "num2words"),
    ),
)
