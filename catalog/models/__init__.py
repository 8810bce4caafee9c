"""Which engines exist: a row for each, a file for each modality; nothing heavy is imported."""

from __future__ import annotations

from catalog.models.assembly import ASSEMBLY
from catalog.models.audio import AUDIO
from catalog.models.image import IMAGE
from catalog.models.remote import REMOTE
from catalog.models.row import Model
from catalog.models.text import TEXT
from catalog.models.video import VIDEO
from schemas.capabilities import CAPABILITIES, Capability

__all__ = ["MODELS", "PLACEHOLDER", "Model", "extra_of", "install_command", "model"]

MODELS: tuple[Model, ...] = (*TEXT, *IMAGE, *VIDEO, *AUDIO, *ASSEMBLY, *REMOTE)
"""In order of preference: of those that can do a piece of work the first one does."""

PLACEHOLDER = Model(
    name="placeholder",
    capabilities=(),
    family="draft",
    target="engines.draft.placeholder:Placeholder",
    revision="2",
    description="A labelled stand-in for a node that failed, where the request allows one.",
    runs_in="sandbox",
)

_BY_NAME = {model.name: model for model in (*MODELS, PLACEHOLDER)}


def model(name: str) -> Model | None:
    """Return the catalogue's row of that name."""
    return _BY_NAME.get(name)


def extra_of(row: Model) -> str:
    """Return the extra of the project that brings what an engine needs."""
    modality = CAPABILITIES[Capability(row.capabilities[0])].modality if row.capabilities else ""
    return row.extra or modality


def install_command(row: Model) -> str:
    """Return the command that brings what an engine needs."""
    return f"uv pip install 'reelbus[{extra_of(row)}]'"
