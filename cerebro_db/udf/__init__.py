"""The callees of SQL functions: SQL values become a verb's arguments, its errors SQL errors.

Each function imports its own module here and no other, so that a session that only predicts waits
for what predicting takes.
"""

import os
import signal
from typing import Any

# Before numpy is imported: a session has one processor, and its threads would handle the signals
# that the server means for it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Nor may a cancel strike in there, as it does on a segment when another has failed: numpy, of which
# half was imported, cannot be imported once more, nor can anything that uses it.
_before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
try:
    import numpy  # noqa: F401
finally:
    signal.pthread_sigmask(signal.SIG_SETMASK, _before)


def __getattr__(name: str) -> Any:
    """Answer the functions of extension 0.1.0, which found all verbs in this module."""
    if not name.startswith("_"):
        from cerebro_db.udf.first_release import NAMES, refuse

        if name in NAMES:
            return refuse
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
