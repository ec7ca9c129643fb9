"""The verbs that prepare, search, predict in bulk, register and drop."""

from __future__ import annotations

import json
from typing import Any

from cerebro_db.context import Context
from cerebro_db.dataset.request.request import Request
from cerebro_db.driving import pool
from cerebro_db.driving.options import Options
from cerebro_db.search import SpaceDocument
from cerebro_db.udf.arguments import given, names_of, object_of
from cerebro_db.udf.context import verb
from cerebro_db.udf.documents import read_json
from cerebro_db.udf.rows import array_of
from cerebro_db.verbs import bulk, control, queue
from cerebro_db.verbs import out_of_fold as out_of_fold_verb
from cerebro_db.verbs.code import register_code as put_down_code
from cerebro_db.verbs.describe import describe as describe_run
from cerebro_db.verbs.drop import drop as drop_object
from cerebro_db.verbs.fit import fit as fit_run
from cerebro_db.verbs.model import register
from cerebro_db.verbs.prepare import prepare as prepare_dataset
from cerebro_db.verbs.request import Fit
from cerebro_db.verbs.resume import resume as resume_run


@verb
def prepare(
    context: Context,
    dataset: str | None,
    source: str | None,
    target: str | None,
    features: list[str] | None,
    task: str | None,
    validation: str | None,
    partitions: int | None,
    encode: str | None,
    replace: bool | None,
    options: str | None,
) -> str:
    """cerebro_prepare."""
    of_rows = Options.parse(object_of(options, "options"), only=Options.ROWS)
    request = Request(
        source=given(source, "source"),
        target=given(target, "target"),
        features=None if features is None else names_of(features),
        task=task,
        validation="0.2" if validation is None else validation,
        partitions=partitions,
        encode=object_of(encode, "encode"),
        seed=0,
        weights=of_rows.weights,
        key=of_rows.key,
        group=of_rows.group,
        order=of_rows.order,
    )
    made = prepare_dataset(context, dataset, request, replace=bool(replace))
    row = made.row
    return array_of(
        [
            {
                "dataset": row.name,
                "task": row.task,
                "rows": row.rows,
                "validation_rows": row.validation_rows,
                "partitions": row.partitions,
                "features": made.features,
                "bytes": row.bytes,
            }
        ]
    )


@verb
def fit(context: Context, *arguments: Any) -> str:
    """cerebro_fit; the arguments are those of ``_fit_of``."""
    request = _fit_of(*arguments)
    return array_of(fit_run(context, request))


@verb
def submit(context: Context, *arguments: Any) -> int:
    """cerebro_submit; the arguments are those of ``_fit_of``."""
    request = _fit_of(*arguments)
    return queue.submit(context, request)


@verb
def run_queue(context: Context, most: int | None) -> int:
    """cerebro_run_queue."""
    return queue.run_queue(context, most)


@verb
def keep_warm(context: Context) -> int:
    """cerebro._keep_warm."""
    return pool.keep_warm(context)


@verb
def wait(context: Context, run: str | None) -> str:
    """cerebro_wait."""
    return queue.wait(context, given(run, "run"))


@verb
def resume(context: Context, run: str | None, config: int | None, epochs: int | None) -> str:
    """cerebro_resume."""
    return array_of(resume_run(context, given(run, "run"), config, epochs))


@verb
def stop(context: Context, run: str | None, config: int | None) -> None:
    """cerebro_stop."""
    control.stop(context, given(run, "run"), config)


@verb
def cancel(context: Context, run: str | None) -> None:
    """cerebro_cancel."""
    control.cancel(context, given(run, "run"))


@verb
def clone(
    context: Context,
    run: str | None,
    config: int | None,
    params: str | None,
    from_scratch: bool | None,
) -> int:
    """cerebro_clone."""
    return control.clone(
        context,
        given(run, "run"),
        given(config, "config"),
        object_of(params, "params"),
        from_scratch=bool(from_scratch),
    )


@verb
def add(context: Context, run: str | None, space: str | None, search: str | None) -> int:
    """cerebro_add."""
    return control.add(
        context,
        given(run, "run"),
        _space_of(given(space, "space")),
        object_of(search, "search"),
    )


def _space_of(document: str | None) -> SpaceDocument:
    """Return a space, whatever it is; reading it as a ``Space`` tells."""
    space: SpaceDocument = {} if document is None else read_json(document, "space")
    return space


def _fit_of(
    run: str | None,
    source: str | None,
    target: str | None,
    model: str | None,
    space: str | None,
    search: str | None,
    epochs: int | None,
    metric: str | None,
    workers: int | None,
    seed: int | None,
    options: str | None,
) -> Fit:
    """Return the arguments of cerebro_fit, and of cerebro_submit, with their defaults."""
    return Fit(
        run=given(run, "run"),
        source=given(source, "source"),
        target=target,
        model=object_of(model, "model"),
        space=_space_of(space),
        search=object_of(search, "search"),
        epochs=epochs,
        metric=metric,
        workers=workers,
        seed=seed or 0,
        options=Options.parse(object_of(options, "options")),
    )


@verb
def predict_table(
    context: Context,
    run: str | None,
    source: str | None,
    key: str | None,
    output: str | None,
    replace: bool | None = False,
    config: int | None = None,
) -> int:
    """cerebro_predict_table."""
    return bulk.predict_table(
        context,
        given(run, "run"),
        given(source, "source"),
        given(key, "key"),
        given(output, "output"),
        replace=bool(replace),
        config=config,
    )


@verb
def out_of_fold_chunks(context: Context, run: str | None, config: int | None) -> int:
    """cerebro_predictions: how many chunks there are."""
    return out_of_fold_verb.chunks(context, given(run, "run"), config)


@verb
def out_of_fold(context: Context, run: str | None, config: int | None, chunk: int) -> str:
    """cerebro_predictions: one chunk."""
    found = out_of_fold_verb.predictions(context, given(run, "run"), config, chunk)
    return array_of(found)


@verb
def evaluate(
    context: Context, run: str | None, source: str | None, config: int | None = None
) -> str:
    """cerebro_evaluate."""
    measured = bulk.evaluate(context, given(run, "run"), given(source, "source"), config)
    return json.dumps(measured)


@verb
def model(context: Context, name: str | None, definition: str | None) -> None:
    """cerebro_model."""
    register(context, name, object_of(given(definition, "definition"), "definition"))


@verb
def register_code(
    context: Context, name: str | None, kind: str | None, source: str | None, replace: bool | None
) -> None:
    """cerebro_register_code."""
    put_down_code(context, name, kind, given(source, "source"), replace=bool(replace))


@verb
def describe(
    context: Context, run: str | None, description: str | None, tags: list[str] | None
) -> None:
    """cerebro_describe."""
    describe_run(context, given(run, "run"), description, tags)


@verb
def drop(context: Context, name: str | None, kind: str | None) -> None:
    """cerebro_drop."""
    drop_object(context, given(name, "name"), given(kind, "kind"))
