"""How weights run in onnxruntime here: on one thread of the CPU, quietly, and with nothing told to its maker."""

from __future__ import annotations

import os
from typing import Any

from runtime.errors import EngineUnavailable

NO_TELEMETRY = "ORT_DISABLE_TELEMETRY"
"""Since 1.29 its builds tell Microsoft of each process and model, and keep an id on the disk, unless this is set before it begins."""


def runtime(extra: str) -> Any:
    """Return the module onnxruntime, imported for the first time without its telemetry.

    Raises:
        EngineUnavailable: it is not installed; `extra` of the project brings it.
    """
    os.environ[NO_TELEMETRY] = "1"
    try:
        import onnxruntime
    except ImportError as error:
        raise EngineUnavailable(
            f"without the module onnxruntime: uv pip install 'reelbus[{extra}]'"
        ) from error
    onnxruntime.set_default_logger_severity(3)
    return onnxruntime


def session(weights: bytes, extra: str) -> Any:
    """Return an `onnxruntime.InferenceSession` of these weights.

    Raises:
        EngineUnavailable: onnxruntime is not installed.
    """
    module = runtime(extra)
    options = module.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # each worker has slots beside this one
    return module.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
