"""The facts of a run that its units have in common, from its row and its dataset's."""

from __future__ import annotations

from cerebro_db.driving.options import Options
from cerebro_db.engines import RunPlace
from cerebro_db.store import datasets, runs


def place_of(run: runs.Run, dataset: datasets.Dataset) -> RunPlace:
    """Return what engine and server know a run by."""
    return RunPlace(
        run=run.id,
        dataset=dataset.id,
        seed=run.seed,
        partitions=dataset.partitions,
        epochs=run.epochs,
        validate=dataset.validation_rows > 0,
        durability=Options.stored(run.options).durability,
        fold_count=dataset.folds,
        forward=dataset.forward,
        outputs=tuple(dataset.encoding.get("folds", ())),
    )
