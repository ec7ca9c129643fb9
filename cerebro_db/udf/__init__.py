"""What the SQL functions call: SQL values become a verb's arguments, its errors SQL errors.

Each function imports its own module here and no other, so that a session that only predicts waits
for what predicting takes.
"""

import os
from typing import Any

# Before numpy is imported: a session has one processor, and its threads would handle the signals
# that the server means for it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def __getattr__(name: str) -> Any:
    """Answer the functions of extension 0.1.0, which found all verbs in this module."""
    if not name.startswith("_"):
        from cerebro_db.udf.first_release import NAMES, refuse

        if name in NAMES:
            return refuse
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
