"""cerebro_predict_table and cerebro_evaluate: many rows, batch by batch, where the rows are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from psycopg import sql

from cerebro_db.dataset import Staged, chunk_rows, parse_source, stage_for
from cerebro_db.errors import DataError, DuplicateTable, InvalidArgument
from cerebro_db.model.signature import Output
from cerebro_db.tensors import unpack
from cerebro_db.training import metrics
from cerebro_db.verbs.batch import FOUND, TRUTH
from cerebro_db.verbs.context import Context
from cerebro_db.verbs.serve import Served, serve

_RESERVED = ("prediction", "score", "probabilities")

_EXISTS = """
select count(*) as found
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relname = $1::text and n.nspname = coalesce($2::text, current_schema())
"""


def predict_table(context: Context, run: str, source: str, key: str, output: str) -> int:
    """Predict all rows of a source into a new table; return how many there were.

    The table has the key under its own name and in its own type, ``prediction`` (text; double
    precision for one regression target), ``score`` (not for several regression targets) and
    ``probabilities`` (jsonb; not for one regression target).

    Raises:
        UndefinedColumn: the source lacks the key or a feature.
        InvalidArgument: ``output`` is no name of a table, or the key cannot be a column of it.
        DuplicateTable: the table exists.
    """
    context.require_writable()
    served = serve(context, run)
    table = _output_table(context, output)
    with _staged(context, served, source, key=key) as staged:
        _create_output(context, served.output, table, staged)
        found = sql.SQL(", ").join(
            sql.SQL(f"unnest((b.found).{name})::{type_}")
            for name, type_ in _columns(served.output).items()
        )
        insert = sql.SQL("insert into {} select unnest(b.keys), {} from ({}) as b (keys, found)")
        # Predictions come in the order of positions, wherever the batch is.
        keys = sql.SQL("array_agg(key order by position)")
        aggregates = [keys, _call("_predict_batch", run, staged)]
        for batch in staged.each_batch(aggregates, chunk_rows(served.encoding)):
            context.caller.execute(insert.format(table, found, batch).as_string(None))
        return staged.rows


def evaluate(context: Context, run: str, source: str) -> dict[str, Any]:
    """Return the metrics of a run's best configuration on labelled rows, and their number.

    Raises:
        UndefinedColumn: the source lacks the label or a feature.
        DataError: it has no row with a label.
    """
    context.require_writable()
    served = serve(context, run)
    with _staged(context, served, source, labels=True) as staged:
        if not staged.rows:
            raise DataError(
                "there is no row to evaluate on",
                detail=f"{staged.excluded_rows} rows have no label.",
                hint="Evaluation needs rows whose label is known.",
            )
        select = sql.SQL("select payload from ({}) as b (payload)")
        parts = [
            unpack(row["payload"])
            for batch in staged.each_batch(
                [_call("_evaluate_batch", run, staged)], chunk_rows(served.encoding)
            )
            for row in context.caller.fetch(select.format(batch).as_string(None))
        ]
    measured = metrics.measure(
        served.output,
        np.concatenate([part[TRUTH] for part in parts]),
        np.concatenate([part[FOUND] for part in parts]),
    )
    known = {name: value if np.isfinite(value) else None for name, value in measured.items()}
    return {"rows": staged.rows, **known}


@contextmanager
def _staged(
    context: Context, served: Served, source: str, *, key: str | None = None, labels: bool = False
) -> Iterator[Staged]:
    stage = partial(context.server.stage, context.control)
    with stage_for(
        context.caller, served.encoding, source, stage=stage, key=key, labels=labels
    ) as staged:
        yield staged


def _call(function: str, run: str, staged: Staged) -> sql.Composable:
    """Return the call that takes one batch, which runs where the batch is."""
    return sql.SQL("cerebro.{}({}, {}, {})").format(
        sql.SQL(function),
        sql.Literal(run),
        sql.Literal(json.dumps(staged.reading.to_json())),
        staged.reading.record,
    )


def _output_table(context: Context, output: str) -> sql.Identifier:
    named = parse_source(output)
    if named.relation is None:
        raise InvalidArgument(
            "output must be the name of a new table",
            detail=f"It is {output!r}.",
            hint="Write 'predictions' or 'my_schema.predictions'.",
        )
    path = [named.relation] if named.schema is None else [named.schema, named.relation]
    table = sql.Identifier(*path)
    if context.caller.fetch(_EXISTS, named.relation, named.schema)[0]["found"]:
        raise DuplicateTable(
            f"table {table.as_string(None)} exists already",
            detail="Bulk prediction writes a table of its own.",
            hint="Drop the table first, or name another one.",
        )
    return table


def _create_output(context: Context, output: Output, table: sql.Identifier, staged: Staged) -> None:
    assert staged.plan.key is not None
    key = staged.plan.key
    if key.name in _RESERVED:
        raise InvalidArgument(
            f'the key cannot be called "{key.name}"',
            detail="The output table has columns " + ", ".join(_RESERVED) + " of its own.",
            hint=f'Rename it in the source: select "{key.name}" as id, ... from ...',
        )
    if key.send == "array_send":
        raise InvalidArgument(
            f'the key cannot be an array, as "{key.name}" is',
            detail=f"Its type is {key.type}.",
            hint=f'Cast it in the source: select "{key.name}"::text as id, ... from ...',
        )
    statement = sql.SQL("create table {} as select key as {}, {} from {} limit 0 {}").format(
        table,
        sql.Identifier(key.name),
        sql.SQL(", ").join(
            sql.SQL(f"null::{type_} as {name}") for name, type_ in _columns(output).items()
        ),
        sql.SQL(staged.table),
        sql.SQL(context.server.distribution),
    )
    context.caller.execute(statement.as_string(None))


def _columns(output: Output) -> dict[str, str]:
    """Return the types of the output table's columns behind the key."""
    if output.task != "regression":
        return {"prediction": "text", "score": "float8", "probabilities": "jsonb"}
    if output.units == 1:
        return {"prediction": "float8", "score": "float8"}
    return {"prediction": "float8[]", "probabilities": "jsonb"}
