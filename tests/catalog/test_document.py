"""The page about engines says what the catalogue says, and is up to date."""

from __future__ import annotations

from pathlib import Path

from catalog.document import PAGE, page, write
from catalog.models import MODELS, Model
from catalog.weights.source import Source, WeightsFile


def test_the_page_is_that_of_the_catalogue(tmp_path: Path) -> None:
    write(tmp_path / "models.md")
    fresh = (tmp_path / "models.md").read_text("utf-8")
    assert PAGE.read_text("utf-8") == fresh, "run `python -m catalog.document`"
    assert [f"| `{row.name}` |" in fresh for row in MODELS] == [True] * len(MODELS)


def test_terms_prices_and_every_digest_stand_on_it() -> None:
    row = Model(
        "xtts",
        ("text-to-speech", "voice-cloning"),
        "local",
        "engines.nowhere:Xtts",
        "1",
        "Speaks a | b.",
        code_licence="MPL-2.0",
        weights_licence="CPML",
        weights=(
            Source("hub", "acme/xtts", "abc", "CPML", (WeightsFile("model.safetensors", "f" * 64, 12),)),
        ),
        commercial_ok=False,
        watermark_required=True,
        qualities=("standard", "high"),
        pool="voices",
        environment="coqui",
        memory_bytes=2_100_000_000,
        usd_per_task=0.002,
        lifecycle="deprecated",
        successor="kokoro",
    )
    said = page((row,))
    assert "## Audio" in said
    assert "## Image" not in said
    table = next(line for line in said.splitlines() if line.startswith("| `xtts`"))
    assert [cell.strip() for cell in table.strip("|").split(" | ")] == [
        "`xtts`",
        "text-to-speech, voice-cloning",
        "standard, high",
        "local",
        "voices",
        "coqui",
        "MPL-2.0",
        "CPML",
        "**no**",
        "2.1 GB",
        "0.002 USD a task",
        "deprecated -> `kokoro`",
    ]
    assert f"| `model.safetensors` | hub `acme/xtts` abc | CPML | 12 | `{'f' * 64}` |" in said
    assert "marked as made by a model" in said


def test_what_the_operator_pins_stands_there_with_its_command() -> None:
    source = Source("hub", "acme/voice", "", "MIT", ())
    row = Model("v", ("text-to-speech",), "local", "engines.nowhere:V", "1", "Speaks.", weights=(source,))
    line = "| pinned by the operator: `reelbus models pull v` | hub `acme/voice` | MIT |  |  |"
    assert line in page((row,))
