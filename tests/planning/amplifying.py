"""Small requests that become large records: the shapes that tests of size share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planning.job.acceptance import accept
from schemas.assets import Asset
from schemas.log import JobAccepted
from tests.planning.jobs import asset

CANVAS = {"width_px": 160, "height_px": 96, "fps": 12}


def album(clips: int, of: Any = None) -> dict[str, Any]:
    """One picture, and a composition that shows it so many times."""
    source = of or {"$from": "a"}
    timeline = {
        "canvas": CANVAS,
        "tracks": [
            {"kind": "video", "clips": [{"source": source, "start_s": 0, "duration_s": 1}] * part}
            for part in [10_000] * (clips // 10_000) + [clips % 10_000]
            if part
        ],
    }
    picture = {"prompt": "a fox", "width_px": 96, "height_px": 64}
    return {
        "kind": "graph",
        "nodes": {
            "a": {"capability": "image-generation", "params": picture},
            "b": {"capability": "composition", "params": {"timeline": timeline}},
        },
    }


def texts(count: int, prompt: str = "a story") -> dict[str, Any]:
    """A batch of so many texts."""
    item = {"capability": "text-generation", "params": {"prompt": prompt}}
    return {"kind": "batch", "items": [{"id": f"t{n}", **item} for n in range(count)]}


def echoes(count: int, prompt: str = "a story") -> dict[str, Any]:
    """One text, and work whose parameters have it so many times."""
    fields = {f"w{n}": {"$from": "a", "field": "text"} for n in range(count)}
    schema = {"type": "object", "properties": {"all": {"enum": [fields]}}}
    return {
        "kind": "graph",
        "nodes": {
            "a": {"capability": "text-generation", "params": {"prompt": prompt}},
            "b": {"capability": "text-generation", "params": {"prompt": "another", "json_schema": schema}},
        },
    }


def address(number: int) -> str:
    """The address of a given asset."""
    return asset(f"given {number}").asset_id


def gifts(count: int) -> dict[str, Any]:
    """A composition of so many given assets."""
    clips = [{"source": address(n)} for n in range(count)]
    return {
        "kind": "composition",
        "timeline": {"canvas": CANVAS, "tracks": [{"kind": "video", "clips": clips}]},
    }


def given(request: Mapping[str, Any], assets: Mapping[str, Asset], key: str = "k") -> JobAccepted:
    """The acceptance of a request with what was found under its addresses."""
    return accept(request, request_id=key, event_id=key, requested_ms=0, inputs=assets)
