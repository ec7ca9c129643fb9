"""Arrays of numbers in plain JSON: exact, and short beside a list."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np


def packed(values: np.ndarray) -> dict[str, Any]:
    """Return plain JSON values of numbers, as float64."""
    numbers = base64.b64encode(np.asarray(values, "<f8").tobytes()).decode()
    return {"shape": list(values.shape), "numbers": numbers}


def unpacked(document: dict[str, Any]) -> np.ndarray:
    """Return the numbers that ``packed`` wrote."""
    numbers = np.frombuffer(base64.b64decode(document["numbers"]), "<f8")
    return numbers.reshape(document["shape"])
