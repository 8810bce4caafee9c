"""What the model tests share. They run in an environment of their own: `make models`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch

from engines.local.diffusion.painting import Painter
from engines.local.diffusion.sampling import Sample
from engines.local.diffusion.sdxl_network import SdxlNetwork
from tests.models import tiny


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny SDXL."""
    torch.set_num_threads(1)
    return tiny.sdxl(tmp_path_factory.mktemp("models") / "sdxl")


@pytest.fixture(scope="session")
def painter(checkpoint: Path) -> Iterator[Painter[Sample]]:
    """A painter with it loaded."""
    made = Painter(SdxlNetwork(checkpoint), "tiny")
    made.load("cpu")
    yield made
    made.unload()
