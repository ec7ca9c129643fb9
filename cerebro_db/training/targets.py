"""Targets of chunks as a network is trained on them. numpy only."""

from __future__ import annotations

import numpy as np

from cerebro_db.model.signature import Output


def in_own_scale(output: Output, targets: np.ndarray) -> np.ndarray:
    """Return the targets of a chunk as a network of that output is trained on them.

    Values that no scale was learned of yet, as chunks of folds hold them (float64), take the
    output's; all others are returned as they are.
    """
    if targets.dtype != np.float64:
        return targets
    standard: np.ndarray = ((targets - output.means) / output.scales).astype(np.float32)
    return standard
