"""Whether the references of a graph hold: names that exist, no cycles, media and fields that fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from planning.intake.assets import asset_places
from planning.intake.pieces import Piece, pieces
from planning.recipes.table import newest
from schemas.capabilities import CAPABILITIES, Capability
from schemas.codes import ErrorCode
from schemas.explain import nearest, quoted
from schemas.facts import Problem
from schemas.jsontypes import accepts, asset_field_type
from schemas.mediakinds import MediaKind
from schemas.pointers import Place, places, pointer
from schemas.references import ASSET_FIELDS, is_reference

_CYCLES_TOLD = 10


@dataclass(frozen=True, slots=True)
class Reference:
    """{"$from": node, "field": field} at a place; an asset there may be of `kinds`, None for no asset."""

    at: Place
    node: str
    field: Any
    kinds: frozenset[MediaKind] | None
    parameter: str


def references(piece: Piece) -> Iterator[Reference]:
    """Yield each reference among the parameters of a piece of work."""
    seen = set()
    for at, value, kinds in asset_places(piece):
        seen.add(at)
        yield from _reference(at, value, kinds, piece)
    if piece.node is None:
        return  # outside a graph only assets may be references, and even those have nothing to refer to
    for name, value in piece.params.items():
        at = (*piece.params_at, name)
        if at not in seen and name in CAPABILITIES[piece.capability].params.model_fields:
            yield from _reference(at, value, None, piece)


def graph_problems(request: Mapping[str, Any]) -> Iterator[Problem]:
    """Say what is wrong with the references, needs, outputs and names of a request of any kind."""
    recipe = newest(request.get("kind"))
    if recipe.joined:
        yield from _graph(request)
        return
    for piece in pieces(request):
        for reference in references(piece):
            message = (
                "only a graph has other nodes to take results from: give an asset id or an s3:// address"
            )
            yield _invalid((*reference.at, "$from"), message)
    if recipe.unique is not None:
        yield from _repeated(places(request, recipe.unique))


def _graph(request: Mapping[str, Any]) -> Iterator[Problem]:
    nodes = request.get("nodes")
    if not isinstance(nodes, dict):
        return
    known = {piece.node: piece for piece in pieces(request) if piece.node is not None}
    edges: dict[str, list[str]] = {name: [] for name in nodes}
    for name, node in nodes.items():
        needs = node.get("needs") if isinstance(node, dict) else None
        for index, need in enumerate(needs if isinstance(needs, list) else ()):
            if isinstance(need, str):
                yield from _dangling(need, ("nodes", name, "needs", index), nodes)
                edges[name].append(need)
    for name, piece in known.items():
        for reference in references(piece):
            yield from _dangling(reference.node, (*reference.at, "$from"), nodes)
            edges[name].append(reference.node)
            yield from _misfit(reference, piece, known.get(reference.node))
    yield from _cycles(
        {name: [need for need in dict.fromkeys(needs) if need in nodes] for name, needs in edges.items()}
    )
    yield from _outputs(request.get("outputs"), nodes)


def _reference(
    at: Place, value: Any, kinds: frozenset[MediaKind] | None, piece: Piece
) -> Iterator[Reference]:
    if is_reference(value) and isinstance(value["$from"], str):
        yield Reference(at, value["$from"], value.get("field"), kinds, str(at[len(piece.params_at)]))


def _dangling(name: str, at: Place, nodes: Mapping[str, Any]) -> Iterator[Problem]:
    if name not in nodes:
        yield _invalid(at, f"no node {quoted(name)} in this graph; {nearest(name, nodes)}")


def _misfit(reference: Reference, piece: Piece, source: Piece | None) -> Iterator[Problem]:
    """Say why what a reference names cannot stand where it stands."""
    field = reference.field
    if field is not None and field not in ASSET_FIELDS:
        if isinstance(field, str):
            message = f"an asset has no field {quoted(field)}; {nearest(field, ASSET_FIELDS)}"
            yield _invalid((*reference.at, "field"), message)
        return
    if reference.kinds is not None:
        if field not in (None, "asset_id"):
            yield _invalid((*reference.at, "field"), "an asset is wanted here: leave the field out")
        elif source is not None and not reference.kinds & (made := _made(source)):
            yield _invalid(
                reference.at,
                f"{_either(reference.kinds)} is wanted here, and {quoted(source.node)} makes {_either(made)}",
            )
    elif field is None:
        yield _invalid(reference.at, _no_asset_here(piece, reference))
    elif not accepts(piece.capability, reference.parameter, asset_field_type(field)):
        message = f"the field {field} is {asset_field_type(field)}, which {reference.parameter} cannot be"
        yield _invalid((*reference.at, "field"), message)


def _no_asset_here(piece: Piece, reference: Reference) -> str:
    if any(pattern[0] == reference.parameter for pattern in CAPABILITIES[piece.capability].inputs):
        return f"{reference.parameter} is an array or object of its own: put the reference inside it"
    return f'{reference.parameter} is no asset: name a field of the result, such as "field": "text"'


def _made(piece: Piece) -> frozenset[MediaKind]:
    """Which kinds of media the result of a piece of work may be, as far as its parameters tell."""
    if piece.capability is Capability.TEXT_GENERATION:
        return frozenset(("json",)) if "json_schema" in piece.params else frozenset(("text",))
    return CAPABILITIES[piece.capability].result


def _either(kinds: frozenset[MediaKind]) -> str:
    return " or ".join(sorted(kinds))


def _cycles(needs: dict[str, list[str]]) -> Iterator[Problem]:
    for _ in range(_CYCLES_TOLD):
        try:
            TopologicalSorter(needs).prepare()
        except CycleError as error:
            cycle: list[str] = error.args[1]
            first = min(cycle)
            start = cycle.index(first)
            # graphlib names each node before the one that needs it, the first once more at the end.
            turn = [*cycle[start:-1], *cycle[:start], first]
            shown = [quoted(name) for name in (turn if len(turn) <= 12 else [*turn[:10], "…", first])]
            yield _invalid(("nodes", first), f"these nodes wait for each other: {' -> '.join(shown)}")
            gone = set(cycle)
            needs = {
                name: [need for need in others if need not in gone]
                for name, others in needs.items()
                if name not in gone
            }
        else:
            return


def _outputs(outputs: Any, nodes: Mapping[str, Any]) -> Iterator[Problem]:
    if not isinstance(outputs, list):
        return
    seen: Counter[str] = Counter()
    for index, name in enumerate(outputs):
        if not isinstance(name, str):
            continue
        yield from _dangling(name, ("outputs", index), nodes)
        seen[name] += 1
        if seen[name] == 2:
            yield _invalid(("outputs", index), f"{quoted(name)} is named twice")


def _repeated(ids: Iterable[tuple[Place, Any]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for at, name in ids:
        if not isinstance(name, str):
            continue
        if name in seen:
            yield _invalid(at, f"the id {quoted(name)} is taken by an item before this one")
        seen.add(name)


def _invalid(at: Place, message: str) -> Problem:
    return Problem(code=ErrorCode.INVALID_REQUEST, path=pointer(at), message=message)
