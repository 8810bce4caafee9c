"""This installation and the providers answer alike about what they can do."""

from __future__ import annotations

import pytest

from catalog.models.remote import REMOTE
from operations.providers import HERE, provider, providers
from runtime.errors import InvalidRequest, Unsupported


def test_a_provider_is_there_when_its_key_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for row in REMOTE:
        for name in row.keys:
            monkeypatch.delenv(name, raising=False)
    fal = provider("fal")
    assert (fal.type, fal.name, fal.is_available(), fal.get_health()) == (
        "remote",
        "FAL.ai",
        False,
        "unavailable",
    )
    assert "FAL_KEY" in fal.reason
    monkeypatch.setenv("FAL_KEY", "")
    fal.configure({"api_key": "k", "base_url": "http://127.0.0.1:1"})
    assert (fal.is_available(), fal.get_health(), fal.reason) == (True, "ok", "")
    monkeypatch.delenv("FAL_KEY")
    monkeypatch.delenv("FAL_BASE_URL")


def test_what_it_can_do_and_with_which_models_is_asked_in_one_way() -> None:
    for each in providers():
        assert each.capabilities
        for capability in each.capabilities:
            assert each.can(capability)
            assert each.get_models_for_capability(capability)
    assert provider(HERE).type == "local"
    names = [row.name for row in provider("openai").get_models_for_capability("image-generation")]
    assert names == ["openai-gpt-image-2"], "what is retired does no new work"
    with pytest.raises(Unsupported, match="image-generation"):
        provider("openai").get_models_for_capability("image-generatoin")
    with pytest.raises(Unsupported, match="openrouter"):
        provider("openroute")


def test_a_provider_takes_its_own_settings_alone() -> None:
    with pytest.raises(InvalidRequest, match="api_key, base_url"):
        provider("fal").configure({"region": "eu"})
    with pytest.raises(InvalidRequest, match="nothing"):
        provider(HERE).configure({"api_key": "k"})
