"""What the emoji lack: a lighthouse, a windmill, boats, a street lamp, drawn as shapes like theirs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engines.draft.scene.body import blob, flat, rounded
from engines.draft.scene.canvas import Colour, Points, box, ellipse
from engines.draft.scene.glyphs import Shape, shapes_of

_WHITE: Colour = (0.95, 0.94, 0.90)
_RED: Colour = (0.78, 0.22, 0.20)
_WOOD: Colour = (0.45, 0.30, 0.20)


def _across(colour: Colour, *lines: Points) -> Shape:
    # a round tower: dark edges, light left of the middle
    points = np.concatenate(lines)
    x0, x1 = float(points[:, 0].min()), float(points[:, 0].max())
    names = [flat((colour[0] * f, colour[1] * f, colour[2] * f))[0] for f in (0.78, 1.04, 0.96, 0.6)]
    stops = [[at, name, 1] for at, name in zip((0, 0.3, 0.6, 1), names, strict=True)]
    return (["l", [1 / (x1 - x0), 0.0, -x0 / (x1 - x0)], stops], 1.0, list(lines))


def _quad(*points: tuple[float, float]) -> Points:
    return np.array(points, np.float64)


def lighthouse() -> tuple[Shape, ...]:
    """A white tower with red bands, a gallery, a lit lantern and a keeper's house."""

    def at(y: float) -> float:
        return 11 + 11 * (y - 40) / 160

    bands = [
        _quad((50 - at(a), a), (50 + at(a), a), (50 + at(b), b), (50 - at(b), b))
        for a, b in ((62, 90), (122, 150))
    ]
    return (
        rounded((0.86, 0.82, 0.76), 0.8, _quad((66, 168), (112, 168), (112, 202), (66, 202))),
        flat((0.62, 0.26, 0.22), _quad((60, 170), (72, 150), (106, 150), (118, 170))),
        flat((1.0, 0.84, 0.46), box(80, 178, 88, 188), box(96, 178, 104, 188)),
        _across(_WHITE, _quad((50 - at(40), 40), (50 + at(40), 40), (50 + at(202), 202), (50 - at(202), 202))),
        *(_across(_RED, band) for band in bands),
        flat((0.25, 0.22, 0.24), box(47, 98, 53, 110), box(47, 158, 53, 170), blob((44, 202), (44, 188), (50, 183), (56, 188), (56, 202))),
        _across((0.28, 0.29, 0.33), _quad((34, 36), (66, 36), (64, 42), (36, 42))),
        flat((0.28, 0.29, 0.33), box(35, 28, 36.2, 37), box(42, 28, 43.2, 37), box(57, 28, 58.2, 37), box(64, 28, 65.2, 37), box(34, 27.5, 66, 29)),
        flat((1.0, 0.93, 0.62), box(43, 16, 57, 36)),
        flat((1.0, 0.99, 0.88), ellipse(50, 26, 5, 7)),
        flat((0.28, 0.29, 0.33), box(43, 16, 44, 36), box(49.5, 16, 50.5, 36), box(56, 16, 57, 36)),
        _across((0.68, 0.20, 0.18), blob((40, 17), (44, 9), (50, 4), (56, 9), (60, 17), (50, 18))),
        flat((0.28, 0.29, 0.33), box(49.4, -3, 50.6, 6)),
    )  # fmt: skip


def windmill() -> tuple[Shape, ...]:
    """A tower mill with four sails."""
    sails: list[Shape] = []
    for turn in (0.35, 0.35 + np.pi / 2, 0.35 + np.pi, 0.35 + 1.5 * np.pi):
        c, s = np.cos(turn), np.sin(turn)

        def place(x: float, y: float, c: float = c, s: float = s) -> tuple[float, float]:
            return (64 + x * c - y * s, 62 + x * s + y * c)

        sails.append(
            flat((0.93, 0.88, 0.78), _quad(place(14, 1), place(60, 1), place(60, 15), place(14, 13)))
        )
        sails += [
            flat((0.55, 0.42, 0.30), _quad(place(k, 0), place(k + 1.2, 0), place(k + 1.2, 15), place(k, 14)))
            for k in (22, 31, 40, 49, 58)
        ]
        sails.append(flat(_WOOD, _quad(place(0, -1.6), place(62, -1.2), place(62, 1.2), place(0, 1.6))))
    return (
        _across((0.90, 0.86, 0.78), _quad((46, 62), (82, 62), (94, 200), (34, 200))),
        flat((0.30, 0.22, 0.20), blob((56, 200), (56, 180), (64, 172), (72, 180), (72, 200)), box(60, 110, 68, 122), box(60, 142, 68, 154)),
        _across((0.50, 0.28, 0.22), blob((42, 66), (46, 48), (64, 36), (82, 48), (86, 66), (64, 68))),
        *sails,
        flat((0.30, 0.24, 0.20), ellipse(64, 62, 4, 4)),
    )  # fmt: skip


def lamp() -> tuple[Shape, ...]:
    """A cast-iron street lamp, lit."""
    iron: Colour = (0.16, 0.17, 0.20)
    return (
        _across(iron, _quad((28.6, 30), (31.4, 30), (32.4, 180), (27.6, 180))),
        _across(
            iron,
            _quad((24, 180), (36, 180), (39, 200), (21, 200)),
            box(26, 120, 34, 124),
            box(25, 40, 35, 43),
        ),
        flat((1.0, 0.86, 0.52), _quad((22, 14), (38, 14), (35, 38), (25, 38))),
        flat((1.0, 0.97, 0.82), ellipse(30, 27, 4, 7)),
        flat(
            iron,
            _quad((18, 14), (30, 2), (42, 14)),
            box(29.2, -3, 30.8, 4),
            box(21, 13, 39, 15),
            box(24, 37, 36, 40),
        ),
        flat(
            iron,
            _quad((22, 14), (23.2, 14), (26, 38), (25, 38)),
            _quad((38, 14), (36.8, 14), (34, 38), (35, 38)),
        ),
    )


def fishing_boat() -> tuple[Shape, ...]:
    """A small trawler with a wheelhouse, mast, boom and nets."""
    hull = blob(
        (4, 84),
        (12, 104),
        (22, 116),
        (70, 119),
        (124, 116),
        (138, 98),
        (150, 72),
        (128, 84),
        (90, 90),
        (40, 90),
    )
    rope: Colour = (0.25, 0.22, 0.22)
    return (
        flat(rope, _quad((76, 4), (77, 4), (142, 78), (141, 79)), _quad((75, 5), (76, 5), (17, 84), (15, 84)), _quad((28, 30), (29, 29), (76, 60), (76, 62))),
        flat(_WOOD, box(74.5, 0, 77.5, 92)),
        flat((0.80, 0.24, 0.20), _quad((77.5, 2), (92, 7), (77.5, 12))),
        rounded((0.93, 0.92, 0.87), 0.85, _quad((84, 46), (116, 48), (118, 92), (82, 92))),
        flat((0.23, 0.35, 0.45), box(88, 54, 98, 66), box(102, 55, 112, 67)),
        flat((0.82, 0.40, 0.22), _quad((79, 47), (81, 41), (119, 43), (122, 49))),
        rounded((0.36, 0.62, 0.55), 0.8, blob((22, 90), (24, 74), (40, 68), (58, 74), (64, 90), (44, 94))),
        flat((0.95, 0.62, 0.24), ellipse(32, 84, 5, 5), ellipse(52, 80, 5, 5)),
        rounded((0.16, 0.36, 0.55), 0.6, hull),
        flat((0.95, 0.94, 0.90), blob((6, 86), (9, 93), (40, 98), (90, 98), (128, 92), (146, 80), (149, 73), (128, 84), (90, 90), (40, 90))),
        flat((0.66, 0.20, 0.18), blob((16, 109), (22, 116), (70, 119), (124, 116), (131, 108), (70, 112))),
    )  # fmt: skip


def rowboat() -> tuple[Shape, ...]:
    """A wooden rowing boat with one oar."""
    return (
        flat((0.30, 0.20, 0.14), blob((10, 26), (60, 20), (130, 18), (118, 34), (40, 36))),
        flat((0.62, 0.46, 0.30), box(44, 24, 54, 32), box(84, 22, 94, 31)),
        rounded(
            (0.58, 0.36, 0.22),
            0.6,
            blob((4, 24), (16, 44), (38, 54), (92, 54), (120, 42), (138, 14), (112, 28), (60, 33)),
        ),
        flat(
            (0.88, 0.80, 0.66),
            blob((4, 24), (7, 29), (60, 38), (112, 33), (134, 20), (138, 14), (112, 28), (60, 33)),
        ),
        flat(
            (0.72, 0.56, 0.38),
            _quad((66, 26), (68, 24), (106, 60), (104, 63)),
            blob((102, 56), (108, 58), (118, 72), (112, 73)),
        ),
    )


def hot_air_balloon() -> tuple[Shape, ...]:
    """A striped balloon with its basket."""
    stripes = ((0.86, 0.30, 0.24), (0.96, 0.74, 0.30), (0.93, 0.90, 0.82), (0.24, 0.52, 0.62))
    parts: list[Shape] = [
        rounded(
            stripes[0],
            0.7,
            blob(
                (64, 2),
                (28, 14),
                (12, 48),
                (22, 82),
                (50, 112),
                (64, 116),
                (78, 112),
                (106, 82),
                (116, 48),
                (100, 14),
            ),
        )
    ]
    for rank, half in enumerate((44, 30, 14)):
        parts.append(
            rounded(
                stripes[1 + rank],
                0.7,
                blob(
                    (64, 2),
                    (64 - half * 0.75, 16),
                    (64 - half, 48),
                    (64 - half * 0.8, 84),
                    (64 - 8 * half / 44, 114),
                    (64 + 8 * half / 44, 114),
                    (64 + half * 0.8, 84),
                    (64 + half, 48),
                    (64 + half * 0.75, 16),
                ),
            )
        )
    parts.append(
        flat(
            (0.30, 0.22, 0.18),
            _quad((52, 112), (53, 112), (58, 138), (57, 138)),
            _quad((75, 112), (76, 112), (71, 138), (70, 138)),
        )
    )
    parts.append(rounded((0.62, 0.42, 0.24), 0.7, blob((54, 138), (56, 154), (72, 154), (74, 138))))
    return tuple(parts)


PROPS: dict[str, Callable[[], tuple[Shape, ...]]] = {
    ":lighthouse": lighthouse, ":windmill": windmill, ":lamp": lamp, ":fishing-boat": fishing_boat, ":rowboat": rowboat,
    ":hot-air-balloon": hot_air_balloon,
}  # fmt: skip


def shapes_named(glyph: str) -> tuple[Shape, ...]:
    """Return the shapes of a glyph or of a drawn prop (a name with a leading colon)."""
    if glyph.startswith(":"):
        maker = PROPS.get(glyph)
        return maker() if maker else ()
    return shapes_of(glyph)
