"""Fitters over batches of rows, in one process or in many: what each learned is merged into one.

A process elsewhere rebuilds the fitters, has them learn from its own batches, and hands back their
partial results, which are small and plain JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cerebro_db.dataset.columns import Column, Columns
from cerebro_db.dataset.features import FITTERS, Learner
from cerebro_db.dataset.fitting.row_weights import RowWeights
from cerebro_db.dataset.fitting.target_bins import TargetBins

LEARNERS: dict[str, type[Learner]] = {
    **FITTERS,
    **{learner.__name__: learner for learner in (TargetBins, RowWeights)},
}


def learn(fitters: Iterable[Learner], columns: Columns, *, training: bool) -> None:
    """Have the fitters check a batch of rows and, if they are for training, learn from them."""
    for fitter in fitters:
        fitter.see(columns, training=training)


def fitters_to_json(fitters: Iterable[Learner]) -> list[dict[str, Any]]:
    """Return as plain JSON values what a process elsewhere needs to learn the same."""
    return [fitter.to_json() for fitter in fitters]


def fitters_from_json(documents: Iterable[Mapping[str, Any]]) -> list[Learner]:
    """Return new fitters, which have seen no row, of what ``fitters_to_json`` wrote."""
    return [
        LEARNERS[document["class"]](
            Column(**document["column"]), document["options"], document["why"]
        )
        for document in documents
    ]


def partials(fitters: Iterable[Learner]) -> list[dict[str, Any]]:
    """Return as plain JSON values all that the fitters have found and learned so far."""
    return [fitter.partial() for fitter in fitters]


def merge(fitters: Sequence[Learner], partials: Sequence[Mapping[str, Any]]) -> None:
    """Add to each fitter what another one for the same column has found and learned."""
    for fitter, partial in zip(fitters, partials, strict=True):
        fitter.merge(partial)
