"""How a film grows: script, then pictures and narrations, then clips and music, then the film itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from planning.job.state import Job
from planning.recipes.film.timeline import (
    MUSIC,
    Scene,
    film_node,
    frames_a_second,
    narration_of,
    transition_of,
)
from planning.recipes.film.timing import Pacing, pace
from schemas.film import frame_size, scene_durations_s
from schemas.log import PlannedNode
from schemas.script import DirectedCharacter, Direction, read_script, script_prompt

OVERLAP_S = 0.5
SCRIPT = "script"


def capabilities(request: Mapping[str, Any]) -> tuple[str, ...]:
    """Return every capability that a film of this request may use."""
    needed = [] if "scenes" in request else ["text-generation"]
    needed += ["image-generation", "video-animation", "text-to-speech", "composition"]
    if request.get("music", {}) is not None:
        needed.append("audio-generation")
    return tuple(needed)


def first_nodes(request: Mapping[str, Any]) -> tuple[PlannedNode, ...]:
    """Return the nodes that need nothing but the request: the script, or the given scenes' pictures and narrations."""
    if "scenes" in request:
        return _pictures_and_narrations(request, _given_scenes(request))
    direction = Direction(
        duration_s=float(request.get("duration_s", 30.0)),
        language=request.get("language", "en"),
        style=request.get("style"),
        aspect_ratio=request.get("aspect_ratio", "16:9"),
        characters=tuple(
            DirectedCharacter(id=c["id"], description=c.get("description", ""))
            for c in request.get("characters", ())
        )
        or None,
    )
    params = script_prompt(request["brief"], direction)
    return (PlannedNode(node_id=SCRIPT, capability="text-generation", role=SCRIPT, params=params),)


def grow(job: Job) -> tuple[PlannedNode, ...]:
    """Return the nodes that can be planned now and were not before. Raises ValueError for an unreadable script."""
    scenes = _scenes(job)
    if scenes is None:
        return ()
    planned: list[PlannedNode] = []
    if "scenes" not in job.request and _once(job, "pictures"):
        planned += _pictures_and_narrations(job.request, scenes)
        return tuple(planned)
    spoken = [scene.node("narration") for scene in scenes if scene.narration]
    if not _ended(job, spoken):
        return ()
    pacing = _pacing(job, scenes)
    if "clips" not in job.grown and pacing.speech_speed > 1.0 and _once(job, "faster"):
        return _faster_narrations(job, scenes, pacing.speech_speed)
    if not _ended(job, [node for node in job.nodes if node.endswith(".narration-fast")]):
        return ()
    if _once(job, "clips"):
        return (*_clips(job, scenes, pacing), *_music(job, pacing))
    shown = [scene.node("clip") for scene in scenes] + [scene.node("picture") for scene in scenes]
    if _ended(job, [*shown, *([MUSIC] if MUSIC in job.nodes else [])]) and _once(job, "film"):
        return (film_node(job, scenes, pacing),)
    return ()


def complete(job: Job) -> bool:
    """Whether the film's graph will grow no more."""
    return "film" in job.grown


def _once(job: Job, step: str) -> bool:
    if step in job.grown:
        return False
    job.grown.append(step)
    return True


def _ended(job: Job, nodes: Sequence[str]) -> bool:
    return all(name in job.nodes and job.nodes[name].ended for name in nodes)


def _given_scenes(request: Mapping[str, Any]) -> tuple[Scene, ...]:
    lengths_s = scene_durations_s([s.get("duration_s") for s in request["scenes"]], request.get("duration_s"))
    return tuple(
        Scene(i, s["picture"], s.get("narration") or "", float(length_s), s.get("motion"))
        for i, (s, length_s) in enumerate(zip(request["scenes"], lengths_s, strict=True), start=1)
    )


def _scenes(job: Job) -> tuple[Scene, ...] | None:
    if "scenes" in job.request:
        return _given_scenes(job.request)
    script = job.nodes[SCRIPT]
    asset = script.main_asset()
    if not script.done or asset is None:
        return None
    written = read_script(asset.get("text") or "")
    return tuple(
        Scene(i, s.picture, s.narration, s.duration_s, s.motion)
        for i, s in enumerate(written.scenes, start=1)
    )


def _pictures_and_narrations(request: Mapping[str, Any], scenes: Sequence[Scene]) -> tuple[PlannedNode, ...]:
    width_px, height_px = frame_size(request.get("resolution", "720p"), request.get("aspect_ratio", "16:9"))
    planned = []
    for scene in scenes:
        params: dict[str, Any] = {
            "prompt": _with_characters(scene.picture, request),
            "width_px": width_px,
            "height_px": height_px,
        }
        if "style" in request:
            params["style"] = request["style"]
        name = scene.node("picture")
        planned.append(PlannedNode(node_id=name, capability="image-generation", role=name, params=params))
    for scene in scenes:
        if scene.narration:
            name = scene.node("narration")
            planned.append(
                PlannedNode(
                    node_id=name,
                    capability="text-to-speech",
                    role=name,
                    params=_speech(request, scene.narration),
                )
            )
    return tuple(planned)


def _with_characters(picture: str, request: Mapping[str, Any]) -> str:
    """A character named in the picture is described, so that it looks the same in every scene."""
    descriptions = [
        f"{c['id']}: {c['description']}"
        for c in request.get("characters", ())
        if c.get("description") and c["id"].lower() in picture.lower()
    ]
    return ". ".join([picture, *descriptions])[:20_000]


def _speech(request: Mapping[str, Any], text: str) -> dict[str, Any]:
    params: dict[str, Any] = {"text": text, "language": request.get("language", "en")}
    if "voice" in request:
        params["voice"] = request["voice"]
    return params


def _faster_narrations(job: Job, scenes: Sequence[Scene], speed: float) -> tuple[PlannedNode, ...]:
    planned = []
    for scene in scenes:
        if scene.narration and job.nodes[scene.node("narration")].done:
            name = scene.node("narration-fast")
            params = _speech(job.request, scene.narration) | {"speed": round(speed, 3)}
            planned.append(PlannedNode(node_id=name, capability="text-to-speech", role=name, params=params))
    return tuple(planned)


def _spoken_s(job: Job, scene: Scene) -> float:
    node = narration_of(job, scene)
    asset = node.main_asset() if node else None
    return float(asset.get("duration_s") or 0.0) if asset else 0.0


def _pacing(job: Job, scenes: Sequence[Scene]) -> Pacing:
    duration_s = float(
        job.request.get("duration_s", sum(s.duration_s for s in scenes) if "scenes" in job.request else 30.0)
    )
    return pace(
        [scene.duration_s for scene in scenes],
        [_spoken_s(job, scene) for scene in scenes],
        duration_s=duration_s,
        overlap_s=0.0 if transition_of(job) == "cut" else OVERLAP_S,
        fps=frames_a_second(job),
        final="faster" in job.grown,
    )


def _clips(job: Job, scenes: Sequence[Scene], pacing: Pacing) -> tuple[PlannedNode, ...]:
    planned = []
    for scene, frames in zip(scenes, pacing.frames, strict=True):
        name, picture = scene.node("clip"), scene.node("picture")
        params: dict[str, Any] = {
            "image": {"$from": picture},
            "duration_s": round(frames / frames_a_second(job), 6),
            "fps": frames_a_second(job),
        }
        if scene.motion:
            params["motion"] = scene.motion
        planned.append(
            PlannedNode(
                node_id=name, capability="video-animation", role=name, params=params, needs=(picture,)
            )
        )
    return tuple(planned)


def _music(job: Job, pacing: Pacing) -> tuple[PlannedNode, ...]:
    wanted = job.request.get("music", {})
    if wanted is None:
        return ()
    params: dict[str, Any] = {
        "duration_s": round(pacing.total_frames / frames_a_second(job), 6),
        "mood": "calm",
    }
    if "scenes" not in job.request:
        asset = job.nodes[SCRIPT].main_asset() or {}
        written = read_script(asset.get("text") or "").music
        if written is not None:
            params |= {k: v for k, v in written.to_json().items() if k in {"mood", "tempo", "intensity"}}
    params |= wanted
    return (PlannedNode(node_id=MUSIC, capability="audio-generation", role=MUSIC, params=params),)
