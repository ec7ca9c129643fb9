"""Losses of predictions that are there, and the same in training's graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from small_datasets import ALL_KINDS, BINARY, LABELS, THREE, VALUES, spec_of

from cerebro_db.model.losses import LOSSES
from cerebro_db.model.signature import Output
from cerebro_db.training import mean_loss
from cerebro_db.training.forward import in_own_units
from cerebro_db.training.keras.losses import predictions, row_losses
from cerebro_db.training.keras.rates import Rates

WEIGHED = {
    "binary": {"yes": 3},
    "multiclass": {"b": 2, "c": 0.5},
    "multilabel": {"q": 4},
}
CASES = [
    (output, {"loss": loss, **more})
    for output in (BINARY, THREE, LABELS, VALUES)
    for loss in LOSSES[output.task]
    for more in (
        [{}]
        if output.task == "regression"
        else [{}, {"label_weights": WEIGHED[output.task]}, {"label_smoothing": 0.2}]
    )
]


@pytest.mark.parametrize(("output", "stated"), CASES)
def test_losses_are_those_that_training_measures(output: Output, stated: dict[str, Any]) -> None:
    spec = spec_of({"family": "linear", **stated}, ALL_KINDS, output)
    draw = np.random.default_rng(1)
    logits = draw.normal(0, 2, (200, output.units)).astype(np.float32)
    if output.task == "multiclass":
        targets = draw.integers(0, 3, 200).astype(np.int32)
    elif output.task == "regression":
        targets = draw.normal(0, 1, logits.shape).astype(np.float32)
    else:
        targets = draw.integers(0, 2, logits.shape).astype(np.float32)
        targets = targets[:, 0] if output.task == "binary" else targets
    rates = {"label_smoothing": tf.constant(spec.label_smoothing, tf.float32)}
    expected = row_losses(spec, Rates(rates), tf.constant(logits), tf.constant(targets))
    found = in_own_units(output, predictions(output, tf.constant(logits)).numpy())
    assert mean_loss(spec, targets, found) == pytest.approx(
        float(tf.reduce_mean(expected)), rel=1e-4
    )
