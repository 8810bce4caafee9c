"""A folder of weights that could run code, lead elsewhere or take all memory is refused by name before it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engines.local.diffusion.checkpoint import examine
from runtime.errors import EngineUnavailable


def safetensors(path: Path, tensors: dict[str, Any] | None = None, tail: bytes = b"\0" * 8) -> None:
    header = json.dumps(
        tensors if tensors is not None else {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    ).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + tail)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One that is as it should be."""
    made = tmp_path / "model"
    (made / "unet").mkdir(parents=True)
    index = {"_class_name": "StableDiffusionXLPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}
    (made / "model_index.json").write_text(json.dumps(index))
    (made / "unet" / "config.json").write_text(
        json.dumps({"layers_per_block": 2, "cross_attention_dim": 2048})
    )
    safetensors(made / "unet" / "diffusion_pytorch_model.safetensors")
    (made / "tokenizer").mkdir()
    (made / "tokenizer" / "vocab.json").write_text(json.dumps({"a": 49_000_000}))
    (made / "tokenizer" / "merges.txt").write_text("a b\n")
    return made


def write(place: str, content: Any) -> Callable[[Path], None]:
    return lambda folder: (
        (folder / place).write_text(json.dumps(content) if not isinstance(content, str) else content) and None
    )


def link(folder: Path) -> None:
    (folder / "unet" / "more.safetensors").symlink_to("/etc/passwd")


def linked_folder(folder: Path) -> None:
    (folder / "vae").symlink_to("/etc")


def cut(folder: Path) -> None:
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:-3])


def longer(folder: Path) -> None:
    safetensors(folder / "unet" / "diffusion_pytorch_model.safetensors", tail=b"\0" * 99)


def giant_header(folder: Path) -> None:
    (folder / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"\xff" * 64)


def negative(folder: Path) -> None:
    safetensors(
        folder / "unet" / "diffusion_pytorch_model.safetensors",
        {"w": {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]}},
        tail=b"x",
    )


def test_a_checkpoint_as_it_should_be_is_let_through(folder: Path) -> None:
    examine(folder)


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (write("unet/diffusion_pytorch_model.bin", "x"), "could run code"),
        (write("unet/diffusion_pytorch_model.PT", "x"), "could run code"),
        (write("unet/model.pkl", "x"), "could run code"),
        (write("pipeline.py", "print(1)"), "of a kind"),
        (write("unet/config.json", {"auto_map": {"AutoModel": "x.Y"}}), "code of its own"),
        (write("tokenizer/tokenizer_config.json", {"auto_map": {}}), "code of its own"),
        (write("model_index.json", {"unet": ["my_code", "Unet"]}), "code of my_code"),
        (write("unet/config.json", {"num_layers": 10**9}), "num_layers = 1000000000"),
        (write("unet/config.json", {"text": {"hidden_size": 2**40}}), "hidden_size"),
        (write("unet/config.json", {"block_out_channels": [8, 2**33]}), "block_out_channels"),
        (write("unet/config.json", "no json"), "cannot be read as JSON"),
        (write("unet/config.json", "[" * 100_000), "cannot be read as JSON"),
        (write("unet/config.json", "[]"), "no JSON object"),
        (write("unet/config.json", " " * (2 << 20)), "larger than"),
        (link, "is a link"),
        (linked_folder, "is a link"),
        (cut, "cut off"),
        (longer, "hold more"),
        (giant_header, "cut off"),
        (negative, "hold more"),
    ],
)
def test_what_is_hostile_or_broken_is_refused_by_name(
    folder: Path, spoil: Callable[[Path], None], word: str
) -> None:
    spoil(folder)
    with pytest.raises(EngineUnavailable, match=word):
        examine(folder)


def test_what_is_no_folder_names_the_command_that_fetches_it(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="models pull"):
        examine(tmp_path / "none")
