"""How glyphs.zip is made again: vector shapes of Noto Emoji and names from CLDR, turned into plain polygons.

    npm pack @iconify-json/noto@1.2.9 emojibase-data@17.0.0     # unpack both
    pip install picosvg==0.23.0
    python -m engines.draft.scene.convert_glyphs noto/package emojibase/package

The archive holds one member per glyph and `words.json`. A glyph is a list of shapes: fill, opacity, contours,
in a box of 128 x 128 units. A contour is `[x0, y0, dx, dy, ...]` in twentieths of a unit; contours of a shape
do not overlap, so that even-odd filling is right. A fill is "#rrggbb", or `["l", [a, b, c], stops]` where the
place on the gradient is a x + b y + c, or `["r", [a, b, c, d, e, f], stops]` where it is the length of that
affine image of (x, y). A stop is `[offset, "#rrggbb", opacity]`.
"""

from __future__ import annotations

import importlib
import itertools
import json
import math
import sys
import zipfile
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "ru", "uk", "ja", "ko", "zh", "hi")
SKIPPED_SUBGROUPS = frozenset(
    {
        "body-parts", "hand-fingers-closed", "hand-fingers-open", "hand-fingers-partial", "hand-prop",
        "hand-single-finger", "hands", "person-gesture", "person-symbol", "time", "lock", "place-map",
    }
)  # fmt: skip
KEPT_FACES = frozenset({"ghost", "alien", "robot", "clown face", "skull", "alien monster", "snowman"})
UNITS = 20
FLATNESS = 0.08
"""How far a chord may stand off its curve, in units of the 128-unit box."""


def main(noto: Path, emojibase: Path) -> None:
    """Write `glyphs.zip` beside this file."""
    svg = importlib.import_module("picosvg.svg")
    icons = json.loads((noto / "icons.json").read_text("utf-8"))
    characters = json.loads((noto / "chars.json").read_text("utf-8"))
    subgroups = json.loads((emojibase / "meta" / "groups.json").read_text("utf-8"))["subgroups"]
    names = {lang: json.loads((emojibase / lang / "data.json").read_text("utf-8")) for lang in LANGUAGES}
    kept: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(
        Path(__file__).with_name("glyphs.zip"), "w", zipfile.ZIP_DEFLATED, compresslevel=9
    ) as archive:
        for row in names["en"]:
            key = row["hexcode"].lower()
            group = subgroups.get(str(row.get("subgroup")), "")
            faces = row.get("group") in {0, 8}
            if (
                row.get("group") in {9, 2, None}
                or group in SKIPPED_SUBGROUPS
                or (faces and row["label"] not in KEPT_FACES)
            ):
                continue
            name = (
                characters.get(key)
                or characters.get(key.replace("-fe0f", ""))
                or characters.get(key + "-fe0f")
            )
            icon = icons["icons"].get(name) or icons["icons"].get(
                icons["aliases"].get(name, {}).get("parent")
            )
            if icon is None:
                continue
            try:
                shapes = _shapes(svg, icon["body"])
            except (
                ValueError,
                AssertionError,
                KeyError,
                AttributeError,
                TypeError,
                NotImplementedError,
                ArithmeticError,
            ) as error:
                sys.stderr.write(f"{row['label']}: {error!r}\n")
                continue
            _write(archive, f"{key}.json", shapes)
            kept[row["hexcode"]] = {
                "group": group,
                "emoji": row["emoji"],
                "names": {},
                "tags": row.get("tags", []),
            }
        for language, rows in names.items():
            for row in rows:
                if row["hexcode"] in kept:
                    kept[row["hexcode"]]["names"][language] = row["label"].lower()
        _write(archive, "words.json", {key.lower(): value for key, value in kept.items()})


def _write(archive: zipfile.ZipFile, name: str, value: object) -> None:
    # a fixed date keeps the archive the same however often it is made
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, json.dumps(value, ensure_ascii=False, separators=(",", ":")), compresslevel=9)


def _shapes(svg: Any, body: str) -> list[Any]:
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 128 128">{body.replace(" href=", " xlink:href=")}</svg>'
    )
    picture = svg.SVG.fromstring(text).topicosvg(allow_text=False, drop_unsupported=True)
    gradients = {
        element.attrib["id"]: element
        for element in picture.svg_root.iter()
        if str(element.tag).endswith(("linearGradient", "radialGradient"))
    }
    result = []
    for shape in picture.shapes():
        path = shape.as_path().remove_overlaps()
        contours = [line for line in _contours(path) if len(line) >= 6]
        opacity = round(float(shape.opacity) * float(getattr(shape, "fill_opacity", 1.0)), 3)
        if contours and opacity > 0.01 and shape.fill != "none":
            result.append([_fill(shape.fill, gradients), opacity, contours])
    return result


def _fill(fill: str, gradients: dict[str, Any]) -> Any:
    if not fill.startswith("url("):
        return _colour(fill)
    element = gradients[fill[5:-1]]
    get = element.attrib.get
    stops = []
    for stop in element:
        style = dict(part.split(":", 1) for part in stop.attrib.get("style", "").split(";") if ":" in part)
        offset = stop.attrib.get("offset", "0")
        place = float(offset[:-1]) / 100 if offset.endswith("%") else float(offset)
        colour = stop.attrib.get("stop-color", style.get("stop-color", "black"))
        opacity = float(stop.attrib.get("stop-opacity", style.get("stop-opacity", "1")))
        stops.append([round(place, 3), _colour(colour), round(opacity, 3)])
    matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    if "gradientTransform" in element.attrib:
        matrix = [
            float(x)
            for x in element.attrib["gradientTransform"].split("(")[1].rstrip(")").replace(",", " ").split()
        ]
        if element.attrib["gradientTransform"].startswith("translate"):
            matrix = [1, 0, 0, 1, *matrix, 0][:6]
    if get("gradientUnits") != "userSpaceOnUse":
        raise ValueError("gradient in units of its box")
    a, b, c, d, e, f = matrix
    det = a * d - b * c
    ia, ib, ic, id_ = d / det, -b / det, -c / det, a / det
    ie, if_ = -(ia * e + ic * f), -(ib * e + id_ * f)
    if str(element.tag).endswith("linearGradient"):
        x1, y1, x2, y2 = (float(get(name, "0")) for name in ("x1", "y1", "x2", "y2"))
        dx, dy = x2 - x1, y2 - y1
        length = dx * dx + dy * dy or 1.0
        row = [
            (ia * dx + ib * dy) / length,
            (ic * dx + id_ * dy) / length,
            ((ie - x1) * dx + (if_ - y1) * dy) / length,
        ]
        return ["l", [_figures(x) for x in row], stops]
    cx, cy, r = (float(get(name, "0")) for name in ("cx", "cy", "r"))
    row = [ia / r, ic / r, (ie - cx) / r, ib / r, id_ / r, (if_ - cy) / r]
    return ["r", [_figures(x) for x in row], stops]


def _figures(value: float) -> float:
    return float(f"{value:.5g}")


def _colour(text: str) -> str:
    if text.startswith("#"):
        digits = text[1:]
        return "#" + ("".join(x + x for x in digits) if len(digits) == 3 else digits[:6]).lower()
    css = importlib.import_module("PIL.ImageColor")
    return "#{:02x}{:02x}{:02x}".format(*css.getrgb(text)[:3])


def _contours(path: Any) -> list[list[int]]:
    lines: list[list[tuple[float, float]]] = []
    at = (0.0, 0.0)
    for command, args in path.as_cmd_seq():
        if command == "M":
            lines.append([(args[0], args[1])])
        elif command == "L":
            lines[-1].append((args[0], args[1]))
        elif command == "H":
            lines[-1].append((args[0], at[1]))
        elif command == "V":
            lines[-1].append((at[0], args[0]))
        elif command in "QC":
            points = [at, *zip(args[::2], args[1::2], strict=True)]
            lines[-1].extend(_curve(points))
        elif command in "Zz":
            continue
        else:
            raise ValueError(f"path command {command}")
        at = lines[-1][-1]
    return [_deltas(line) for line in lines]


def _curve(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    spread = max(
        math.hypot(a[0] - 2 * b[0] + c[0], a[1] - 2 * b[1] + c[1])
        for a, b, c in zip(points, points[1:], points[2:], strict=False)
    )
    degree = len(points) - 1
    # the chord error bound of a Bezier curve, e.g. Farin, "Curves and Surfaces", section 4
    steps = max(1, math.ceil(math.sqrt(degree * (degree - 1) * spread / (8 * FLATNESS))))
    result = []
    for step in range(1, steps + 1):
        t = step / steps
        level = points
        while len(level) > 1:
            level = [
                (p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t) for p, q in itertools.pairwise(level)
            ]
        result.append(level[0])
    return result


def _deltas(line: list[tuple[float, float]]) -> list[int]:
    result: list[int] = []
    last = (0, 0)
    for x, y in line:
        at = (round(x * UNITS), round(y * UNITS))
        if not result or at != last:
            result += [at[0] - last[0], at[1] - last[1]]
        last = at
    return result


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
