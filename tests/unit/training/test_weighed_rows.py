"""Weights of rows: in each step, in the loss, and in what is measured."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_datasets import BINARY, LABELS, NUMERIC, THREE, VALUES, make_chunks, run_unit, spec_of

from cerebro_db import training
from cerebro_db.model import Spec
from cerebro_db.model.signature import ROW_WEIGHTS, TARGETS, Output
from cerebro_db.tensors import Tensors, unpack
from cerebro_db.training import UnitKey, metrics

KEY = UnitKey(3, 1, 1, 0)
BASE: dict[str, Any] = {"family": "mlp", "hidden": [8], "batch_size": 64, "optimizer": "sgd"}


def weighed(output: Output) -> Spec:
    spec = spec_of(BASE, [NUMERIC], output)
    return replace(spec, signature=replace(spec.signature, weighted=True))


def with_weights(chunk: Tensors, weights: np.ndarray) -> Tensors:
    return chunk | {ROW_WEIGHTS: weights.astype(np.float32)}


@pytest.mark.parametrize("output", [BINARY, THREE, LABELS, VALUES], ids=lambda o: o.task)
def test_a_row_counts_as_often_as_it_weighs(output: Output) -> None:
    """One step on weighed rows is one on rows that stand there as often."""
    spec = weighed(output)
    (chunk,) = make_chunks(spec.signature, [40])
    often = np.arange(40) % 4
    plain = {name: np.repeat(array, often, axis=0) for name, array in chunk.items()}
    # Weights have the mean 1.
    one = with_weights(chunk, often / often.mean())
    found = run_unit(spec, KEY, None, [one], [one])
    for counted in (found.training, found.validation):
        assert counted is not None
        assert counted.pop(metrics.WEIGHT) == pytest.approx(40)
    expected = run_unit(spec_of(BASE, [NUMERIC], output), KEY, None, [plain], [plain])
    assert found.training == pytest.approx(expected.training, rel=1e-5)
    assert found.validation == pytest.approx(expected.validation, rel=1e-5)
    theirs = unpack(expected.state)
    for name, array in unpack(found.state).items():
        np.testing.assert_allclose(array, theirs[name], rtol=1e-4, atol=1e-6)
    rows = {name: array for name, array in chunk.items() if name != ROW_WEIGHTS}
    predicted = training.predictor(spec, training.weights_of(found.state)).predict(rows)
    assert found.validation is not None
    loss = training.mean_loss(spec, chunk[TARGETS], predicted, one[ROW_WEIGHTS])
    assert found.validation["loss"] == pytest.approx(loss, rel=1e-5)
    measured = metrics.measure(output, chunk[TARGETS], predicted, weights=one[ROW_WEIGHTS])
    assert {n: found.validation[n] for n in measured} == pytest.approx(measured, rel=1e-5)


def test_rows_that_weigh_nothing_teach_nothing() -> None:
    spec = weighed(BINARY)
    (chunk,) = make_chunks(spec.signature, [50])
    weights = (np.arange(50) % 2).astype(np.float32)
    other = chunk | {TARGETS: np.where(weights > 0, chunk[TARGETS], 1 - chunk[TARGETS])}
    states = [run_unit(spec, KEY, None, [with_weights(c, weights)]).state for c in (chunk, other)]
    assert states[0] == states[1]


def test_rows_of_which_none_counts_have_no_loss_and_weigh_nothing_beside_others() -> None:
    spec = weighed(BINARY)
    (chunk,) = make_chunks(spec.signature, [20])
    result = run_unit(spec, KEY, None, [with_weights(chunk, np.zeros(20))])
    assert (result.training["loss"], result.training[metrics.WEIGHT]) == (0, 0)
    beside = run_unit(spec, KEY, None, [with_weights(chunk, np.ones(20))])
    whole = metrics.combine([(20, result.training), (20, beside.training)])
    del beside.training[metrics.WEIGHT]
    assert whole == pytest.approx(beside.training)
