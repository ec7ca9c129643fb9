"""One-row predictions."""

from __future__ import annotations

import json
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.session.backend import BackendSession
from cerebro_db.udf.errors import raises_in_sql
from cerebro_db.verbs import predict as verbs
from cerebro_db.verbs.context import Context


@raises_in_sql
def predict(
    plpy: Any, run: str | None, row: bytes, document: str | None, statement: str, role: str
) -> str | None:
    """cerebro_predict."""
    return verbs.predict(_context(plpy, role), _run(run), verbs.Row(row, document, statement))


@raises_in_sql
def score(
    plpy: Any, run: str | None, row: bytes, document: str | None, statement: str, role: str
) -> float | None:
    """cerebro_score."""
    return verbs.score(_context(plpy, role), _run(run), verbs.Row(row, document, statement))


@raises_in_sql
def proba(
    plpy: Any, run: str | None, row: bytes, document: str | None, statement: str, role: str
) -> str | None:
    """cerebro_proba."""
    found = verbs.proba(_context(plpy, role), _run(run), verbs.Row(row, document, statement))
    return None if found is None else json.dumps(found)


def _context(plpy: Any, role: str) -> Context:
    return Context(BackendSession(plpy), plpy.notice, role)


def _run(run: str | None) -> str:
    if run is None:
        raise InvalidArgument(
            "run cannot be NULL", detail="The argument run is NULL.", hint="Name the run."
        )
    return run
