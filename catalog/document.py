"""What `docs/models.md` says: every engine of the catalogue, on which terms it may be used, and its weights by their digests.

`python -m catalog.document` writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from catalog.models import MODELS, Model, extra_of
from catalog.pools import pools_of
from schemas.capabilities import CAPABILITIES, Capability
from schemas.choices import MODALITIES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "models.md"
_HEAD = """\
# Engines

Written by `python -m catalog.document` from `catalog/models/`: every engine, those of a modality in the order in which they are
chosen. `reelbus models` says which of them run on an installation. Commercial says whether code and weights may be used to earn
money; engines that may not are used by tenants alone whose [policy](operate.md#what-tenants-may-use) says so."""
_COLUMNS = (
    "name", "does", "qualities", "family", "pool", "environment", "licence of code", "of weights", "commercial",
    "memory", "price", "lifecycle",
)  # fmt: skip
_NOT_MEASURED = "not measured"


def page(models: Sequence[Model] = MODELS) -> str:
    """Return the page about these engines, as Markdown."""
    parts = [_HEAD]
    for modality in MODALITIES:
        rows = [row for row in models if _modality(row) == modality]
        if rows:
            parts += [f"## {modality.capitalize()}", _table(rows, models), *(_about(row) for row in rows)]
    return "\n\n".join(parts) + "\n"


def write(to: Path = PAGE) -> None:
    """Write the page of the catalogue."""
    to.write_text(page(), "utf-8")


def _modality(row: Model) -> str:
    return str(CAPABILITIES[Capability(row.capabilities[0])].modality)


def _table(rows: Iterable[Model], models: Sequence[Model]) -> str:
    pools = pools_of(models=tuple(models))
    lines = [_COLUMNS, ("---",) * len(_COLUMNS)]
    for row in rows:
        lines.append(
            (
                f"`{row.name}`",
                ", ".join(row.capabilities),
                ", ".join(row.qualities),
                row.family,
                ", ".join(pools.homes_of(row)),
                row.environment or "",
                row.code_licence,
                row.weights_licence,
                "yes" if row.commercial_ok else "**no**",
                _size(row.memory_bytes) if row.memory_bytes else _NOT_MEASURED,
                _price(row),
                row.lifecycle + (f" -> `{row.successor}`" if row.successor else ""),
            )
        )
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _about(row: Model) -> str:
    """Say what an engine is, and where its weights come from, file by file."""
    terms = (
        [] if not row.watermark_required else ["Its licence asks that results are marked as made by a model."]
    )
    brings = [f"Extra: `{extra_of(row)}`."] if not row.environment else []
    lines = [" ".join((f"**`{row.name}`**: {row.description}", *terms, *brings))]
    if row.weights:
        lines += ["", *_weights(row)]
    return "\n".join(lines)


def _weights(row: Model) -> Iterator[str]:
    yield "| weights | from | licence | bytes | SHA-256 |"
    yield "| --- | --- | --- | --- | --- |"
    for source in row.weights:
        if source.by_operator:
            where = f"{source.kind} `{source.name}`"
            cells = (
                f"pinned by the operator: `reelbus models pull {row.name}`",
                where,
                source.licence,
                "",
                "",
            )
            yield f"| {' | '.join(map(_cell, cells))} |"
        for file in source.files:
            where = f"{source.kind} `{source.name}` {source.revision}"
            cells = (f"`{file.path}`", where, source.licence, str(file.size_bytes), f"`{file.sha256}`")
            yield f"| {' | '.join(map(_cell, cells))} |"


def _price(row: Model) -> str:
    prices = [
        f"{amount:g} USD {unit}"
        for amount, unit in ((row.usd_per_task, "a task"), (row.usd_per_compute_s, "a second"))
        if amount
    ]
    return ", ".join(prices) or "none set"


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:.0f} MB"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    write()
