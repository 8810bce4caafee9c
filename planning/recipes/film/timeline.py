"""What the timeline of a film is: its clips in a row, its words at their times, music below, captions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from captions.cues import WIDTH_CHARS, SpokenLine, cues
from catalog.transitions import DEFAULT_TRANSITION
from language.marks import as_written, unmarked
from planning.job.state import Job, Node
from planning.recipes.film.timing import LEAD_S, Pacing
from schemas.film import Film, frame_size
from schemas.log import PlannedNode

MUSIC_GAIN_DB = -9.0
DUCK_DB = 12.0
MUSIC, FILM = "music", "film"

Json = dict[str, Any]


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


def film_node(
    job: Job, film: Film, scenes: Sequence[Scene], pacing: Pacing, *, sentences_judged: bool
) -> PlannedNode:
    """Return the node that composes the film from what its scenes gave.

    Captions know abbreviations and marks when `sentences_judged`.
    """
    fps = float(film.fps)
    total_s = round(pacing.total_frames / fps, 6)
    starts_s = [pacing.start_frame(i) / fps for i in range(len(scenes))]
    # The first words of a scene wait until the scene before it has gone.
    words_after_s = max(LEAD_S, pacing.overlap_frames / fps / 2)
    spoken = [
        (start_s + words_after_s, scene, node)
        for start_s, scene in zip(starts_s, scenes, strict=True)
        if (node := narration_of(job, scene)) is not None
    ]
    tracks = [{"kind": "video", "clips": _pictures(job, film, scenes, pacing, starts_s)}]
    if spoken:
        clips = [{"source": {"$from": node.node_id}, "start_s": round(at_s, 6)} for at_s, _, node in spoken]
        tracks.append({"kind": "audio", "clips": clips})
    music = job.nodes.get(MUSIC)
    if music is not None and music.done:
        tracks.append({"kind": "audio", "clips": [_score(total_s, words_track=1 if spoken else None)]})
    if film.captions != "none":
        language = film.language if sentences_judged else None
        lines = [_spoken_line(at_s, scene, node, language) for at_s, scene, node in spoken]
        written = _captions(lines, total_s, WIDTH_CHARS[film.aspect_ratio])
        tracks += [{"kind": "caption", "clips": written}] if written else []
    width_px, height_px = frame_size(film.resolution, film.aspect_ratio)
    timeline = {
        "canvas": {"width_px": width_px, "height_px": height_px, "fps": fps},
        "tracks": tracks,
        "output": {
            "captions": film.captions,
            "quality": job.quality,
            "extras": ["poster", "contact_sheet"],
            "language": film.language,
        },
    }
    return PlannedNode(
        node_id=FILM,
        capability="composition",
        role=FILM,
        params={"timeline": timeline},
        needs=tuple(_sources(tracks)),
    )


def _pictures(
    job: Job, film: Film, scenes: Sequence[Scene], pacing: Pacing, starts_s: Sequence[float]
) -> list[Json]:
    """The scenes one after the other, each coming in over the end of the one before."""
    fps = float(film.fps)
    clips: list[Json] = []
    for i, scene in enumerate(scenes):
        shown = _shown(job, scene)
        clip: Json = {
            "source": {"$from": shown} if shown else {"colour": "#101418"},
            "start_s": round(starts_s[i], 6),
            "duration_s": round(pacing.frames[i] / fps, 6),
        }
        if i and pacing.overlap_frames:
            clip["transition_in"] = {
                "type": transition_of(film),
                "duration_s": round(pacing.overlap_frames / fps, 6),
            }
        clips.append(clip)
    return clips


def _score(total_s: float, *, words_track: int | None) -> Json:
    """The music under everything, turned down while somebody speaks."""
    clip: Json = {"source": {"$from": MUSIC}, "start_s": 0.0, "duration_s": total_s, "gain_db": 0.0}
    if words_track is not None:
        clip |= {"gain_db": MUSIC_GAIN_DB, "duck": {"by": words_track, "amount_db": DUCK_DB}}
    return clip


def _captions(lines: Sequence[SpokenLine], total_s: float, width_chars: int) -> list[Json]:
    return [
        {
            "source": {"text": cue.text},
            "start_s": round(cue.start_s, 3),
            "duration_s": round(cue.duration_s, 3),
        }
        for cue in cues(lines, end_s=total_s, width_chars=width_chars)
    ]


def _sources(tracks: Sequence[Json]) -> list[str]:
    """The nodes whose results the clips show or play."""
    found = [clip["source"].get("$from") for track in tracks for clip in track["clips"]]
    return [name for name in dict.fromkeys(found) if name is not None]


def _shown(job: Job, scene: Scene) -> str | None:
    """The clip; where it failed and the request allows gaps, the still picture; else nothing."""
    for part in ("clip", "picture"):
        node = job.nodes.get(scene.node(part))
        if node is not None and node.done:
            return node.node_id
    return None


def _spoken_line(at_s: float, scene: Scene, node: Node, language: str | None) -> SpokenLine:
    """What is heard, and shown: the narration without Markdown's marks, its words moved along.

    Without a language the marks stay, and every full stop is taken for a sentence's end.
    """
    shown = unmarked(scene.narration) if language is not None else as_written(scene.narration)
    asset = node.main_asset() or {}
    duration_s = float(asset.get("duration_s") or 0.0)
    try:
        heard = json.loads(asset.get("text") or "{}").get("words", [])
    except ValueError:
        heard = []
    words = tuple(
        (
            w["text"],
            w["start_s"],
            w["end_s"],
            shown.index_of(int(w["char_start"])),
            shown.index_of(int(w["char_end"])),
        )
        for w in heard
    )
    return SpokenLine(at_s, shown.text, words, duration_s, language)


def narration_of(job: Job, scene: Scene) -> Node | None:
    """The node whose words are heard in this scene."""
    for part in ("narration-fast", "narration"):
        node = job.nodes.get(scene.node(part))
        if node is not None and node.done:
            return node
    return None


def transition_of(film: Film) -> str:
    """How one scene gives way to the next."""
    return film.transition or DEFAULT_TRANSITION
