"""The frameworks that there is code to train with, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Framework = Literal["tensorflow", "jax"]

# What trains where nothing else is said, and what every other framework is measured by.
TENSORFLOW: Framework = "tensorflow"
JAX: Framework = "jax"

SPOKEN: Mapping[Framework, str] = {TENSORFLOW: "TensorFlow", JAX: "JAX"}
"""What they are called in sentences."""
