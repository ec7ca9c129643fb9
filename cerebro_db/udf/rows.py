"""Rows on their way into SQL: a function in Python returns one value, the SQL around it makes rows.

PL/Python looks a function up again for each row that it returns, and does not survive that its
rights, or anything else that the server knows of it, have changed since the one before.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any


def array_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as a JSON array of objects, for jsonb_to_recordset.

    JSON has no NaN and no infinity. These go as text, which the server reads as numbers again.
    """
    objects = [{name: _in_json(value) for name, value in row.items()} for row in rows]
    return json.dumps(objects, ensure_ascii=False)


def _in_json(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
