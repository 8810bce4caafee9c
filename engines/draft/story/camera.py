"""Which shot and which camera move a scene takes, so that the film is varied with a purpose."""

from __future__ import annotations

import random
from collections.abc import Sequence

from schemas.script import CameraMotion, Shot

_SHOTS: dict[str, tuple[Shot, ...]] = {
    "hook": ("wide", "extreme-wide", "aerial"),
    "need": ("medium", "full", "close-up"),
    "use": ("medium", "full", "over-the-shoulder"),
    "passing": ("extreme-wide", "high-angle", "wide", "aerial"),
    "setting": ("extreme-wide", "wide", "aerial", "high-angle"),
    "person": ("medium", "full", "close-up"),
    "longing": ("close-up", "over-the-shoulder", "medium"),
    "desire": ("close-up", "over-the-shoulder", "medium"),
    "action": ("medium", "full", "low-angle"),
    "journey": ("full", "wide", "over-the-shoulder", "high-angle"),
    "obstacle": ("low-angle", "wide", "medium"),
    "doubt": ("close-up", "high-angle", "extreme-close-up"),
    "turn": ("close-up", "medium", "low-angle"),
    "climax": ("low-angle", "full", "extreme-close-up"),
    "resolution": ("medium", "wide", "full"),
    "coda": ("extreme-wide", "aerial", "wide"),
    "reveal": ("medium", "close-up", "low-angle"),
    "feature": ("close-up", "extreme-close-up", "medium"),
    "ending": ("wide", "extreme-wide", "medium"),
    "call": ("medium", "full", "wide"),
}
_MOVES: dict[Shot, tuple[CameraMotion, ...]] = {
    "extreme-wide": ("drift", "pan-right", "pan-left", "push-in"),
    "aerial": ("drift", "orbit", "push-in"),
    "wide": ("push-in", "pan-left", "pan-right", "drift"),
    "full": ("pan-right", "pan-left", "push-in"),
    "medium": ("push-in", "orbit", "drift"),
    "close-up": ("push-in", "drift", "static"),
    "extreme-close-up": ("static", "drift", "pull-out"),
    "over-the-shoulder": ("push-in", "drift"),
    "low-angle": ("tilt-up", "push-in", "orbit"),
    "high-angle": ("tilt-down", "pull-out", "drift"),
}
_LAST: tuple[CameraMotion, ...] = ("pull-out",)


def plan_camera(
    beats: Sequence[str], random_: random.Random, near: bool = False
) -> list[tuple[Shot, CameraMotion]]:
    """Return shot and move of each scene: neighbours differ, and the last scene steps back.

    `near` keeps to the shots that show a thing, not a landscape.
    """
    plan: list[tuple[Shot, CameraMotion]] = []
    for index, beat in enumerate(beats):
        before = plan[-1] if plan else None
        shots = _SHOTS.get(beat, ("wide", "medium", "close-up", "full"))
        if near:
            shots = tuple(one for one in shots if one not in ("extreme-wide", "aerial", "wide")) or (
                "medium",
                "full",
            )
        shot = random_.choice([one for one in shots if not before or one != before[0]] or list(shots))
        moves = _LAST if index and index == len(beats) - 1 else _MOVES[shot]
        move = random_.choice([one for one in moves if not before or one != before[1]] or list(moves))
        plan.append((shot, move))
    return plan
