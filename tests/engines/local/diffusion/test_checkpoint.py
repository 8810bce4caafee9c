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
def language_model(tmp_path: Path) -> Path:
    """One as transformers writes it, its weights in two files."""
    made = tmp_path / "words"
    made.mkdir()
    for number in (1, 2):
        safetensors(made / f"model-0000{number}-of-00002.safetensors")
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (made / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": shards}))
    config = {"hidden_size": 8, "vocab_size": 16, "num_hidden_layers": 2, "rope_theta": 5_000_000}
    (made / "config.json").write_text(json.dumps({"model_type": "qwen3", "text_config": config}))
    (made / "generation_config.json").write_text(json.dumps({"max_new_tokens": 100}))
    (made / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 10**30}))
    (made / "chat_template.jinja").write_text("{{ messages }}")
    return made


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


INDEX = "model.safetensors.index.json"


def without_a_shard(folder: Path) -> None:
    (folder / "model-00002-of-00002.safetensors").unlink()


def test_a_language_model_as_it_should_be_is_let_through(language_model: Path) -> None:
    examine(language_model)


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (write("config.json", {"auto_map": {"AutoModel": "x.Y"}}), "code of its own"),
        (write("config.json", {"text_config": {"auto_map": {"AutoModel": "x.Y"}}}), "code of its own"),
        (write("config.json", {"parts": [{"auto_map": {}}]}), "code of its own"),
        (write("processor_config.json", {"auto_map": {"AutoProcessor": "x.Y"}}), "code of its own"),
        (write("config.json", {"_attn_implementation": "somebody/kernels"}), "code of its own"),
        (write("generation_config.json", {"custom_generate": "somebody/generate"}), "code of its own"),
        (write("generation_config.json", {"max_length": 10**12}), "max_length = 1000000000000"),
        (write("generation_config.json", {"num_beams": 2**40}), "num_beams"),
        (write("custom_generate.py", "print(1)"), "of a kind"),
        (write(INDEX, {"weight_map": {"a": "../secret.safetensors"}}), "no file of safetensors beside it"),
        (write(INDEX, {"weight_map": {"a": "/etc/passwd"}}), "no file of safetensors beside it"),
        (write(INDEX, {"weight_map": {"a": "model.bin"}}), "no file of safetensors beside it"),
        (write(INDEX, {"weight_map": {"a": 7}}), "no file of safetensors beside it"),
        (write(INDEX, {"weight_map": []}), "names no weights"),
        (
            write("model.safetensors.index.fp16.json", {"weight_map": {"a": "b.safetensors"}}),
            "not here.*models pull",
        ),
        (without_a_shard, "model-00002-of-00002.safetensors', which is not here: `reelbus models pull`"),
        (write("config.json", {"hidden_size": 2**19, "vocab_size": 2**20}), r"larger than its \d+ bytes"),
        (write("config.json", {"hidden_size": 4096, "num_hidden_layers": 500}), "larger than its"),
        (write("config.json", '{"a":' * 960 + "1" + "}" * 960), "nested deeper|cannot be read"),
    ],
)
def test_a_hostile_language_model_is_refused_by_name(
    language_model: Path, spoil: Callable[[Path], None], word: str
) -> None:
    spoil(language_model)
    with pytest.raises(EngineUnavailable, match=word):
        examine(language_model)


def test_what_is_no_folder_names_the_command_that_fetches_it(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="models pull"):
        examine(tmp_path / "none")
