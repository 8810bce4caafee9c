"""Which recipes there are, and which dated one a job follows."""

from __future__ import annotations

from typing import Any

from planning.job.state import Job
from planning.recipes.contract import Recipe
from planning.recipes.film.recipe import FilmRecipe
from planning.recipes.simple import BatchRecipe, CompositionRecipe, GraphRecipe, NamedRecipe, TaskRecipe

NAMES_ARE_FREE = 3
"""The plan version since which a requester may call a node `script`; before, any job ended with a node so called."""
_ONCE_TAKEN = frozenset({"script"})


def _by_kind(*rows: Recipe) -> dict[str, tuple[Recipe, ...]]:
    kinds = dict.fromkeys(recipe.kind for recipe in rows)
    return {kind: tuple(recipe for recipe in rows if recipe.kind == kind) for kind in kinds}


RECIPES = _by_kind(
    TaskRecipe(),
    BatchRecipe(version=1, essentials=_ONCE_TAKEN),
    BatchRecipe(version=2, since=NAMES_ARE_FREE),
    GraphRecipe(version=1, essentials=_ONCE_TAKEN),
    GraphRecipe(version=2, since=NAMES_ARE_FREE),
    CompositionRecipe(),
    NamedRecipe(),
    FilmRecipe(version=1, defaults={"captions": "both"}, sentences_judged=False),
    FilmRecipe(version=2, since=3),
)
"""The versions of each kind's recipe, the oldest first.

A version is never changed once jobs have begun with it: their logs must fold again to what they gave. Another gets
a row of its own, `since` the next `PLAN_VERSION` (planning/job/acceptance.py); what differs is a field of its class.
"""

_UNKNOWN = (Recipe(essentials=_ONCE_TAKEN), Recipe(since=NAMES_ARE_FREE))
"""A newer version's kinds of jobs: what is planned of them is done, and nothing more."""


def dated(kind: str, plan_version: int) -> Recipe:
    """Return the recipe of a kind of job that began at this plan version: the newest that was there then."""
    versions = RECIPES.get(kind, _UNKNOWN)
    return next((recipe for recipe in reversed(versions) if recipe.since <= plan_version), versions[0])


def recipe_of(job: Job) -> Recipe:
    """Return the recipe that a job began with, and keeps."""
    return dated(job.kind, job.plan_version)


def newest(kind: Any) -> Recipe:
    """Return the recipe for a new request, whatever JSON its kind is."""
    return (RECIPES.get(kind, _UNKNOWN) if isinstance(kind, str) else _UNKNOWN)[-1]
