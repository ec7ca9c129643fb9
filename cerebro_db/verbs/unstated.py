"""The search where model, space and search are left open: by what kinds of inputs there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cerebro_db.driving.resolve import Resolve
from cerebro_db.errors import InvalidArgument, LimitExceeded
from cerebro_db.model.cost.step import training_work
from cerebro_db.model.signature import Signature
from cerebro_db.search import (
    DefaultSearch,
    Start,
    default_search,
    default_space,
    limits_of,
    step_work,
)
from cerebro_db.verbs.request import Fit
from cerebro_db.words import counted

# What reads inputs that are no columns of a table.
_READERS = {"image": "cnn", "text": "text"}


def unstated(request: Fit, signature: Signature, rows: int, resolve: Resolve) -> DefaultSearch:
    """Return the search of a request that states nothing.

    Args:
        signature: that of the dataset.
        rows: its training rows.
        resolve: makes a configuration of a candidate.
    """
    found = _found(request, signature, rows, resolve)
    return replace(found, search={**request.search, **found.search})


def _found(request: Fit, signature: Signature, rows: int, resolve: Resolve) -> DefaultSearch:
    task = signature.output.task
    for item in signature.inputs:
        if (family := _READERS.get(item.kind)) is not None:
            grid = default_space(family, (), rows, task)
            return DefaultSearch({"family": [family], **grid}, {}, request.epochs)

    def work(params: dict[str, Any]) -> int | None:
        try:
            spec = resolve(params)
        except (InvalidArgument, LimitExceeded):
            return None
        size = min(spec.batch_size, rows)
        return -(-rows // size) * step_work(training_work(spec, size))

    seconds = limits_of(request.search).seconds
    return default_search(task, rows, work, seconds=seconds, epochs=request.epochs)


def described(starts: Sequence[Start], epochs: int) -> str:
    """Return in words what is tried where nobody said it."""
    families = dict.fromkeys(start.candidate.params["family"] for start in starts)
    tried = f"{counted(len(starts), 'configuration')} of {', '.join(families)}"
    return f"nothing else is stated, so it tries {tried}, for up to {counted(epochs, 'epoch')}"
