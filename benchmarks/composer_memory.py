"""How much memory the composer takes: a sound track of two hours, and a picture of 177 megapixels.

`python -m benchmarks.composer_memory` makes the inputs, composes each film in a process of its own and looks at
that process while it works. Rows go to `benchmarks/results/composer_memory.json`: [{name, seconds, peak_mb,
wall_s, cpu_s, samples: [[s, MB], ...]}], and the curves to `docs/images/composer-memory.svg`.
"""

from __future__ import annotations

import argparse
import json
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

_RATE_HZ = 48_000
_SIDE_PX = 13_300
_LOOK_S = 0.25
_KEPT = 400
_COMPOSE = """
import json, pathlib, sys
from engines.composition.engine import Composer
from engines.contract import Input
from tests.engines.running import Work, generate

given = json.loads(sys.stdin.read())
inputs = {pointer: Input(pathlib.Path(path)) for pointer, path in given["inputs"].items()}
composer = Composer()
composer.load("cpu")
task = Work("bench", "composition", {"timeline": given["timeline"]}, 1, inputs)
generate(composer, [task], pathlib.Path(given["folder"]))
"""


def main() -> None:
    """Measure, print, write the rows and draw the curves."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--seconds", type=float, nargs="+", default=[300.0, 1200.0, 7200.0])
    parser.add_argument("--out", type=Path, default=root / "benchmarks" / "results" / "composer_memory.json")
    parser.add_argument("--plot", type=Path, default=root / "docs" / "images" / "composer-memory.svg")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [sound_row(Path(folder), seconds) for seconds in asked.seconds]
        rows.append(picture_row(Path(folder)))
    for path, text in ((asked.out, json.dumps(rows, indent=1) + "\n"), (asked.plot, drawn(rows))):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for row in rows:
        print(f"{row['name']:<28} peak {row['peak_mb']:6.0f} MB  wall {row['wall_s']:7.1f} s  "
              f"cpu {row['cpu_s']:7.1f} s")  # fmt: skip


def sound_row(folder: Path, seconds: float) -> dict[str, Any]:
    """Compose a voice of AAC with music of MP3 that ducks under it."""
    voice, music = folder / f"voice-{seconds:g}.m4a", folder / f"music-{seconds:g}.mp3"
    write_sound(voice, "aac", seconds, 160.0)
    write_sound(music, "libmp3lame", seconds, 277.0)
    hours = [(start, min(3600.0, seconds - start)) for start in range(0, int(seconds), 3600)]

    def clips(**more: Any) -> list[dict[str, Any]]:
        return [
            {
                "source": "s3://bench/sound",
                "start_s": start,
                "trim_in_s": start,
                "duration_s": length_s,
                **more,
            }
            for start, length_s in hours
        ]

    timeline = {
        "canvas": {"width_px": 320, "height_px": 180, "fps": 2},
        "tracks": [
            {"kind": "audio", "clips": clips()},
            {"kind": "audio", "clips": clips(duck={"by": 0})},
        ],
    }
    inputs = {
        f"/timeline/tracks/{track}/clips/{place}/source": path
        for track, path in enumerate((voice, music))
        for place in range(len(hours))
    }
    return _composed(folder, f"sound of {seconds / 60:g} min", seconds, timeline, inputs)


def picture_row(folder: Path) -> dict[str, Any]:
    """Compose a PNG of one colour, 177 megapixels in 172 kB, under a moving camera."""
    path = folder / "bomb.png"
    write_bomb(path)
    clip = {
        "source": "s3://bench/picture",
        "duration_s": 4,
        "motion": {"from": {"x": 0, "y": 0, "width": 1, "height": 1},
                   "to": {"x": 0.2, "y": 0.2, "width": 0.6, "height": 0.6}},
    }  # fmt: skip
    timeline = {
        "canvas": {"width_px": 1920, "height_px": 1080, "fps": 24},
        "tracks": [{"kind": "video", "clips": [clip]}],
    }
    pointer = "/timeline/tracks/0/clips/0/source"
    return _composed(folder, f"PNG of {_SIDE_PX**2 // 10**6} megapixels", 4.0, timeline, {pointer: path})


def write_sound(path: Path, codec: str, seconds: float, hz: float) -> None:
    """Write a tone that comes and goes, in stereo: a minute is coded, and its packets repeated."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=_RATE_HZ)
        stream.codec_context.layout = "stereo"
        container.start_encoding()
        size = stream.codec_context.frame_size
        loud = np.where(np.arange(60 * _RATE_HZ) % (7 * _RATE_HZ) < 4 * _RATE_HZ, 0.2, 0.01)
        minute = loud * np.sin(2 * np.pi * hz * np.arange(60 * _RATE_HZ) / _RATE_HZ)
        coded: list[bytes] = []
        for start in range(0, len(minute) // size * size, size):
            samples = np.tile(minute[start : start + size], (2, 1)).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = _RATE_HZ, start
            coded += [bytes(packet) for packet in stream.codec_context.encode(frame)]
        for number in range(round(seconds * _RATE_HZ / size)):
            packet = av.Packet(coded[number % len(coded)])
            packet.stream, packet.time_base = stream, Fraction(1, _RATE_HZ)
            packet.pts = packet.dts = number * size
            packet.duration = size
            container.mux(packet)


def write_bomb(path: Path, side_px: int = _SIDE_PX) -> None:
    """Write a PNG of one colour, row by row."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    row, packer = b"\0" + bytes((200, 40, 40)) * side_px, zlib.compressobj(9)
    packed = b"".join([*(packer.compress(row) for _ in range(side_px)), packer.flush()])
    head = struct.pack(">IIBBBBB", side_px, side_px, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", packed), chunk(b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def _composed(
    folder: Path, name: str, seconds: float, timeline: dict[str, Any], inputs: dict[str, Path]
) -> dict[str, Any]:
    made = folder / "made"
    given = {
        "timeline": timeline,
        "folder": str(made),
        "inputs": {pointer: str(path) for pointer, path in inputs.items()},
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    child = subprocess.Popen([sys.executable, "-c", _COMPOSE], stdin=subprocess.PIPE)
    assert child.stdin is not None
    child.stdin.write(json.dumps(given).encode())
    child.stdin.close()
    status = Path(f"/proc/{child.pid}/status")
    samples: list[tuple[float, float]] = []
    peak_mb = 0.0
    while child.poll() is None:
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        if "VmRSS" in lines:
            samples.append((round(time.monotonic() - begun, 2), round(_mb(lines["VmRSS"]), 1)))
            peak_mb = max(peak_mb, _mb(lines["VmHWM"]))
        time.sleep(_LOOK_S)
    if child.returncode:
        raise SystemExit(f"{name}: composing ended with {child.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    step = max(1, len(samples) // _KEPT)
    return {
        "name": name,
        "seconds": seconds,
        "peak_mb": round(peak_mb, 1),
        "wall_s": round(time.monotonic() - begun, 1),
        "cpu_s": round(cpu_s, 1),
        "samples": samples[::step],
    }


def _mb(words: str) -> float:
    return int(words.split(maxsplit=1)[0]) / 1024


def drawn(rows: list[dict[str, Any]]) -> str:
    """Return the memory of each process over its own time as SVG: both axes from 0, the limit as a line."""
    width, height, left, top, most = 760, 360, 60, 30, 600.0
    colours = ("#4477aa", "#228833", "#ee6677", "#aa7700", "#555555")
    inner_w, inner_h = width - left - 20, height - top - 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for mb in range(0, int(most) + 1, 100):
        y = top + inner_h * (1 - mb / most)
        ink = "#cc0000" if mb == 500 else "#dddddd"
        parts.append(f'<line x1="{left}" x2="{left + inner_w}" y1="{y:.1f}" y2="{y:.1f}" stroke="{ink}"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{mb} MB</text>')
    for number, row in enumerate(rows):
        points = " ".join(
            f"{left + inner_w * at / max(row['wall_s'], 0.1):.1f},{top + inner_h * (1 - mb / most):.1f}"
            for at, mb in row["samples"]
        )
        ink = colours[number % len(colours)]
        parts.append(f'<polyline fill="none" stroke="{ink}" stroke-width="1.5" points="{points}"/>')
        x = left + number * inner_w / max(len(rows), 1)
        label = f"{row['name']}: {row['peak_mb']:.0f} MB, {row['wall_s']:.0f} s"
        parts.append(f'<text x="{x:.0f}" y="{height - 12}" font-size="10" fill="{ink}">{label}</text>')
    parts.append(
        f'<text x="{left}" y="{height - 32}">time of each process, from its start to its end</text>'
        '<text x="60" y="18">memory of the composer (RSS)</text></svg>\n'
    )
    return "".join(parts)


if __name__ == "__main__":
    main()
