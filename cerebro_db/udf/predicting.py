"""One-row predictions."""

from __future__ import annotations

import json
from typing import Any

from cerebro_db.udf.arguments import given
from cerebro_db.udf.context import context_of
from cerebro_db.udf.errors import raises_in_sql
from cerebro_db.verbs import predict as verbs


@raises_in_sql
def predict(plpy: Any, run: str | None, row: bytes, document: str | None) -> str | None:
    """cerebro_predict."""
    return verbs.predict(context_of(plpy), given(run, "run"), verbs.Row(row, document))


@raises_in_sql
def score(plpy: Any, run: str | None, row: bytes, document: str | None) -> float | None:
    """cerebro_score."""
    return verbs.score(context_of(plpy), given(run, "run"), verbs.Row(row, document))


@raises_in_sql
def proba(plpy: Any, run: str | None, row: bytes, document: str | None) -> str | None:
    """cerebro_proba."""
    found = verbs.proba(context_of(plpy), given(run, "run"), verbs.Row(row, document))
    return None if found is None else json.dumps(found)
