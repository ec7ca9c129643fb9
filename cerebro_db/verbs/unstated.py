"""The search where model, space and search are left open: by what kinds of inputs there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cerebro_db.driving.resolve import Resolve, encoding_of
from cerebro_db.folds import Folds
from cerebro_db.model.cost.step import training_work
from cerebro_db.search import (
    DefaultSearch,
    Start,
    default_search,
    default_space,
    limits_of,
    step_work,
)
from cerebro_db.store import datasets
from cerebro_db.verbs.request import Fit
from cerebro_db.words import counted

# What reads inputs that are no columns of a table.
_READERS = {"image": "cnn", "text": "text"}


def unstated(request: Fit, dataset: datasets.Dataset, resolve: Resolve) -> DefaultSearch:
    """Return the search of a request that states nothing.

    Args:
        resolve: makes a configuration of a candidate.

    Raises:
        InvalidArgument, LimitExceeded: nothing that is tried suits the dataset.
    """
    found = _found(request, dataset, resolve)
    return replace(found, search={**request.search, **found.search})


def _found(request: Fit, dataset: datasets.Dataset, resolve: Resolve) -> DefaultSearch:
    rows, signature = dataset.rows, encoding_of(dataset).signature
    for item in signature.inputs:
        if (family := _READERS.get(item.kind)) is not None:
            grid = default_space(family, (), rows, signature.output.task)
            return DefaultSearch({"family": [family], **grid}, {})

    folds = Folds(dataset.partitions, dataset.folds, dataset.forward)
    trained = sum(len(folds.trained(fold)) for fold in folds.networks)

    def work(params: dict[str, Any]) -> int:
        spec = resolve(params)
        size = min(spec.batch_size, rows)
        whole = -(-rows // size) * step_work(training_work(spec, size))
        return whole * trained // dataset.partitions

    return default_search(
        signature.output.task,
        rows,
        work,
        networks=len(folds.networks),
        seconds=limits_of(request.search).seconds,
        epochs=request.epochs,
    )


def described(starts: Sequence[Start], epochs: int) -> str:
    """Return in words what is tried where nobody said it."""
    families = dict.fromkeys(start.candidate.params["family"] for start in starts)
    tried = f"{counted(len(starts), 'configuration')} of {', '.join(families)}"
    return f"nothing else is stated, so it tries {tried}, for up to {counted(epochs, 'epoch')}"
