"""What a scene offers: a plan from words, painted sheets at depths for a camera, and the finished picture."""

from __future__ import annotations

from engines.draft.scene.finish import finish
from engines.draft.scene.layers import each_layer, flatten, lay, paint_layers
from engines.draft.scene.plan import plan_scene
from engines.draft.scene.spec import Layer, SceneSpec, Subject
from engines.draft.scene.stamp import read_spec

__all__ = [
    "Layer",
    "SceneSpec",
    "Subject",
    "each_layer",
    "finish",
    "flatten",
    "lay",
    "paint_layers",
    "plan_scene",
    "read_spec",
]
