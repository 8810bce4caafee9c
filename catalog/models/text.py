"""Which engines read and write text, the preferred one first."""

from __future__ import annotations

from catalog.models.row import Model

TEXT: tuple[Model, ...] = (
    Model(
        name="draft-story",
        capabilities=("text-generation", "prompt-refinement", "text-to-text"),
        family="draft",
        target="engines.draft.text:DraftText",
        revision="2",
        description="Stories, scripts and picture prompts by rules.",
        limits=(("json_schema", 0),),
        runs_in="thread",
    ),
)
