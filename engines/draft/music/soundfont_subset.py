"""How the bundled soundfont was cut: chosen presets of a larger SoundFont 3 file, with their samples only.

Usage: python -m engines.draft.music.soundfont_subset FluidR3Mono_GM.sf3 orchestra.sf3
Format: SoundFont Technical Specification 2.04, section 7; in SF3 sample start and end are byte offsets of Ogg
Vorbis streams, and loop points are relative to their sample.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from engines.draft.music.instruments import BUNDLED_PRESETS, DRUM_KEYS

_KEY_RANGE, _INSTRUMENT, _SAMPLE = 43, 41, 53
_RECORDS = {
    "phdr": "<20sHHHIII",
    "pbag": "<HH",
    "pgen": "<HH",
    "inst": "<20sH",
    "ibag": "<HH",
    "igen": "<HH",
    "shdr": "<20sIIIIIBbHH",
}
Rows = list[tuple[int, ...]]


def _chunks(data: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Return the INFO list as it stands and the chunks of sdta and pdta by name."""
    info, found, place = b"", {}, 12
    while place + 8 <= len(data):
        size = struct.unpack_from("<I", data, place + 4)[0]
        kind, inner = data[place + 8 : place + 12], place + 12
        if kind == b"INFO":
            info = data[place : place + 8 + size]
        else:
            while inner < place + 8 + size:
                length = struct.unpack_from("<I", data, inner + 4)[0]
                found[data[inner : inner + 4].decode()] = data[inner + 8 : inner + 8 + length]
                inner += 8 + length
        place += 8 + size
    return info, found


def _zones(bags: Rows, generators: Rows, first: int, last: int) -> list[Rows]:
    return [generators[bags[i][0] : bags[i + 1][0]] for i in range(first, last)]


def _is_heard(zone: Rows, keys: frozenset[int] | None) -> bool:
    if keys is None:
        return True
    for operator, amount in zone:
        if operator == _KEY_RANGE:
            return any(amount & 255 <= key <= amount >> 8 for key in keys)
    return True


def subset(data: bytes) -> bytes:
    """Return a SoundFont 3 file with the presets of `BUNDLED_PRESETS`; drum kits keep `DRUM_KEYS` only."""
    info, found = _chunks(data)
    rows = {
        name: [tuple(r) for r in struct.iter_unpack(form, found[name])] for name, form in _RECORDS.items()
    }
    presets, instruments, headers = rows["phdr"], rows["inst"], rows["shdr"]
    out: dict[str, list[tuple[object, ...]]] = {name: [] for name in _RECORDS}
    instrument_ids: dict[tuple[int, bool], int] = {}
    sample_ids: dict[int, int] = {}
    kept: list[tuple[int, bool]] = []
    for index, preset in enumerate(presets[:-1]):
        if (preset[2], preset[1]) not in BUNDLED_PRESETS:
            continue
        drums = preset[2] == 128
        out["phdr"].append((*preset[:3], len(out["pbag"]), 0, 0, 0))
        for zone in _zones(rows["pbag"], rows["pgen"], preset[3], presets[index + 1][3]):
            out["pbag"].append((len(out["pgen"]), 0))
            for operator, amount in zone:
                value = amount
                if operator == _INSTRUMENT:
                    key = (amount, drums)
                    if key not in instrument_ids:
                        instrument_ids[key] = len(kept)
                        kept.append(key)
                    value = instrument_ids[key]
                out["pgen"].append((operator, value))
    for number, drums in kept:
        out["inst"].append((instruments[number][0], len(out["ibag"])))
        for zone in _zones(rows["ibag"], rows["igen"], instruments[number][1], instruments[number + 1][1]):
            if not _is_heard(zone, DRUM_KEYS if drums else None):
                continue
            out["ibag"].append((len(out["igen"]), 0))
            for operator, amount in zone:
                value = sample_ids.setdefault(amount, len(sample_ids)) if operator == _SAMPLE else amount
                out["igen"].append((operator, value))
    sound = b""
    for number in sample_ids:
        header = headers[number]
        ogg = found["smpl"][header[1] : header[2]]
        out["shdr"].append((header[0], len(sound), len(sound) + len(ogg), *header[3:8], 0, 16 | 1))
        sound += ogg
    out["phdr"].append((b"EOP", 0, 0, len(out["pbag"]), 0, 0, 0))
    out["pbag"].append((len(out["pgen"]), 0))
    out["pgen"].append((0, 0))
    out["inst"].append((b"EOI", len(out["ibag"])))
    out["ibag"].append((len(out["igen"]), 0))
    out["igen"].append((0, 0))
    out["shdr"].append((b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0))
    packed = {name: b"".join(struct.pack(form, *row) for row in out[name]) for name, form in _RECORDS.items()}
    packed["pmod"] = packed["imod"] = b"\0" * 10
    names = ("phdr", "pbag", "pmod", "pgen", "inst", "ibag", "imod", "igen", "shdr")
    body = info + _list(b"sdta", [(b"smpl", sound + b"\0" * (len(sound) % 2))])
    body += _list(b"pdta", [(name.encode(), packed[name]) for name in names])
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"sfbk" + body


def _list(kind: bytes, chunks: list[tuple[bytes, bytes]]) -> bytes:
    inner = kind + b"".join(name + struct.pack("<I", len(data)) + data for name, data in chunks)
    return b"LIST" + struct.pack("<I", len(inner)) + inner


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(subset(Path(sys.argv[1]).read_bytes()))
