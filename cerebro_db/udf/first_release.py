"""What functions of extension 0.1.0 find in the place of their verbs: that it is to be updated."""

from __future__ import annotations

from typing import Any

from cerebro_db.udf.context import context_of
from cerebro_db.udf.errors import raises_in_sql

NAMES = frozenset(
    {
        "doctor",
        "drop",
        "evaluate",
        "fit",
        "model",
        "predict",
        "predict_table",
        "prepare",
        "proba",
        "score",
    }
)


@raises_in_sql
def refuse(plpy: Any, *arguments: Any) -> None:
    """Stand for any verb: no context is made where extension and package do not fit together."""
    context_of(plpy)
