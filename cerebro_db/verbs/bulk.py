"""cerebro_predict_table and cerebro_evaluate: many rows, batch by batch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from psycopg import sql

from cerebro_db.dataset import Staged, chunk_rows, parse_source, stage_for
from cerebro_db.errors import DataError, DuplicateTable, InvalidArgument
from cerebro_db.model.signature import Output
from cerebro_db.training import metrics
from cerebro_db.verbs.answers import labels, probabilities, scores
from cerebro_db.verbs.context import Context
from cerebro_db.verbs.serve import Served, serve

_RESERVED = ("prediction", "score", "probabilities")


def predict_table(context: Context, run: str, source: str, key: str, output: str) -> int:
    """Predict all rows of a source into a new table; return how many there were.

    The table has the key under its own name and in its own type, ``prediction`` (text; double
    precision for one regression target), ``score`` (not for several regression targets) and
    ``probabilities`` (jsonb; not for one regression target).

    Raises:
        UndefinedColumn: the source lacks the key or a feature.
        InvalidArgument: ``output`` is no name of a table, or the key has a reserved name.
    """
    context.require_writable()
    served = serve(context, run)
    table = _output_table(output)
    with stage_for(context.caller, served.encoding, source, key=key) as staged:
        _create_output(context, served.output, table, staged)
        for start, predictions in _batches(served, staged):
            _insert(context, served.output, table, staged, start, predictions)
        return staged.rows


def evaluate(context: Context, run: str, source: str) -> dict[str, Any]:
    """Return the metrics of a run's best configuration on labelled rows, and their number.

    Raises:
        UndefinedColumn: the source lacks the label or a feature.
        DataError: it has no row with a label.
    """
    context.require_writable()
    served = serve(context, run)
    with stage_for(context.caller, served.encoding, source, labels=True) as staged:
        if not staged.rows:
            raise DataError(
                "there is no row to evaluate on",
                detail=f"{staged.excluded_rows} rows have no label.",
                hint="Evaluation needs rows whose label is known.",
            )
        parts = [
            (served.encoding.encode_target(staged.read(start, start + len(found))), found)
            for start, found in _batches(served, staged)
        ]
    measured = metrics.measure(
        served.output,
        np.concatenate([truth for truth, _ in parts]),
        np.concatenate([found for _, found in parts]),
    )
    known = {name: value if np.isfinite(value) else None for name, value in measured.items()}
    return {"rows": staged.rows, **known}


def _batches(served: Served, staged: Staged) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the first position and the predictions of each batch of staged rows."""
    for start, stop in staged.batches(0, staged.rows, chunk_rows(served.encoding)):
        yield start, served.predict(staged.read(start, stop))


def _output_table(output: str) -> sql.Identifier:
    named = parse_source(output)
    if named.relation is None:
        raise InvalidArgument(
            "output must be the name of a new table",
            detail=f"It is {output!r}.",
            hint="Write 'predictions' or 'my_schema.predictions'.",
        )
    path = [named.relation] if named.schema is None else [named.schema, named.relation]
    return sql.Identifier(*path)


def _create_output(context: Context, output: Output, table: sql.Identifier, staged: Staged) -> None:
    assert staged.plan.key is not None
    key = staged.plan.key.name
    if key in _RESERVED:
        raise InvalidArgument(
            f'the key cannot be called "{key}"',
            detail="The output table has columns " + ", ".join(_RESERVED) + " of its own.",
            hint=f'Rename it in the source: select "{key}" as id, ... from ...',
        )
    statement = sql.SQL("create table {} as select key as {}, {} from {} limit 0").format(
        table,
        sql.Identifier(key),
        sql.SQL(", ").join(
            sql.SQL(f"null::{type_} as {name}") for name, type_ in _columns(output).items()
        ),
        sql.SQL(staged.table),
    )
    name = table.as_string(None)
    if context.caller.fetch("select to_regclass($1::text) is not null as there", name)[0]["there"]:
        raise DuplicateTable(
            f"table {name} exists already",
            detail="Bulk prediction writes a table of its own.",
            hint="Drop the table first, or name another one.",
        )
    context.caller.execute(statement.as_string(None))


def _insert(
    context: Context,
    output: Output,
    table: sql.Identifier,
    staged: Staged,
    start: int,
    predictions: np.ndarray,
) -> None:
    columns = _columns(output)
    values = {
        "prediction": labels(output, predictions),
        "score": scores(output, predictions).tolist() if "score" in columns else None,
        "probabilities": list(map(json.dumps, probabilities(output, predictions))),
    }
    wanted = [(name, type_, values[name]) for name, type_ in columns.items()]
    statement = sql.SQL(
        "insert into {} select s.key, {} from {} s join unnest({}) with ordinality as p ({}, n)"
        " on s.position = $1::bigint + p.n - 1"
    ).format(
        table,
        sql.SQL(", ").join(sql.SQL(f"p.{name}::{type_}") for name, type_, _ in wanted),
        sql.SQL(staged.table),
        sql.SQL(", ").join(
            sql.SQL(f"${i}::{'float8' if name == 'score' else 'text'}[]")
            for i, (name, _, _) in enumerate(wanted, 2)
        ),
        sql.SQL(", ").join(sql.SQL(name) for name, _, _ in wanted),
    )
    context.caller.execute(statement.as_string(None), start, *(value for _, _, value in wanted))


def _columns(output: Output) -> dict[str, str]:
    """Return the types of the output table's columns behind the key."""
    if output.task != "regression":
        return {"prediction": "text", "score": "float8", "probabilities": "jsonb"}
    if output.units == 1:
        return {"prediction": "float8", "score": "float8"}
    return {"prediction": "float8[]", "probabilities": "jsonb"}
