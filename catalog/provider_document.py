"""What `docs/providers.md` says: every provider, its key, and which of its models do what at which price.

`python -m catalog.provider_document` writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from catalog.models import Model
from catalog.models.remote import rows_of
from catalog.providers import PROVIDERS
from catalog.providers.card import Provider
from schemas.capabilities import Capability

PAGE = Path(__file__).resolve().parent.parent / "docs" / "providers.md"
_HEAD = """\
# Providers

Written by `python -m catalog.provider_document` from `catalog/providers/`, a card each. A worker offers the models of a provider
when the variable of its key is set (or `<NAME>_FILE`, or a line of `.env`), and `REELBUS_PROVIDERS` does not leave it out;
`reelbus providers` says which are there. `<ID>_BASE_URL` sends calls elsewhere. Prices are those of the cards: what a usual task
costs, to be compared with and counted by `reelbus costs`; the provider's bill is what counts.

Every model below works against its provider's fake (`reelbus fakes up`), capability by capability, through
`tests/engines/remote/test_every_offer.py`. None was asked at its real provider: keys were not at hand. A number in the table is how
many models of a provider do this."""


def page(providers: Sequence[Provider] = PROVIDERS) -> str:
    """Return the page about these providers, as Markdown."""
    parts = [_HEAD, _overview(providers), *(_about(card) for card in providers)]
    return "\n\n".join(parts) + "\n"


def write(to: Path = PAGE) -> None:
    """Write the page of the catalogue."""
    to.write_text(page(), "utf-8")


def _alive(card: Provider) -> list[Model]:
    return [row for row in rows_of(card) if row.lifecycle != "retired"]


def _overview(providers: Sequence[Provider]) -> str:
    done = [each.value for each in Capability if any(_doing(card, each.value) for card in providers)]
    lines = [("provider", *done), ("---",) * (1 + len(done))]
    for card in providers:
        lines.append((card.name, *(str(len(_doing(card, name)) or "") for name in done)))
    return _table(lines)


def _doing(card: Provider, capability: str) -> list[Model]:
    return [row for row in _alive(card) if capability in row.capabilities]


def _about(card: Provider) -> str:
    lines = [("engine", "model", "does", "limits", "USD a task", "lifecycle"), ("---",) * 6]
    for offer, row in zip(card.offers, rows_of(card), strict=True):
        lines.append(
            (
                f"`{row.name}`",
                f"`{row.provider_model}`",
                ", ".join(row.capabilities),
                ", ".join(_limits(row)),
                "free" if offer.free else f"{offer.usd:g}" if offer.usd else "",
                row.lifecycle + (f" -> `{row.successor}`" if row.successor else ""),
            )
        )
    where = f"at {card.address}" if card.address else "where its owner says"
    return f"## {card.name}\n\nKey: `{card.key}`; {where}, or `{card.address_variable}`.\n\n{_table(lines)}"


def _limits(row: Model) -> Iterator[str]:
    for name, most in row.limits:
        yield f"{name} up to {most:g}" if most else f"no {name}"


def _table(lines: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    write()
