"""numpy, if it is installed: where there is only the command line, no task computes anything."""

try:
    import numpy as np
except ModuleNotFoundError:
    np = None  # type: ignore[assignment]

__all__ = ["np"]
