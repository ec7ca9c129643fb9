"""States as bytes: written with a hash, and looked at before anything is computed with them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cerebro_db.errors import DataError
from cerebro_db.tensors import Tensors, pack, unpack

# How the names of a model's variables begin; the others are its optimizer's.
WEIGHTS = "weights/"


def write_state(tensors: Tensors, notes: Mapping[str, str] | None = None) -> bytes:
    """Return tensors and notes on them as a state."""
    return pack(tensors, notes, hashed=True)


def read_state(state: bytes) -> Tensors:
    """Return the tensors of a state: views of it, in the order of their bytes.

    Whether they are those of a model is for who puts them into it to check.

    Raises:
        DataError: it is no state, not the bytes that were written (the first release wrote no
            hash), or has weights that are not finite numbers.
    """
    tensors = unpack(state)
    for name, array in weights_in(tensors).items():
        if not np.isfinite(array).all():
            raise DataError(
                "a state has weights that are not finite numbers",
                detail=f"The first are those of {name}.",
                hint="Fit the run again, or restore it from a backup.",
            )
    return tensors


def weights_in(tensors: Tensors) -> Tensors:
    """Return the tensors of a state without its optimizer's part."""
    return {name: array for name, array in tensors.items() if name.startswith(WEIGHTS)}
