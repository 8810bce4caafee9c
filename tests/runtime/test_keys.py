"""Keys of providers stand in the environment, in a file that it names, or in `.env`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic_settings import SettingsError

from runtime.keys import bring, has_key, key_of


def test_a_key_is_found_wherever_it_may_stand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("FAL_KEY=from-dotenv\n")
    monkeypatch.delenv("FAL_KEY", raising=False)
    assert key_of("FAL_KEY", dotenv) == "from-dotenv"
    (tmp_path / "key").write_text("from-file\n")
    monkeypatch.setenv("FAL_KEY_FILE", str(tmp_path / "key"))
    assert key_of("FAL_KEY", dotenv) == "from-file"
    monkeypatch.setenv("FAL_KEY", "from-environment")
    assert key_of("FAL_KEY", dotenv) == "from-environment"


def test_keys_of_files_are_brought_to_where_processes_find_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FAL_KEY", "")
    monkeypatch.setenv("XAI_API_KEY", "")
    (tmp_path / "key").write_text("from-file")
    monkeypatch.setenv("FAL_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("XAI_API_KEY_FILE", str(tmp_path / "none"))
    bring(("FAL_KEY", "XAI_API_KEY"), tmp_path / ".env")
    assert (os.environ["FAL_KEY"], os.environ["XAI_API_KEY"]) == ("from-file", "")
    assert has_key("FAL_KEY")
    assert not has_key("XAI_API_KEY")
    with pytest.raises(SettingsError):
        key_of("XAI_API_KEY", tmp_path / ".env")
