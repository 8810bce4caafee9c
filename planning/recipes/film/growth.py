"""How a film grows: script, then pictures and narrations, then clips and music, then the film itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planning.job.state import Job
from planning.recipes.film.timeline import MUSIC, Scene, film_node, narration_of, transition_of
from planning.recipes.film.timing import Pacing, pace
from schemas.film import FILM_DEFAULT_S, Film, frame_size
from schemas.log import PlannedNode
from schemas.script import DirectedCharacter, Direction, read_script, script_prompt

OVERLAP_S = 0.5
SCRIPT = "script"


def first_nodes(film: Film) -> tuple[PlannedNode, ...]:
    """Return the nodes that need nothing but the request: the script, or the given scenes' pictures and narrations."""
    if film.scenes is not None:
        return _pictures_and_narrations(film, _given_scenes(film))
    direction = Direction(
        duration_s=float(film.length_s),
        language=film.language,
        style=film.style,
        aspect_ratio=film.aspect_ratio,
        characters=tuple(DirectedCharacter(id=c.id, description=c.description) for c in film.characters)
        or None,
    )
    params = script_prompt(film.brief or "", direction)
    return (PlannedNode(node_id=SCRIPT, capability="text-generation", role=SCRIPT, params=params),)


def grow(job: Job, film: Film, *, sentences_judged: bool) -> tuple[PlannedNode, ...]:
    """Return the nodes that can be planned now and were not before.

    Raises:
        ValueError: the script is unreadable.
    """
    scenes = _scenes(job, film)
    if scenes is None:
        return ()
    if film.scenes is None and _once(job, "pictures"):
        return _pictures_and_narrations(film, scenes)
    spoken = [scene.node("narration") for scene in scenes if scene.narration]
    if not _ended(job, spoken):
        return ()
    pacing = _pacing(job, film, scenes)
    if "clips" not in job.grown and pacing.speech_speed > 1.0 and _once(job, "faster"):
        return _faster_narrations(job, film, scenes, pacing.speech_speed)
    if not _ended(job, [node for node in job.nodes if node.endswith(".narration-fast")]):
        return ()
    if _once(job, "clips"):
        return (*_clips(film, scenes, pacing), *_music(job, film, pacing))
    shown = [scene.node("clip") for scene in scenes] + [scene.node("picture") for scene in scenes]
    if _ended(job, [*shown, *([MUSIC] if MUSIC in job.nodes else [])]) and _once(job, "film"):
        return (film_node(job, film, scenes, pacing, sentences_judged=sentences_judged),)
    return ()


def _once(job: Job, step: str) -> bool:
    if step in job.grown:
        return False
    job.grown.append(step)
    return True


def _ended(job: Job, nodes: Sequence[str]) -> bool:
    return all(name in job.nodes and job.nodes[name].ended for name in nodes)


def _given_scenes(film: Film) -> tuple[Scene, ...]:
    return tuple(
        Scene(i, s.picture, s.narration or "", float(length_s), s.motion)
        for i, (s, length_s) in enumerate(
            zip(film.scenes or (), film.scene_durations_s(), strict=True), start=1
        )
    )


def _scenes(job: Job, film: Film) -> tuple[Scene, ...] | None:
    if film.scenes is not None:
        return _given_scenes(film)
    script = job.nodes[SCRIPT]
    asset = script.main_asset()
    if not script.done or asset is None:
        return None
    written = read_script(asset.get("text") or "")
    return tuple(
        Scene(i, s.picture, s.narration, s.duration_s, s.motion)
        for i, s in enumerate(written.scenes, start=1)
    )


def _pictures_and_narrations(film: Film, scenes: Sequence[Scene]) -> tuple[PlannedNode, ...]:
    width_px, height_px = frame_size(film.resolution, film.aspect_ratio)
    planned = []
    for scene in scenes:
        params: dict[str, Any] = {
            "prompt": _with_characters(scene.picture, film),
            "width_px": width_px,
            "height_px": height_px,
        }
        if film.style is not None:
            params["style"] = film.style
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
                    params=_speech(film, scene.narration),
                )
            )
    return tuple(planned)


def _with_characters(picture: str, film: Film) -> str:
    """A character named in the picture is described, so that it looks the same in every scene."""
    descriptions = [
        f"{c.id}: {c.description}"
        for c in film.characters
        if c.description and c.id.lower() in picture.lower()
    ]
    return ". ".join([picture, *descriptions])[:20_000]


def _speech(film: Film, text: str) -> dict[str, Any]:
    params: dict[str, Any] = {"text": text, "language": film.language}
    if film.voice is not None:
        params["voice"] = film.voice
    return params


def _faster_narrations(
    job: Job, film: Film, scenes: Sequence[Scene], speed: float
) -> tuple[PlannedNode, ...]:
    planned = []
    for scene in scenes:
        if scene.narration and job.nodes[scene.node("narration")].done:
            name = scene.node("narration-fast")
            params = _speech(film, scene.narration) | {"speed": round(speed, 3)}
            planned.append(PlannedNode(node_id=name, capability="text-to-speech", role=name, params=params))
    return tuple(planned)


def _spoken_s(job: Job, scene: Scene) -> float:
    node = narration_of(job, scene)
    asset = node.main_asset() if node else None
    return float(asset.get("duration_s") or 0.0) if asset else 0.0


def _pacing(job: Job, film: Film, scenes: Sequence[Scene]) -> Pacing:
    duration_s = film.duration_s
    if duration_s is None:
        # Not `length_s`: an exact sum may differ in its last bit from the one that films were paced by so far.
        duration_s = sum(s.duration_s for s in scenes) if film.scenes is not None else FILM_DEFAULT_S
    return pace(
        [scene.duration_s for scene in scenes],
        [_spoken_s(job, scene) for scene in scenes],
        duration_s=float(duration_s),
        overlap_s=0.0 if transition_of(film) == "cut" else OVERLAP_S,
        fps=float(film.fps),
        final="faster" in job.grown,
    )


def _clips(film: Film, scenes: Sequence[Scene], pacing: Pacing) -> tuple[PlannedNode, ...]:
    planned, fps = [], float(film.fps)
    for scene, frames in zip(scenes, pacing.frames, strict=True):
        name, picture = scene.node("clip"), scene.node("picture")
        params: dict[str, Any] = {
            "image": {"$from": picture},
            "duration_s": round(frames / fps, 6),
            "fps": fps,
        }
        if scene.motion:
            params["motion"] = scene.motion
        planned.append(
            PlannedNode(
                node_id=name, capability="video-animation", role=name, params=params, needs=(picture,)
            )
        )
    return tuple(planned)


def _music(job: Job, film: Film, pacing: Pacing) -> tuple[PlannedNode, ...]:
    if film.music is None:
        return ()
    params: dict[str, Any] = {"duration_s": round(pacing.total_frames / float(film.fps), 6), "mood": "calm"}
    if film.scenes is None:
        asset = job.nodes[SCRIPT].main_asset() or {}
        written = read_script(asset.get("text") or "").music
        if written is not None:
            params |= {k: v for k, v in written.to_json().items() if k in {"mood", "tempo", "intensity"}}
    params |= job.request.get("music", {})  # as given: what it leaves open the script has said
    return (PlannedNode(node_id=MUSIC, capability="audio-generation", role=MUSIC, params=params),)
