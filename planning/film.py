"""How a film grows: script, then pictures and narrations, then clips and music, then the film itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planning.captions import WIDTH_CHARS, SpokenLine, cues
from planning.state import Job, Node
from planning.timing import LEAD_S, Pacing, pace
from schemas.film import frame_size, scene_durations_s
from schemas.log import PlannedNode
from schemas.script import DirectedCharacter, Direction, read_script, script_prompt

OVERLAP_S = 0.5
MUSIC_GAIN_DB = -9.0
DUCK_DB = 12.0
SCRIPT, MUSIC, FILM = "script", "music", "film"


@dataclass(frozen=True, slots=True)
class Scene:
    """What one scene shows and says; `duration_s` is its share of the film before the words are spoken."""

    number: int
    picture: str
    narration: str
    duration_s: float
    motion: str | None

    def node(self, part: str) -> str:
        """The id of the node that makes this part of the scene."""
        return f"scene-{self.number:02d}.{part}"


def capabilities(wish: Mapping[str, Any]) -> tuple[str, ...]:
    """Return every capability that a film of this wish may use."""
    needed = [] if "scenes" in wish else ["text-generation"]
    needed += ["image-generation", "video-animation", "text-to-speech", "composition"]
    if wish.get("music", {}) is not None:
        needed.append("audio-generation")
    return tuple(needed)


def first_nodes(wish: Mapping[str, Any]) -> tuple[PlannedNode, ...]:
    """Return the nodes that need nothing but the wish: the script, or the given scenes' pictures and narrations."""
    if "scenes" in wish:
        return _pictures_and_narrations(wish, _given_scenes(wish))
    direction = Direction(
        duration_s=float(wish.get("duration_s", 30.0)),
        language=wish.get("language", "en"),
        style=wish.get("style"),
        aspect_ratio=wish.get("aspect_ratio", "16:9"),
        characters=tuple(
            DirectedCharacter(id=c["id"], description=c.get("description", ""))
            for c in wish.get("characters", ())
        )
        or None,
    )
    params = script_prompt(wish["brief"], direction)
    return (PlannedNode(node_id=SCRIPT, capability="text-generation", role=SCRIPT, params=params),)


def grow(job: Job) -> tuple[PlannedNode, ...]:
    """Return the nodes that can be planned now and were not before. Raises ValueError for an unreadable script."""
    scenes = _scenes(job)
    if scenes is None:
        return ()
    planned: list[PlannedNode] = []
    if "scenes" not in job.wish and _once(job, "pictures"):
        planned += _pictures_and_narrations(job.wish, scenes)
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
        return (_film(job, scenes, pacing),)
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


def _given_scenes(wish: Mapping[str, Any]) -> tuple[Scene, ...]:
    lengths_s = scene_durations_s([s.get("duration_s") for s in wish["scenes"]], wish.get("duration_s"))
    return tuple(
        Scene(i, s["picture"], s.get("narration") or "", float(length_s), s.get("motion"))
        for i, (s, length_s) in enumerate(zip(wish["scenes"], lengths_s, strict=True), start=1)
    )


def _scenes(job: Job) -> tuple[Scene, ...] | None:
    if "scenes" in job.wish:
        return _given_scenes(job.wish)
    script = job.nodes[SCRIPT]
    asset = script.main_asset()
    if script.status != "done" or asset is None:
        return None
    written = read_script(asset.get("text") or "")
    return tuple(
        Scene(i, s.picture, s.narration, s.duration_s, s.motion)
        for i, s in enumerate(written.scenes, start=1)
    )


def _pictures_and_narrations(wish: Mapping[str, Any], scenes: Sequence[Scene]) -> tuple[PlannedNode, ...]:
    width_px, height_px = frame_size(wish.get("resolution", "720p"), wish.get("aspect_ratio", "16:9"))
    planned = []
    for scene in scenes:
        params: dict[str, Any] = {
            "prompt": _with_characters(scene.picture, wish),
            "width_px": width_px,
            "height_px": height_px,
        }
        if "style" in wish:
            params["style"] = wish["style"]
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
                    params=_speech(wish, scene.narration),
                )
            )
    return tuple(planned)


def _with_characters(picture: str, wish: Mapping[str, Any]) -> str:
    """A character named in the picture is described, so that it looks the same in every scene."""
    descriptions = [
        f"{c['id']}: {c['description']}"
        for c in wish.get("characters", ())
        if c.get("description") and c["id"].lower() in picture.lower()
    ]
    return ". ".join([picture, *descriptions])[:20_000]


def _speech(wish: Mapping[str, Any], text: str) -> dict[str, Any]:
    params: dict[str, Any] = {"text": text, "language": wish.get("language", "en")}
    if "voice" in wish:
        params["voice"] = wish["voice"]
    return params


def _faster_narrations(job: Job, scenes: Sequence[Scene], speed: float) -> tuple[PlannedNode, ...]:
    planned = []
    for scene in scenes:
        if scene.narration and job.nodes[scene.node("narration")].status == "done":
            name = scene.node("narration-fast")
            params = _speech(job.wish, scene.narration) | {"speed": round(speed, 3)}
            planned.append(PlannedNode(node_id=name, capability="text-to-speech", role=name, params=params))
    return tuple(planned)


def _narration(job: Job, scene: Scene) -> Node | None:
    """The node whose words are heard in this scene."""
    for part in ("narration-fast", "narration"):
        node = job.nodes.get(scene.node(part))
        if node is not None and node.status == "done":
            return node
    return None


def _spoken_s(job: Job, scene: Scene) -> float:
    node = _narration(job, scene)
    asset = node.main_asset() if node else None
    return float(asset.get("duration_s") or 0.0) if asset else 0.0


def _pacing(job: Job, scenes: Sequence[Scene]) -> Pacing:
    duration_s = float(
        job.wish.get("duration_s", sum(s.duration_s for s in scenes) if "scenes" in job.wish else 30.0)
    )
    return pace(
        [scene.duration_s for scene in scenes],
        [_spoken_s(job, scene) for scene in scenes],
        duration_s=duration_s,
        overlap_s=0.0 if _transition(job) == "cut" else OVERLAP_S,
        fps=_fps(job),
        final="faster" in job.grown,
    )


def _fps(job: Job) -> float:
    return float(job.wish.get("fps", 24))


def _transition(job: Job) -> str:
    return str(job.wish.get("transition", "dissolve"))


def _clips(job: Job, scenes: Sequence[Scene], pacing: Pacing) -> tuple[PlannedNode, ...]:
    planned = []
    for scene, frames in zip(scenes, pacing.frames, strict=True):
        name, picture = scene.node("clip"), scene.node("picture")
        params: dict[str, Any] = {
            "image": {"$from": picture},
            "duration_s": round(frames / _fps(job), 6),
            "fps": _fps(job),
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
    wanted = job.wish.get("music", {})
    if wanted is None:
        return ()
    params: dict[str, Any] = {"duration_s": round(pacing.total_frames / _fps(job), 6), "mood": "calm"}
    if "scenes" not in job.wish:
        asset = job.nodes[SCRIPT].main_asset() or {}
        written = read_script(asset.get("text") or "").music
        if written is not None:
            params |= {k: v for k, v in written.to_json().items() if k in {"mood", "tempo", "intensity"}}
    params |= wanted
    return (PlannedNode(node_id=MUSIC, capability="audio-generation", role=MUSIC, params=params),)


def _film(job: Job, scenes: Sequence[Scene], pacing: Pacing) -> PlannedNode:
    fps = _fps(job)
    aspect_ratio = str(job.wish.get("aspect_ratio", "16:9"))
    width_px, height_px = frame_size(job.wish.get("resolution", "720p"), aspect_ratio)
    pictures: list[dict[str, Any]] = []
    narrations: list[dict[str, Any]] = []
    lines: list[SpokenLine] = []
    needs: list[str] = []
    for i, scene in enumerate(scenes):
        start_s = pacing.start_frame(i) / fps
        shown = _shown(job, scene)
        clip: dict[str, Any] = {"start_s": round(start_s, 6), "duration_s": round(pacing.frames[i] / fps, 6)}
        clip["source"] = {"$from": shown} if shown else {"colour": "#101418"}
        if shown:
            needs.append(shown)
        if i and pacing.overlap_frames:
            clip["transition_in"] = {
                "type": _transition(job),
                "duration_s": round(pacing.overlap_frames / fps, 6),
            }
        pictures.append(clip)
        node = _narration(job, scene)
        if node is not None:
            at_s = start_s + max(LEAD_S, pacing.overlap_frames / fps / 2)
            narrations.append({"source": {"$from": node.node_id}, "start_s": round(at_s, 6)})
            lines.append(_spoken_line(at_s, scene, node))
            needs.append(node.node_id)
    total_s = round(pacing.total_frames / fps, 6)
    tracks: list[dict[str, Any]] = [{"kind": "video", "clips": pictures}]
    if narrations:
        tracks.append({"kind": "audio", "clips": narrations})
    music = job.nodes.get(MUSIC)
    if music is not None and music.status == "done":
        score: dict[str, Any] = {
            "source": {"$from": MUSIC},
            "start_s": 0.0,
            "duration_s": total_s,
            "gain_db": MUSIC_GAIN_DB if narrations else 0.0,
        }
        if narrations:
            score["duck"] = {"by": 1, "amount_db": DUCK_DB}
        tracks.append({"kind": "audio", "clips": [score]})
        needs.append(MUSIC)
    captions = str(job.wish.get("captions", "both"))
    shown_cues = (
        cues(lines, end_s=total_s, width_chars=WIDTH_CHARS[aspect_ratio]) if captions != "none" else ()
    )
    if shown_cues:
        tracks.append(
            {
                "kind": "caption",
                "clips": [
                    {
                        "source": {"text": c.text},
                        "start_s": round(c.start_s, 3),
                        "duration_s": round(c.duration_s, 3),
                    }
                    for c in shown_cues
                ],
            }
        )
    timeline = {
        "canvas": {"width_px": width_px, "height_px": height_px, "fps": fps},
        "tracks": tracks,
        "output": {
            "captions": captions,
            "quality": job.quality,
            "extras": ["poster", "contact_sheet"],
            "language": job.wish.get("language", "en"),
        },
    }
    return PlannedNode(
        node_id=FILM, capability="composition", role=FILM, params={"timeline": timeline}, needs=tuple(needs)
    )


def _shown(job: Job, scene: Scene) -> str | None:
    """The clip; where it failed and the wish allows gaps, the still picture; else nothing."""
    for part in ("clip", "picture"):
        node = job.nodes.get(scene.node(part))
        if node is not None and node.status == "done":
            return node.node_id
    return None


def _spoken_line(at_s: float, scene: Scene, node: Node) -> SpokenLine:
    asset = node.main_asset() or {}
    duration_s = float(asset.get("duration_s") or 0.0)
    try:
        heard = json.loads(asset.get("text") or "{}").get("words", [])
    except ValueError:
        heard = []
    words = tuple(
        (w["text"], w["start_s"], w["end_s"], int(w["char_start"]), int(w["char_end"])) for w in heard
    )
    return SpokenLine(start_s=at_s, text=scene.narration, words=words, duration_s=duration_s)
