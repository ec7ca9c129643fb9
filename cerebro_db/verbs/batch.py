"""One batch of rows, predicted where it is: what bulk verbs call through SQL."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cerebro_db.context import Context
from cerebro_db.dataset.staged.layout import StagedLayout
from cerebro_db.dataset.values.float32 import all_finite
from cerebro_db.model.tasks import task_of
from cerebro_db.serving.serve import Served, serve
from cerebro_db.tensors import pack
from cerebro_db.verbs.answers import array, labels, probabilities, scores

# Names of the tensors that ``evaluate_batch`` packs, and of what may stand beside them: thresholds,
# and weights of rows where rows are weighed and these are known.
TRUTH, FOUND, THRESHOLDS, WEIGHTS = "truth", "found", "thresholds", "weights"


@dataclass(frozen=True)
class Answers:
    """Predictions of a batch as columns, in the order of its rows.

    They are literals of arrays, and one of JSON: PL/Python would convert lists item by item, which
    takes longer than to predict them.
    """

    prediction: str
    score: str | None
    probabilities: str


def predict_batch(
    context: Context, run: str, layout: StagedLayout, payload: bytes, config: int | None
) -> Answers:
    """Return what a run predicts for a batch.

    Args:
        payload: ``layout.record`` of the batch.
        config: the configuration that predicts; None: the best.
    """
    served = serve(context.caller, context.moment, run, config)
    predictions = _predictions(served, layout, payload)
    output = served.output
    scored = task_of(output).has_score(output)
    numbers = map(repr, scores(output, predictions).tolist()) if scored else []
    return Answers(
        array(labels(output, predictions, served.thresholds)),
        "{" + ",".join(numbers) + "}" if scored else None,
        "[" + ",".join(probabilities(output, predictions)) + "]",
    )


def evaluate_batch(
    context: Context, run: str, layout: StagedLayout, payload: bytes, config: int | None
) -> bytes:
    """Return the packed targets and predictions of a labelled batch, and the weights of its rows
    where these are read; see ``predict_batch``."""
    served = serve(context.caller, context.moment, run, config)
    columns = layout.columns_of_record(payload)
    truth: np.ndarray = served.encoding.encode_target(columns)
    found = {TRUTH: truth, FOUND: served.predict(columns)}
    weights = served.encoding.weights
    if weights is not None and weights.column in columns:
        found[WEIGHTS] = weights.encode(columns)
    return pack(found)


def _predictions(served: Served, layout: StagedLayout, payload: bytes) -> np.ndarray:
    encoding = served.encoding
    values = layout.numbers_of_record(payload) if encoding.only_numbers else None
    # Of NULL and infinity that would only be found out after they were encoded.
    inputs = encoding.encode_numbers(values) if values is not None and all_finite(values) else None
    if inputs is None:
        return served.predict(layout.columns_of_record(payload))
    return served.predict_inputs(inputs)
