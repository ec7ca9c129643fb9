"""cerebro_predictions: each training row as the networks of its fold predict it."""

from __future__ import annotations

import json
from typing import Any

from cerebro_db.context import Context
from cerebro_db.driving.place import place_of
from cerebro_db.driving.rows import require_dataset
from cerebro_db.errors import InvalidArgument
from cerebro_db.folds import Folds
from cerebro_db.model.tasks import task_of
from cerebro_db.serving.mean import mean_of
from cerebro_db.serving.serve import Served, serve
from cerebro_db.session.client import ClientSession
from cerebro_db.store import datasets, runs
from cerebro_db.tensors import unpack
from cerebro_db.training import Predictor
from cerebro_db.verbs.answers import labels, probabilities, scores


def chunks(context: Context, run: str, config: int | None) -> int:
    """Return how many chunks have rows that the network of their fold has not seen.

    Raises:
        UndefinedName, NotPermitted: there is no such run, or its rows are another's.
        InvalidArgument: it has no folds, or no key of rows, or keeps no such configuration.
        DataError: a backup has left out its rows.
    """
    with context.control() as control:
        dataset, folds = _dataset(context, control, run)
        _served(context, run, config)
        return len(_places(context, control, dataset, folds))


def predictions(context: Context, run: str, config: int | None, chunk: int) -> list[dict[str, Any]]:
    """Return key, fold, prediction, score and probabilities of each row of a chunk, from 1; see
    ``chunks``."""
    with context.control() as control:
        dataset, folds = _dataset(context, control, run)
        served = _served(context, run, config)
        partition, seq = _places(context, control, dataset, folds)[chunk - 1]
        payload, keys = context.server.keyed_chunk(control, dataset.id, partition, seq)
    fold = folds.of(partition)
    found = _of_fold(served, fold).predict(unpack(payload))
    output = served.output
    scored = task_of(output).has_score(output)
    numbers = scores(output, found).tolist() if scored else [None] * len(keys)
    said = labels(output, found, served.thresholds)
    rows = zip(keys, said, numbers, probabilities(output, found), strict=True)
    return [
        {
            "key": key,
            "fold": fold,
            "prediction": label,
            "score": score,
            "probabilities": json.loads(each),
        }
        for key, label, score, each in rows
    ]


def _dataset(context: Context, control: ClientSession, run: str) -> tuple[datasets.Dataset, Folds]:
    found = runs.get(control, run, context.role, "use")
    datasets.get(control, found.dataset, context.role, "use")
    require_dataset(context, control, found)
    dataset = datasets.load(control, found.dataset_id)
    folds = place_of(found, dataset).folds
    if not folds.count:
        raise InvalidArgument(
            f'run "{run}" has no folds',
            detail="Its configurations have seen all training rows.",
            hint="Train with validation := '5 folds' for predictions of rows that a network has"
            " not seen.",
        )
    if dataset.key is None:
        raise InvalidArgument(
            f'the rows of dataset "{dataset.name}" have no key',
            detail="Its source has no primary key of one column, and none was stated.",
            hint="""Prepare it again, say with options := '{"key": "id"}'.""",
        )
    return dataset, folds


def _served(context: Context, run: str, config: int | None) -> Served:
    return serve(context.caller, context.moment, run, config, of_folds=True)


def _of_fold(served: Served, fold: int) -> Predictor:
    """Return the network of a fold; of an ensemble, the mean of its members' networks of it."""
    named = zip(served.head.networks, served.head.weights, strict=True)
    own = [(served.networks[network], weight) for network, weight in named if network.fold == fold]
    predictors, weights = zip(*own, strict=True)
    return mean_of(predictors, [weight / sum(weights) for weight in weights])


def _places(
    context: Context, control: ClientSession, dataset: datasets.Dataset, folds: Folds
) -> list[tuple[int, int]]:
    """Return partition and number of the chunks whose rows are in a fold."""
    there = context.server.training_chunks(control, dataset.id)
    return [(partition, seq) for partition, seq in there if folds.of(partition)]
