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
_CODE = ("auto_map", "custom_pipelines", "trust_remote_code")
_LIBRARIES = ("diffusers", "transformers")
_DEEP = ("layers", "blocks", "depth", "heads")


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
            _harmless(path, folder)
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
    is_vocabulary = path.name in {"vocab.json", "tokenizer.json", "added_tokens.json"} or path.name.endswith(
        ".index.json"
    )
    if path.stat().st_size > (MOST_HEADER_BYTES if is_vocabulary else MOST_CONFIG_BYTES):
        raise EngineUnavailable(f"{path.name} is larger than any configuration")
    content = _parsed(path.read_bytes(), path)
    if is_vocabulary:
        return
    _no_code(content, path)
    if path.name == "model_index.json" and path.parent == folder:
        _known_parts(content)
    elif path.name == "config.json":
        _no_giant(content, path)


def _parsed(content: bytes, path: Path) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise EngineUnavailable(f"{path.name} cannot be read as JSON") from error
    if not isinstance(found, dict):
        raise EngineUnavailable(f"{path.name} is no JSON object")
    return found


def _no_code(content: dict[str, Any], path: Path) -> None:
    asked = [name for name in _CODE if name in content]
    if asked:
        raise EngineUnavailable(
            f"{path.parent.name}/{path.name} asks for code of its own ({', '.join(asked)})"
        )


def _known_parts(content: dict[str, Any]) -> None:
    """Let the parts of a pipeline be classes of the libraries that are locked here."""
    for name, part in content.items():
        if isinstance(part, list) and not name.startswith("_"):
            library = part[0] if part else None
            if library is not None and library not in _LIBRARIES:
                raise EngineUnavailable(f"the part {name} of the checkpoint is code of {str(library)[:60]}")


def _no_giant(content: dict[str, Any], path: Path) -> None:
    for place, value in _numbers(content):
        most = MOST_DEPTH if any(word in place for word in _DEEP) else MOST_WIDTH
        if not -MOST_WIDTH <= value <= most:
            raise EngineUnavailable(
                f"{path.parent.name}/{path.name} asks for {place} = {value}: at most {most} is loaded"
            )


def _numbers(value: Any, place: str = "") -> Iterator[tuple[str, int]]:
    if type(value) is int:
        yield place, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _numbers(each, str(key)[:60])
    elif isinstance(value, list):
        for each in value:
            yield from _numbers(each, place)
