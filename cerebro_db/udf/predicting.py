"""One-row predictions."""

from __future__ import annotations

from typing import Any

from cerebro_db.serving.serve import Served, serve
from cerebro_db.session.backend import BackendSession
from cerebro_db.session.process import now
from cerebro_db.udf.arguments import given
from cerebro_db.udf.errors import raises_in_sql
from cerebro_db.verbs import predict as verbs


@raises_in_sql
def predict(
    plpy: Any, run: str | None, row: bytes, document: str | None, config: int | None = None
) -> str | None:
    """cerebro_predict."""
    return verbs.predict(_served(plpy, run, config), row, document)


@raises_in_sql
def score(
    plpy: Any, run: str | None, row: bytes, document: str | None, config: int | None = None
) -> float | None:
    """cerebro_score."""
    return verbs.score(_served(plpy, run, config), row, document)


@raises_in_sql
def proba(
    plpy: Any, run: str | None, row: bytes, document: str | None, config: int | None = None
) -> str | None:
    """cerebro_proba."""
    return verbs.proba(_served(plpy, run, config), row, document)


def _served(plpy: Any, run: str | None, config: int | None) -> Served:
    return serve(BackendSession(plpy), now(), given(run, "run"), config)
