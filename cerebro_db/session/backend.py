"""A session through SPI, inside the backend that called a PL/Python function.

Statements run with the caller's rights in the caller's transaction, and notice a cancel.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cerebro_db.errors import Unwanted
from cerebro_db.session._base import Row
from cerebro_db.session.process import unwanted

# pg_type.oid of json and jsonb, which PL/Python returns as text.
_JSON_OIDS = frozenset({114, 3802})

# Plans of this backend, the most recently used last; the server plans them anew when tables change.
_MAX_PLANS = 64
_MAX_LENGTH = 10_000
# Rows of a stream to hold at a time.
_SLICE = 16
# Only Greenplum has the setting; its coordinator is -1, and a process stays where it is.
_SEGMENT = "select setting as segment from pg_catalog.pg_settings where name = 'gp_contentid'"
_segment: int | None = None
_plans: dict[tuple[str, tuple[str, ...]], Any] = {}


class BackendSession:
    """Runs statements through the ``plpy`` module that PL/Python gives to a function.

    Reading raises Unwanted where rows could be missing because nobody waits for the answer.
    """

    def __init__(self, plpy: Any) -> None:
        self._plpy = plpy

    @property
    def on_segment(self) -> bool:
        """Whether this is a process of one of Greenplum's segments, which reads no view."""
        global _segment
        if _segment is None:
            found = self.fetch(_SEGMENT)
            _segment = int(found[0]["segment"]) if found else -1
        return _segment >= 0

    def fetch(self, statement: str, *parameters: Any) -> list[Row]:
        """Run one statement and return all its rows."""
        plan, values = self._planned(statement, parameters)
        rows = _rows(self._plpy.execute(plan, values))
        if unwanted():
            raise Unwanted
        return rows

    def stream(self, statement: str, *parameters: Any) -> Iterator[Row]:
        """Run one statement and yield its rows, of which only a few are held at a time."""
        plan, values = self._planned(statement, parameters)
        cursor = self._plpy.cursor(plan, values)
        while rows := list(cursor.fetch(_SLICE)):
            yield from map(dict, rows)
        if unwanted():
            raise Unwanted

    def execute(self, statement: str, *parameters: Any) -> None:
        """Run one statement."""
        self._plpy.execute(*self._planned(statement, parameters))

    def _planned(self, statement: str, parameters: tuple[Any, ...]) -> tuple[Any, list[Any]]:
        types = tuple(map(_type_of, parameters))
        plan = _plans.pop((statement, types), None) or self._plpy.prepare(statement, list(types))
        # A long one is made for the occasion, with an encoding in it.
        if len(statement) <= _MAX_LENGTH:
            _plans[statement, types] = plan
        if len(_plans) > _MAX_PLANS:
            del _plans[next(iter(_plans))]
        values = [json.dumps(value) if isinstance(value, dict) else value for value in parameters]
        return plan, values


def _rows(result: Any) -> list[Row]:
    if result.status() < 0 or result.colnames() is None:
        return []
    rows = [dict(row) for row in result]
    types = zip(result.colnames(), result.coltypes(), strict=True)
    for name in [name for name, oid in types if oid in _JSON_OIDS]:
        for row in rows:
            if row[name] is not None:
                row[name] = json.loads(row[name])
    return rows


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
