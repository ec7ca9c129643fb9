"""Named arrays as bytes and back: the format of chunks and of states.

The format is safetensors: raw little-endian tensors behind a JSON manifest, so that nothing stored
is ever unpickled.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from cerebro_db.errors import DataError

Tensors = dict[str, np.ndarray]


def pack(tensors: Mapping[str, np.ndarray]) -> bytes:
    """Return the arrays as one safetensors document."""
    return save({name: np.asarray(array, order="C") for name, array in tensors.items()})


def unpack(payload: bytes) -> Tensors:
    """Return the arrays of a safetensors document.

    Raises:
        DataError: the bytes are not a safetensors document.
    """
    try:
        return load(payload)
    except SafetensorError as error:
        raise DataError("stored tensors are damaged", detail=str(error)) from error
