"""How people would rate speech, by DNSMOS P.835: the voice, what is behind it, and both."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from catalog.weights.quality import DNSMOS, LISTENS
from engines.local.onnx import session
from engines.local.weights import read_weights

HEARD_HZ = 16_000
_HEARD = int(9.01 * HEARD_HZ)
_MOST_PIECES = 16
"""So many pieces of nine seconds are listened to, evenly spread over the sound."""
_LEAST = 1.0
"""The curves go below the worst rating there is."""
# From raw numbers to ratings, highest power first: the polynomials of Microsoft's own dnsmos.py.
_RATINGS = {
    "speech_signal": (-0.08397278, 1.22083953, 0.0052439),
    "speech_background": (-0.13166888, 1.60915514, -0.39604546),
    "speech_overall": (-0.06766283, 1.11546468, 0.04602535),
}


class Listener:
    """The loaded weights."""

    def __init__(self) -> None:
        """Load them.

        Raises:
            EngineUnavailable: onnxruntime is missing, or the weights are not those that were pinned.
        """
        self._session = session(read_weights(DNSMOS, LISTENS), "assembly")

    def rate(self, samples: NDArray[np.float32], check: Callable[[], None]) -> dict[str, float]:
        """Return ratings of 1 to 5 of speech at `HEARD_HZ`; what is short is repeated, as in the original."""
        if not samples.size:
            return {}
        while samples.size < _HEARD:
            samples = np.concatenate([samples, samples])
        hops = (samples.size - _HEARD) // HEARD_HZ + 1
        raw = []
        for n in range(count := min(hops, _MOST_PIECES)):
            check()
            begin = n * hops // count * HEARD_HZ
            piece = np.clip(samples[begin : begin + _HEARD], -1, 1).astype(np.float32)
            raw.append(self._session.run(None, {"input_1": piece[np.newaxis]})[0][0])
        rated = {
            name: float(np.mean([np.polyval(curve, values[n]) for values in raw]))
            for n, (name, curve) in enumerate(_RATINGS.items())
        }
        return {name: round(max(_LEAST, value), 2) for name, value in rated.items()}
