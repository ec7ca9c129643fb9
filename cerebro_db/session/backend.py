"""A session through SPI, inside the backend that called a PL/Python function.

Statements run with the caller's rights in the caller's transaction, and notice a cancel.
"""

from __future__ import annotations

import json
from typing import Any

from cerebro_db.session._base import Row

# pg_type.oid of json and jsonb, which PL/Python returns as text.
_JSON_OIDS = frozenset({114, 3802})

# Plans of this backend, the most recently used last; the server plans them anew when tables change.
_MAX_PLANS = 64
_plans: dict[tuple[str, tuple[str, ...]], Any] = {}


class BackendSession:
    """Runs statements through the ``plpy`` module that PL/Python gives to a function."""

    def __init__(self, plpy: Any) -> None:
        self._plpy = plpy

    def fetch(self, statement: str, *parameters: Any) -> list[Row]:
        """Run one statement and return all its rows."""
        result = self._run(statement, parameters)
        if result.status() < 0 or result.colnames() is None:
            return []
        rows = [dict(row) for row in result]
        types = zip(result.colnames(), result.coltypes(), strict=True)
        for name in [name for name, oid in types if oid in _JSON_OIDS]:
            for row in rows:
                if row[name] is not None:
                    row[name] = json.loads(row[name])
        return rows

    def execute(self, statement: str, *parameters: Any) -> None:
        """Run one statement."""
        self._run(statement, parameters)

    def _run(self, statement: str, parameters: tuple[Any, ...]) -> Any:
        types = tuple(map(_type_of, parameters))
        plan = _plans.pop((statement, types), None) or self._plpy.prepare(statement, list(types))
        _plans[statement, types] = plan
        if len(_plans) > _MAX_PLANS:
            del _plans[next(iter(_plans))]
        values = [json.dumps(value) if isinstance(value, dict) else value for value in parameters]
        return self._plpy.execute(plan, values)


def _type_of(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "bigint"
        case float():
            return "double precision"
        case bytes():
            return "bytea"
        case dict():
            return "jsonb"
        case [first, *_]:
            return _type_of(first) + "[]"
        case []:
            return "text[]"
    return "text"
