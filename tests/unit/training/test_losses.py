"""Losses of predictions that are there, and the same in training's graph."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from small_datasets import ALL_KINDS, BINARY, LABELS, THREE, VALUES, spec_of

from cerebro_db.model import Spec
from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import TASKS, task_of
from cerebro_db.training import mean_loss
from cerebro_db.training.keras.heads import joint_logits
from cerebro_db.training.keras.losses import predictions
from cerebro_db.training.tensorflow.losses import row_losses
from cerebro_db.training.tensorflow.rates import Rates

WEIGHED = {
    "binary": {"yes": 3},
    "multiclass": {"b": 2, "c": 0.5},
    "multilabel": {"q": 4},
}
CASES = [
    (output, {"loss": loss, **more})
    for output in (BINARY, THREE, LABELS, VALUES)
    for loss in TASKS[output.task].losses
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
    targets = _targets(output, draw)
    expected = row_losses(spec, _rates(spec), tf.constant(logits), tf.constant(targets))
    found = task_of(output).in_own_units(output, predictions(output, tf.constant(logits)).numpy())
    assert mean_loss(spec, targets, found) == pytest.approx(
        float(tf.reduce_mean(expected)), rel=1e-4
    )


@pytest.mark.parametrize(("output", "stated"), CASES)
def test_heads_learn_each_by_itself(output: Output, stated: dict[str, Any]) -> None:
    spec = spec_of({"family": "linear", **stated}, ALL_KINDS, output)
    draw = np.random.default_rng(2)
    logits = draw.normal(0, 2, (200, 5, output.units)).astype(np.float32)
    targets = tf.constant(_targets(output, draw))
    found = row_losses(spec, _rates(spec), tf.constant(logits), targets)
    each = [row_losses(spec, _rates(spec), tf.constant(logits[:, i]), targets) for i in range(5)]
    np.testing.assert_allclose(found, np.mean(each, axis=0), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("output", [BINARY, THREE, LABELS, VALUES])
def test_heads_answer_together_by_the_mean_of_their_predictions(output: Output) -> None:
    draw = np.random.default_rng(3)
    # Heads that are sure, and of the opposite, among them.
    logits = draw.normal(0, 30, (200, 5, output.units)).astype(np.float32)
    found = predictions(output, joint_logits(output, tf.constant(logits)))
    each = [predictions(output, tf.constant(logits[:, i])).numpy() for i in range(5)]
    np.testing.assert_allclose(found, np.mean(each, axis=0), rtol=1e-4, atol=1e-6)


class Sequences(Output):
    """A class for each of six places of a row."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (6, self.units)


@pytest.mark.parametrize("stated", [{}, {"loss": "focal", "label_weights": {"b": 2}}])
def test_a_row_may_have_several_predictions(stated: dict[str, Any]) -> None:
    one = spec_of({"family": "linear", "label_smoothing": 0.1, **stated}, ALL_KINDS, THREE)
    several = replace(one, signature=replace(one.signature, output=Sequences(**vars(THREE))))
    draw, rates = np.random.default_rng(4), _rates(one)
    logits = tf.constant(draw.normal(0, 2, (50, 5, 6, 3)), tf.float32)
    targets = tf.constant(draw.integers(0, 3, (50, 6)), tf.int32)
    each = [
        [row_losses(one, rates, logits[:, head, place], targets[:, place]) for place in range(6)]
        for head in range(5)
    ]
    of_heads = row_losses(several, rates, logits, targets)
    np.testing.assert_allclose(of_heads, np.mean(each, axis=(0, 1)), rtol=1e-4, atol=1e-6)
    joint = joint_logits(several.signature.output, logits)
    assert joint.shape == (50, 6, 3)
    found = predictions(several.signature.output, joint).numpy()
    of_each = predictions(THREE, logits).numpy()
    np.testing.assert_allclose(found, of_each.mean(axis=1), rtol=1e-4)
    expected = row_losses(several, rates, joint, targets)
    assert mean_loss(several, targets.numpy(), found) == pytest.approx(
        float(tf.reduce_mean(expected)), rel=1e-4
    )


def _targets(output: Output, draw: np.random.Generator) -> np.ndarray:
    shape = (200, output.units)
    if output.task == "multiclass":
        return draw.integers(0, 3, 200).astype(np.int32)
    if output.task == "regression":
        return draw.normal(0, 1, shape).astype(np.float32)
    targets = draw.integers(0, 2, shape).astype(np.float32)
    return targets[:, 0] if output.task == "binary" else targets


def _rates(spec: Spec) -> Rates:
    return {"label_smoothing": tf.constant(spec.label_smoothing, tf.float32)}
