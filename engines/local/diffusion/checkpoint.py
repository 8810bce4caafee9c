"""Whether a folder of weights is safe to load, before a library reads any of it. Standard library only."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runtime.errors import EngineUnavailable

MOST_FILES = 2_000
MOST_CONFIG_BYTES = 1 << 20
MOST_HEADER_BYTES = 64 << 20
"""Of a safetensors file: its names and shapes."""
MOST_DEPTH = 512
"""A network has fewer layers of a kind than this."""
MOST_WIDTH = 1 << 20
"""No side of a layer, and no vocabulary, is larger."""

_WEIGHTS = ".safetensors"
_TEXTS = (".json", ".txt", ".model", ".md", ".jinja")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".npy", ".npz", ".h5", ".msgpack", ".joblib")
_CODE = ("auto_map", "custom_pipelines", "custom_generate", "trust_remote_code")
_OF_A_HUB = ("attn_implementation", "_attn_implementation", "experts_implementation")
"""What may be the name of a repository whose code is fetched."""
_LIBRARIES = ("diffusers", "transformers")
_DEEP = ("layers", "blocks", "depth", "heads")
_NO_SIZE = ("theta",)
_SIDES = ("hidden_size", "d_model", "n_embd", "vocab_size", "intermediate_size", "d_ff", "ffn_dim")
_WIDTHS, _DEPTHS = ("hidden_size", "d_model", "n_embd"), ("num_hidden_layers", "n_layer", "num_layers")
_PER_BYTE = 16
"""Weights of one bit are eight a byte; a matrix of more than this was never written into the files beside it."""


def examine(folder: Path) -> None:
    """Look at every file of a checkpoint: their kinds, what their configurations ask for, and whether they are whole.

    Raises:
        EngineUnavailable: it is no folder, or something in it could run code, lead elsewhere, or take all memory.
    """
    if not folder.is_dir() or folder.is_symlink():
        raise EngineUnavailable(f"there are no weights in the folder {folder.name}: `reelbus models pull`")
    for count, path in enumerate(_files(folder)):
        if count == MOST_FILES:
            raise EngineUnavailable(f"the checkpoint {folder.name} has more than {MOST_FILES} files")
        suffix = path.suffix.lower()
        if suffix == _WEIGHTS:
            _whole(path)
        elif suffix == ".json":
            try:
                _harmless(path, folder)
            except RecursionError as error:
                raise EngineUnavailable(f"{path.name} is nested deeper than any configuration") from error
        elif suffix in _PICKLES:
            raise EngineUnavailable(
                f"{path.name} could run code when it is read: only safetensors are loaded"
            )
        elif suffix not in _TEXTS:
            raise EngineUnavailable(f"{path.name} is of a kind that no checkpoint needs")


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        for name in sorted((*folders, *files)):
            path = Path(place, name)
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                continue
            if not stat.S_ISREG(mode):
                raise EngineUnavailable(f"{name} in the checkpoint {folder.name} is a link or no plain file")
            yield path


def _whole(path: Path) -> None:
    """Check that the tensors which a safetensors file names are all of the file, and no more than is there.

    The format: 8 bytes with the length of a JSON header, the header, the bytes of the tensors
    (github.com/huggingface/safetensors).
    """
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size_bytes < 8 or length > min(MOST_HEADER_BYTES, size_bytes - 8):
            raise EngineUnavailable(f"the weights {path.name} are cut off, or no safetensors")
        header = _parsed(file.read(length), path)
    ends = [
        entry["data_offsets"][1]
        for name, entry in header.items()
        if name != "__metadata__" and isinstance(entry, dict) and _is_pair(entry.get("data_offsets"))
    ]
    if max(ends, default=0) != size_bytes - 8 - length:
        raise EngineUnavailable(f"the weights {path.name} are cut off, or hold more than they name")


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(each) is int for each in value)


def _harmless(path: Path, folder: Path) -> None:
    is_index = ".safetensors.index." in path.name
    is_vocabulary = path.name in {"vocab.json", "tokenizer.json", "added_tokens.json"} or is_index
    if path.stat().st_size > (MOST_HEADER_BYTES if is_vocabulary else MOST_CONFIG_BYTES):
        raise EngineUnavailable(f"{path.name} is larger than any configuration")
    content = _parsed(path.read_bytes(), path)
    if is_index:
        _all_shards(content, path)
    if is_vocabulary:
        return
    _no_code(content, path)
    if path.name == "model_index.json" and path.parent == folder:
        _known_parts(content)
    elif path.name in {"config.json", "generation_config.json"}:
        _no_giant(content, path)
        _no_more_than_is_there(content, path)


def _parsed(content: bytes, path: Path) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise EngineUnavailable(f"{path.name} cannot be read as JSON") from error
    if not isinstance(found, dict):
        raise EngineUnavailable(f"{path.name} is no JSON object")
    return found


def _no_code(content: dict[str, Any], path: Path) -> None:
    for part in _objects(content):
        asked = [name for name in _CODE if name in part]
        asked += [name for name in _OF_A_HUB if "/" in str(part.get(name, ""))]
        if asked:
            raise EngineUnavailable(
                f"{path.parent.name}/{path.name} asks for code of its own ({', '.join(asked)})"
            )


def _all_shards(content: dict[str, Any], path: Path) -> None:
    """Let an index name files beside it that are there, and nothing else."""
    named = content.get("weight_map")
    if not isinstance(named, dict) or not named:
        raise EngineUnavailable(f"{path.parent.name}/{path.name} names no weights")
    for shard in sorted({str(each) for each in named.values()}):
        where = f"{path.parent.name}/{path.name} names {shard[:100]!r}"
        if "/" in shard or "\\" in shard or not shard.endswith(_WEIGHTS):
            raise EngineUnavailable(f"{where}, which is no file of safetensors beside it")
        if not (path.parent / shard).is_file():
            raise EngineUnavailable(f"{where}, which is not here: `reelbus models pull`")


def _known_parts(content: dict[str, Any]) -> None:
    """Let the parts of a pipeline be classes of the libraries that are locked here."""
    for name, part in content.items():
        if isinstance(part, list) and not name.startswith("_"):
            library = part[0] if part else None
            if library is not None and library not in _LIBRARIES:
                raise EngineUnavailable(f"the part {name} of the checkpoint is code of {str(library)[:60]}")


def _no_giant(content: dict[str, Any], path: Path) -> None:
    for place, value in _numbers(content):
        if any(word in place for word in _NO_SIZE):
            continue
        most = MOST_DEPTH if any(word in place for word in _DEEP) else MOST_WIDTH
        if not -MOST_WIDTH <= value <= most:
            raise EngineUnavailable(
                f"{path.parent.name}/{path.name} asks for {place} = {value}: at most {most} is loaded"
            )


def _no_more_than_is_there(content: dict[str, Any], path: Path) -> None:
    """Refuse a network that is larger than its weights: what they lack would be made up, and takes memory all the same."""
    there_bytes = sum(each.stat().st_size for each in path.parent.glob(f"*{_WEIGHTS}"))
    if not there_bytes:
        return
    for part in _objects(content):
        sides = sorted((part[name] for name in _SIDES if type(part.get(name)) is int), reverse=True)
        width = max((part[name] for name in _WIDTHS if type(part.get(name)) is int), default=0)
        depth = max((part[name] for name in _DEPTHS if type(part.get(name)) is int), default=0)
        largest = sides[0] * sides[1] if len(sides) > 1 else 0
        if max(largest, width * width * depth) > _PER_BYTE * there_bytes:
            raise EngineUnavailable(
                f"{path.parent.name}/{path.name} asks for a network that is larger than its {there_bytes} bytes of weights"
            )


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every JSON object in a value, itself included."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(each)


def _numbers(value: Any, place: str = "") -> Iterator[tuple[str, int]]:
    if type(value) is int:
        yield place, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _numbers(each, str(key)[:60])
    elif isinstance(value, list):
        for each in value:
            yield from _numbers(each, place)
