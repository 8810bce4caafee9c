"""Which body goes under a head: most emoji of people and many of animals are only faces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.draft.scene.canvas import Colour, mix, shade
from engines.draft.scene.glyphs import Shape, leading

_COATS: tuple[Colour, ...] = (
    (0.78, 0.25, 0.22),
    (0.20, 0.42, 0.62),
    (0.93, 0.68, 0.22),
    (0.25, 0.50, 0.40),
    (0.55, 0.34, 0.58),
    (0.86, 0.45, 0.30),
)
_TROUSERS: Colour = (0.20, 0.22, 0.32)
_SKIN: Colour = (0.98, 0.78, 0.24)


def with_body(head: tuple[Shape, ...], kind: str, coat: Colour | None, choice: int) -> tuple[Shape, ...]:
    """Return a head with the body of its kind (person, child, prowl, sit, robot) under it; `coat` colours the clothes."""
    if not head or kind == "none":
        return head
    if kind == "prowl":
        return _prowling(head)
    if kind == "sit":
        return _sitting(head)
    if kind == "robot":
        return _machine(head)
    return _person(head, kind, coat, choice)


def hand_of(kind: str) -> tuple[float, float]:
    """Return where the hand of a body is, in units of its own box of `with_body`."""
    return (101.0, 132.0) if kind != "robot" else (112.0, 118.0)


def moved(shapes: tuple[Shape, ...], scale: float, dx: float, dy: float) -> tuple[Shape, ...]:
    """Return shapes made larger or smaller and then moved, their gradients with them."""
    result: list[Shape] = []
    for fill, opacity, lines in shapes:
        if not isinstance(fill, str):
            kind, row, stops = fill
            row = [part for at in range(0, len(row), 3) for part in _shifted(row[at : at + 3], scale, dx, dy)]
            result.append(([kind, row, stops], opacity, [line * scale + (dx, dy) for line in lines]))
            continue
        result.append((fill, opacity, [line * scale + (dx, dy) for line in lines]))
    return tuple(result)


def _shifted(row: list[float], scale: float, dx: float, dy: float) -> list[float]:
    a, b, c = row
    return [a / scale, b / scale, c - (a * dx + b * dy) / scale]


def blob(*points: tuple[float, float]) -> NDArray[np.float64]:
    """Return a closed smooth line through points (Catmull-Rom, 10 steps a piece)."""
    p = np.array(points, np.float64)
    a, b, c, d = np.roll(p, 1, 0), p, np.roll(p, -1, 0), np.roll(p, -2, 0)
    t = np.linspace(0, 1, 10, endpoint=False)[None, :, None]
    a, b, c, d = (x[:, None] for x in (a, b, c, d))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return curve.reshape(-1, 2)


def flat(colour: Colour, *lines: NDArray[np.float64], opacity: float = 1.0) -> Shape:
    """Return a shape of one colour."""
    text = "#" + "".join(f"{round(min(1.0, max(0.0, c)) * 255):02x}" for c in colour)
    return (text, opacity, list(lines))


def rounded(colour: Colour, low: float, *lines: NDArray[np.float64]) -> Shape:
    """Return a shape that is lighter above and darker below, `low` times its colour at the foot."""
    points = np.concatenate(lines)
    top, foot = float(points[:, 1].min()), float(points[:, 1].max())
    ends = [flat(shade(colour, factor))[0] for factor in (1.12, 1.0, low)]
    return (
        [
            "l",
            [0.0, 1 / (foot - top), -top / (foot - top)],
            [[0, ends[0], 1], [0.4, ends[1], 1], [1, ends[2], 1]],
        ],
        1.0,
        list(lines),
    )


def _person(head: tuple[Shape, ...], kind: str, coat: Colour | None, choice: int) -> tuple[Shape, ...]:
    # bust: shoulders are part of the glyph; head only: neck and coat begin under the chin
    bust = kind == "person"
    cloth = coat or (_cloth_of(head) if bust else _COATS[choice % len(_COATS)])
    dark = shade(cloth, 0.72)
    scale = 0.62 if bust else 0.5
    parts: list[Shape] = []
    legs = [
        blob((54, 170), (53, 200), (52, 228), (60, 229), (63, 200), (64, 170)),
        blob((66, 170), (67, 200), (70, 229), (78, 228), (77, 200), (76, 170)),
    ]
    parts.append(rounded(_TROUSERS if not bust else mix(cloth, (0.16, 0.17, 0.24), 0.75), 0.7, *legs))
    parts.append(
        flat(
            (0.17, 0.13, 0.13),
            blob((48, 236), (50, 227), (61, 225), (63, 236)),
            blob((67, 236), (69, 225), (80, 227), (84, 236)),
        )
    )
    if not bust:
        parts.append(flat(shade(_skin_of(head), 0.88), blob((58, 62), (58, 82), (72, 82), (72, 62))))
    top = 74.0 if not bust else 72.0
    parts.append(
        rounded(dark, 0.8, blob((44, top + 6), (33, 104), (31, 130), (38, 133), (45, 112), (52, top + 12)))
    )
    parts.append(
        rounded(
            cloth,
            0.72,
            blob(
                (52, top),
                (44, top + 8),
                (42, 120),
                (37, 178),
                (52, 184),
                (65, 185),
                (78, 184),
                (93, 178),
                (88, 120),
                (86, top + 8),
                (78, top),
                (65, top + 2),
            ),
        )
    )
    parts.append(
        flat(shade(cloth, 0.62), blob((64, top + 10), (63.5, 184), (66, 184), (65.5, top + 10)), opacity=0.6)
    )
    parts.append(flat(_skin_of(head), blob((30, 130), (31, 139), (38, 140), (39, 131))))
    parts.append(
        rounded(
            shade(cloth, 0.9),
            0.8,
            blob((80, top + 8), (94, 100), (103, 124), (99, 131), (92, 126), (82, 108)),
        )
    )
    parts.append(flat(_skin_of(head), blob((97, 125), (97, 135), (105, 136), (106, 127))))
    return (*parts, *moved(head, scale, 65 - 64 * scale, 6 if bust else 12))


def _cloth_of(head: tuple[Shape, ...]) -> Colour:
    low = tuple(shape for shape in head if max(float(line[:, 1].max()) for line in shape[2]) > 118)
    return leading(low) if low else (0.35, 0.42, 0.55)


def _skin_of(head: tuple[Shape, ...]) -> Colour:
    lead = leading(head)
    return lead if lead[0] > 0.75 and lead[1] > 0.5 and lead[2] < 0.6 else _SKIN


def _prowling(head: tuple[Shape, ...]) -> tuple[Shape, ...]:
    fur = leading(head)
    dark, pale = shade(fur, 0.72), mix(fur, (1, 0.97, 0.92), 0.72)
    boots = mix(shade(fur, 0.4), (0.15, 0.1, 0.1), 0.5)
    far = [
        blob((80, 95), (78, 125), (82, 152), (92, 153), (90, 125), (95, 96)),
        blob((148, 95), (156, 122), (150, 152), (160, 153), (167, 122), (166, 96)),
    ]
    near = [
        blob((60, 95), (62, 126), (56, 154), (68, 156), (74, 126), (80, 98)),
        blob((138, 92), (144, 120), (134, 154), (146, 156), (156, 122), (162, 90)),
    ]
    feet = [
        blob((54, 158), (56, 141), (70, 141), (69, 158)),
        blob((132, 158), (136, 141), (149, 141), (147, 158)),
    ]
    tail = blob((156, 76), (178, 66), (196, 78), (212, 104), (200, 118), (184, 108), (166, 94))
    tip = blob((198, 86), (206, 92), (213, 105), (201, 118), (192, 112))
    torso = blob(
        (52, 74),
        (70, 62),
        (104, 64),
        (140, 60),
        (166, 72),
        (168, 94),
        (150, 108),
        (112, 108),
        (84, 116),
        (60, 108),
    )
    belly = blob((60, 100), (84, 106), (112, 102), (140, 104), (112, 110), (84, 117), (62, 110))
    chest = blob((50, 78), (62, 76), (72, 92), (66, 112), (54, 104))
    return (
        flat(shade(fur, 0.58), *far),
        rounded(fur, 0.8, tail),
        flat(pale, tip),
        rounded(fur, 0.74, *near),
        flat(boots, *feet),
        rounded(fur, 0.78, torso),
        flat(dark, belly, opacity=0.35),
        flat(pale, chest, opacity=0.9),
        *moved(head, 0.62, 16, 16),
    )


def _sitting(head: tuple[Shape, ...]) -> tuple[Shape, ...]:
    fur = leading(head)
    if max(fur) - min(fur) < 0.1 and max(fur) > 0.8:
        limbs = (0.16, 0.16, 0.19) if _has_black(head) else shade(fur, 0.86)
    else:
        limbs = shade(fur, 0.8)
    pale = mix(fur, (1, 0.96, 0.88), 0.5)
    body = blob(
        (40, 80),
        (28, 110),
        (24, 142),
        (40, 162),
        (65, 166),
        (90, 162),
        (106, 142),
        (102, 110),
        (90, 80),
        (65, 72),
    )
    belly = blob((65, 96), (48, 116), (48, 142), (65, 154), (82, 142), (82, 116))
    arms = [
        blob((34, 92), (24, 112), (28, 132), (40, 132), (44, 110)),
        blob((96, 92), (106, 112), (102, 132), (90, 132), (86, 110)),
    ]
    feet = [
        blob((30, 146), (22, 160), (36, 170), (52, 166), (50, 152)),
        blob((100, 146), (108, 160), (94, 170), (78, 166), (80, 152)),
    ]
    return (
        rounded(fur, 0.72, body),
        flat(pale, belly, opacity=0.8),
        rounded(limbs, 0.8, *arms),
        rounded(limbs, 0.75, *feet),
        *moved(head, 0.74, 17.6, 2),
    )


def _has_black(head: tuple[Shape, ...]) -> bool:
    return any(
        isinstance(fill, str) and max(int(fill[1:3], 16), int(fill[3:5], 16)) < 90
        for fill, _, lines in head
        if len(lines[0]) > 12
    )


def _machine(head: tuple[Shape, ...]) -> tuple[Shape, ...]:
    steel, dark = (0.60, 0.65, 0.69), (0.36, 0.40, 0.46)
    legs = [
        blob((44, 158), (43, 190), (45, 212), (58, 212), (59, 190), (58, 158)),
        blob((70, 158), (69, 190), (70, 212), (83, 212), (85, 190), (84, 158)),
    ]
    feet = [
        blob((36, 222), (40, 208), (58, 206), (61, 222)),
        blob((67, 222), (70, 206), (88, 208), (92, 222)),
    ]
    torso = blob((34, 96), (32, 130), (36, 164), (64, 168), (92, 164), (96, 130), (94, 96), (64, 90))
    left = blob((34, 100), (20, 116), (14, 142), (22, 146), (30, 124), (38, 112))
    right = blob((92, 100), (106, 106), (116, 120), (110, 127), (100, 118), (90, 114))
    panel = blob((48, 112), (48, 136), (64, 139), (80, 136), (80, 112), (64, 110))
    lights = [
        blob((54, 119), (57, 116), (60, 119), (57, 122)),
        blob((68, 119), (71, 116), (74, 119), (71, 122)),
    ]
    return (
        rounded(dark, 0.7, *legs), rounded((0.30, 0.33, 0.38), 0.8, *feet), rounded(dark, 0.8, left),
        rounded(steel, 0.7, torso), rounded((0.25, 0.32, 0.38), 0.9, panel), flat((0.45, 0.95, 0.85), lights[0]), flat((1.0, 0.62, 0.3), lights[1]),
        rounded(dark, 0.9, right), flat((0.80, 0.30, 0.26), blob((10, 142), (12, 152), (24, 153), (26, 144)), blob((108, 116), (108, 128), (120, 130), (120, 116))),
        *moved(head, 0.66, 64 - 64 * 0.66, 6),
    )  # fmt: skip
