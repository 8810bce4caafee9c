"""How the light of HDR and the colours of wide gamuts become those of BT.709.

Sources: ITU-R BT.2100-3 (tables 4 and 5: PQ, HLG, and the HLG system gamma at 1000 cd/m2), ITU-R BT.2408-7 (HDR
reference white is 203 cd/m2, 75 % HLG, 58 % PQ, and stands where SDR has its white; 18 % grey is 38 % of either),
ITU-R BT.1886 (display gamma 2.4), SMPTE RP 177 (matrices from primaries). Highlights are rolled off by the shape of
ITU-R BT.2446-1, method C: linear, then logarithmic; here the bend stands at 80 % of SDR's light, so that
everything up to a light skin is as BT.2408 puts it, reference white is at 94 to 95 % of the signal, and the brightest
light that the format can hold is at 100 %.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

PQ, HLG = 16, 18
"""Transfer characteristics of ITU-T H.273, table 3."""
_BT2020 = 9
_PRIMARIES = {
    1: (0.640, 0.330, 0.300, 0.600, 0.150, 0.060),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
"""Red, green and blue of ITU-T H.273, table 2. The white of 11, DCI's own, is taken for D65, as screens show it."""
_D65 = (0.3127, 0.3290)
_WHITE_CD_M2 = 203.0
_BRIGHTEST_CD_M2 = {PQ: 10_000.0, HLG: 1000.0}
_BEND = 0.8
_GAMMA = 2.4


def is_hdr(transfer: int) -> bool:
    """Say whether a transfer characteristic (H.273) is one of high dynamic range."""
    return transfer in (PQ, HLG)


def needs_mapping(transfer: int, primaries: int) -> bool:
    """Say whether a picture of these (H.273) looks wrong when it is taken for BT.709."""
    return is_hdr(transfer) or (primaries in _PRIMARIES and primaries != 1)


def shortfall_of(transfer: int, primaries: int) -> str | None:
    """Return what whoever sees a picture of such light (H.273) as BT.709 should know."""
    if is_hdr(transfer):
        return "HDR was tone-mapped to SDR"
    return "colours of a wide gamut were brought to BT.709" if needs_mapping(transfer, primaries) else None


def to_bt709(signal: Values, transfer: int, primaries: int) -> Values:
    """Return the BT.709 signal 0..1 of an R'G'B' signal 0..1 (..., 3) of the given transfer and primaries (H.273)."""
    if primaries not in _PRIMARIES:
        primaries = _BT2020 if is_hdr(transfer) else 1
    matrix = _to_xyz(primaries)
    if transfer == PQ:
        light = _rolled_off(_pq(signal) / _WHITE_CD_M2, _BRIGHTEST_CD_M2[PQ])
    elif transfer == HLG:
        light = _rolled_off(_hlg(signal, matrix[1]) / _WHITE_CD_M2, _BRIGHTEST_CD_M2[HLG])
    else:
        light = np.clip(signal, 0.0, 1.0) ** _GAMMA
    light = light @ (np.linalg.inv(_to_xyz(1)) @ matrix).T
    # Clipped, as in ITU-R BT.2407, section 2: colours within BT.709 stay exact, and others become its purest.
    return np.asarray(np.clip(light, 0.0, 1.0) ** (1 / _GAMMA))


@lru_cache(maxsize=8)
def cube(transfer: int, primaries: int, size: int = 33) -> Values:
    """Return `to_bt709` as a table (size, size, size, 3) over blue, green, red."""
    axis = np.linspace(0.0, 1.0, size)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    made = to_bt709(np.stack([red, green, blue], axis=-1), transfer, primaries)
    made.setflags(write=False)
    return made


def mapped(rgb: NDArray[np.uint8], transfer: int, primaries: int) -> NDArray[np.uint8]:
    """Return a picture, uint8 (height, width, 3), as BT.709; its signal fills 0..255."""
    table = cube(transfer, primaries, 65)
    made = np.empty_like(rgb)
    rows = max(1, 500_000 // max(1, rgb.shape[1]))
    for start in range(0, len(rgb), rows):
        made[start : start + rows] = _looked_up(rgb[start : start + rows], table)
    return made


def _looked_up(rgb: NDArray[np.uint8], table: Values) -> NDArray[np.uint8]:
    """Interpolate between the eight neighbours of each pixel in the table."""
    place = rgb.astype(np.float32) * np.float32((len(table) - 1) / 255)
    low = np.minimum(place.astype(np.int32), len(table) - 2)
    part = place - low
    found = np.zeros(rgb.shape, np.float32)
    flat = table.astype(np.float32).reshape(-1, 3)
    for corner in range(8):
        step = np.array([corner & 1, corner >> 1 & 1, corner >> 2])
        at = low + step
        weight = np.prod(np.where(step == 1, part, 1 - part), axis=2, keepdims=True, dtype=np.float32)
        index = (at[..., 2] * len(table) + at[..., 1]) * len(table) + at[..., 0]
        found += weight * flat[index]
    return np.asarray(np.rint(found * 255), np.uint8)


def _to_xyz(primaries: int) -> Values:
    """RP 177: the luminances of the primaries are such that together they make the white."""
    numbers = _PRIMARIES[primaries]
    columns = np.array([_xyz(*numbers[at : at + 2]) for at in (0, 2, 4)]).T
    return np.asarray(columns * np.linalg.solve(columns, _xyz(*_D65)))


def _xyz(x: float, y: float) -> Values:
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _pq(signal: Values) -> Values:
    """Return cd/m2 (BT.2100, table 4)."""
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    power = np.clip(signal, 0.0, 1.0) ** (1 / m2)
    return np.asarray(10_000.0 * (np.maximum(power - c1, 0.0) / (c2 - c3 * power)) ** (1 / m1))


def _hlg(signal: Values, luma: Values) -> Values:
    """Return cd/m2 on a display of 1000 cd/m2 (BT.2100, table 5): scene light, then the system gamma of 1.2."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    signal = np.clip(signal, 0.0, 1.0)
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    bright = (scene @ luma)[..., None]
    return np.asarray(1000.0 * np.maximum(bright, 1e-9) ** 0.2 * scene)


def _rolled_off(light: Values, brightest_cd_m2: float) -> Values:
    """Bend light, 1 = reference white, so that the brightest becomes 1; all three channels alike keep their hue."""
    most = light.max(axis=-1, keepdims=True)
    sharp = _sharpness(brightest_cd_m2 / _WHITE_CD_M2)
    bent = _BEND + _BEND * sharp * np.log((np.maximum(most, _BEND) / _BEND - 1 + sharp) / sharp)
    return np.asarray(light * np.where(most > _BEND, np.minimum(bent, 1.0) / np.maximum(most, 1e-9), 1.0))


@lru_cache
def _sharpness(brightest: float) -> float:
    """Return how sharply the curve bends when it is to reach 1 at `brightest` without a kink; by bisection."""
    low, high = 1e-6, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        reached = _BEND + _BEND * middle * np.log((brightest / _BEND - 1 + middle) / middle)
        low, high = (middle, high) if reached < 1.0 else (low, middle)
    return high
