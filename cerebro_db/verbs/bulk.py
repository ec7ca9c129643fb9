"""cerebro_predict_table and cerebro_evaluate: many rows, batch by batch, where the rows are."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import numpy as np
from psycopg import sql

from cerebro_db.context import Context
from cerebro_db.dataset.batches import Batches, open_batches
from cerebro_db.dataset.chunks import chunk_rows
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.errors import DataError, InvalidArgument
from cerebro_db.model import Spec
from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import task_of
from cerebro_db.serving.serve import Served, serve
from cerebro_db.session.client import ClientSession
from cerebro_db.store import code, configs
from cerebro_db.tensors import pack, unpack
from cerebro_db.training import mean_loss, metrics
from cerebro_db.verbs import output_table
from cerebro_db.verbs.batch import FOUND, THRESHOLDS, TRUTH, WEIGHTS
from cerebro_db.words import counted

# The output table's own columns: one row for each of the answers of a batch.
_UNPACKED = {
    "prediction": "unnest((b.found).prediction::text[])",
    "score": "unnest((b.found).score::float8[])",
    "probabilities": "jsonb_array_elements((b.found).probabilities)",
}
# By what a prediction is, see ``Task.prediction``.
_PREDICTIONS = {"text": "text", "number": "double precision", "numbers": "double precision[]"}


def predict_table(
    context: Context,
    run: str,
    source: str,
    key: str,
    output: str,
    *,
    replace: bool,
    config: int | None = None,
) -> int:
    """Predict all rows of a source into a table; return how many there were.

    All are predicted by one configuration: the best as the call begins, or the one of this number.
    A table that is there is filled anew if it is to be replaced: what depends on it stays.

    The table has the key under its own name and in its own type, ``prediction`` (text; double
    precision for one regression target), ``score`` (not for several regression targets) and
    ``probabilities`` (jsonb; not for one regression target).

    Raises:
        UndefinedColumn: the source lacks the key or a feature.
        InvalidArgument: ``output`` is no name of a table, or the key cannot be a column of it.
        DuplicateTable: the table exists, and is not to be replaced or has other columns.
    """
    context.require_writable()
    served = serve(context.caller, context.moment, run, config)
    table = output_table.find(context, output, replace=replace)
    with _rows(context, served, source, key=key) as rows:
        columns = _columns(served.output)
        found = sql.SQL(", ").join(
            sql.SQL(f"{_UNPACKED[name]}::{type_}") for name, type_ in columns.items()
        )
        insert = sql.SQL("insert into {} select unnest(b.keys), {} from ({}) as b (keys, found)")
        with output_table.filled(context, table, _key(rows.selection) | columns) as into:
            for batch in rows.each_batch(
                [rows.batch_keys, _call("_predict_batch", run, served, rows)]
            ):
                context.caller.execute(insert.format(into, found, batch).as_string(None))
    count = sql.SQL("select count(*) as rows from {}").format(table.name).as_string(None)
    written: int = context.caller.fetch(count)[0]["rows"]
    context.once_committed(f"{output} has {counted(written, 'row')}, for all to see")
    with context.control() as control:
        context.audit(
            control,
            *("predict_table", "run", run),
            source=source,
            output=output,
            rows=written,
            **_asked(config),
        )
    return written


def evaluate(context: Context, run: str, source: str, config: int | None = None) -> dict[str, Any]:
    """Return loss and metrics of a configuration on labelled rows, and their number; rows count by
    their weights where training weighed them and the source has the column.

    It is the best of the run as the call begins, or the one of this number.

    Raises:
        UndefinedColumn: the source lacks the label or a feature.
        DataError: it has no row with a label.
    """
    context.require_writable()
    served = serve(context.caller, context.moment, run, config)
    with _rows(context, served, source, labels=True) as rows:
        select = sql.SQL("select payload from ({}) as b (payload)")
        parts = [
            unpack(row["payload"])
            for batch in rows.each_batch([_call("_evaluate_batch", run, served, rows)])
            for row in context.caller.stream(select.format(batch).as_string(None))
        ]
    if not parts:
        raise DataError(
            "there is no row to evaluate on",
            detail="No row of the source has a label.",
            hint="Evaluation needs rows whose label is known.",
        )
    truth = np.concatenate([part[TRUTH] for part in parts])
    found = np.concatenate([part[FOUND] for part in parts])
    weights = None
    if all(WEIGHTS in part for part in parts):
        weights = np.concatenate([part[WEIGHTS] for part in parts])
        if not weights.any():
            raise DataError(
                "there is no row to evaluate on",
                detail="All rows of the source have the weight 0.",
                hint="Leave the column of weights out to have all rows count the same.",
            )
    with context.control() as control:
        measured = _measured(control, served, truth, found, weights)
        context.audit(
            control, "evaluate", "run", run, source=source, rows=len(truth), **_asked(config)
        )
    known = {name: value if np.isfinite(value) else None for name, value in measured.items()}
    return {"rows": len(truth), **known}


def _asked(config: int | None) -> dict[str, Any]:
    """Return what the audit trail says of a configuration that was asked for."""
    return {} if config is None else {"config": config}


def _rows(
    context: Context, served: Served, source: str, *, key: str | None = None, labels: bool = False
) -> AbstractContextManager[Batches]:
    encoding = served.encoding
    read = partial(context.server.batches, context.control, rows=chunk_rows(encoding))
    return open_batches(context.caller, encoding, source, read=read, key=key, labels=labels)


def _measured(
    control: ClientSession,
    served: Served,
    truth: np.ndarray,
    found: np.ndarray,
    weights: np.ndarray | None,
) -> metrics.Metrics:
    """Return loss and metrics; a session of our own executes the code of registered ones."""
    # The members of an ensemble may differ in their losses: that of the first counts.
    network = served.head.networks[0]
    document = configs.spec(control, network.id, network.config)
    spec = Spec.from_json(document)
    thresholds = served.thresholds
    if spec.registered("metric") or spec.registered("loss"):
        rows = {TRUTH: truth, FOUND: found}
        if thresholds is not None:
            rows[THRESHOLDS] = thresholds
        if weights is not None:
            rows[WEIGHTS] = weights
        return metrics.stored(code.measure(control, document, pack(rows)))
    loss = mean_loss(spec, truth, found, weights)
    measured = metrics.measure(served.output, truth, found, thresholds=thresholds, weights=weights)
    return {"loss": loss, **measured}


def _call(function: str, run: str, served: Served, rows: Batches) -> sql.Composable:
    """Return the call that takes one batch, which runs where the batch is.

    It names the configuration: which is the best may change meanwhile.
    """
    return sql.SQL("cerebro.{}({}, {}, {}, {})").format(
        sql.SQL(function),
        sql.Literal(run),
        sql.Literal(json.dumps(rows.layout.to_json())),
        rows.layout.record,
        sql.Literal(served.head.config),
    )


def _key(selection: Selection) -> dict[str, str]:
    """Return the key's column of the output table."""
    assert selection.key is not None
    key = selection.key
    if key.name in _UNPACKED:
        raise InvalidArgument(
            f'the key cannot be called "{key.name}"',
            detail="The output table has columns " + ", ".join(_UNPACKED) + " of its own.",
            hint=f'Rename it in the source: select "{key.name}" as id, ... from ...',
        )
    return {key.name: key.type}


def _columns(output: Output) -> dict[str, str]:
    """Return the types of the output table's columns behind the key."""
    task = task_of(output)
    predicted = task.prediction(output)
    columns = {"prediction": _PREDICTIONS[predicted]}
    if task.has_score(output):
        columns["score"] = "double precision"
    # The one number says it all.
    return columns if predicted == "number" else columns | {"probabilities": "jsonb"}
