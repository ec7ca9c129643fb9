"""The frameworks that there is code to train with, by name, and which one a run takes.

What each of them lacks is told in ``trainable.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from cerebro_db.errors import MissingFramework

Framework = Literal["tensorflow", "jax", "torch"]

# What trains where nothing else is said, and what every other framework is measured by.
TENSORFLOW: Framework = "tensorflow"
JAX: Framework = "jax"
TORCH: Framework = "torch"

AUTO: Literal["auto"] = "auto"
"""Has us choose one."""

Wanted = Framework | Literal["auto"]

SPOKEN: Mapping[Framework, str] = {TENSORFLOW: "TensorFlow", JAX: "JAX", TORCH: "PyTorch"}
"""What they are called in sentences."""

# What is chosen where nobody says, if it is installed, or else what follows it. JAX compiles each
# architecture for seconds longer, and trains no faster but in batches of 32 and the like, and small
# recurrent layers: see docs/benchmarks.md, "Frameworks".
_PREFERRED: tuple[Framework, ...] = (TENSORFLOW, JAX, TORCH)


def chosen(wanted: Wanted, installed: Collection[Framework]) -> Framework:
    """Return the framework of a run.

    Args:
        wanted: what its caller says.
        installed: those that the server's Python has.

    Raises:
        MissingFramework: it is not installed, or none is.
    """
    candidates = _PREFERRED if wanted == AUTO else (wanted,)
    found = next((one for one in candidates if one in installed), None)
    if found is not None:
        return found
    have = ", ".join(SPOKEN[one] for one in _PREFERRED if one in installed)
    to_have = " ".join(one for one in _PREFERRED if one in (*installed, candidates[0]))
    raise MissingFramework(
        f"{SPOKEN[candidates[0]]} is not installed for the server",
        detail=f"Its Python has {have or 'no framework'}.",
        hint=f'On the server\'s machine: make install FRAMEWORKS="{to_have}".',
    )
