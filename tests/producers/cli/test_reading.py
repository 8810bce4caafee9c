"""A request file is taken in whatever Unicode encoding an editor or a shell wrote it, or the person is told."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest

from producers.cli.main import _run
from producers.cli.reading import written
from runtime.errors import InvalidRequest

TEXT = json.dumps({"kind": "film", "brief": "Füchse am Meer 夏", "fsp": 24}, ensure_ascii=False) + "\r\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        TEXT.encode("utf-32-be"),
    ],
)
def test_every_encoding_of_unicode_is_the_same_request(
    tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "request.json"
    path.write_bytes(content)
    assert written(str(path)) == TEXT.encode()
    # Refused for a field of its own, so it was read.
    assert _run(["submit", str(path)]) == 2
    assert 'did you mean "fps"?' in capfd.readouterr().err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (TEXT.encode("cp1252", "replace"), "is not UTF-8: save it as UTF-8"),
        (codecs.BOM_UTF16_LE + b"{\x00x", "looks like utf-16 and is not: save it as UTF-8"),
        (codecs.BOM_UTF8 + b"\xff", "is not UTF-8"),
        (b"", "no value"),
    ],
)
def test_what_is_no_unicode_is_told_with_what_helps(
    tmp_path: Path, content: bytes, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "request.json"
    path.write_bytes(content)
    assert _run(["submit", str(path)]) == 2
    assert told in capfd.readouterr().err


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"there is no file .*none\.json"):
        written(str(tmp_path / "none.json"))
