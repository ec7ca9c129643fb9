"""A unit whose loss or weights are not finite does not end, and leaves the process clean."""

from typing import Any

import numpy as np
import pytest
from small_datasets import BINARY, NUMERIC, VALUES, make_chunks, run_unit, spec_of

from cerebro_db import training
from cerebro_db.errors import Diverged
from cerebro_db.model import Spec
from cerebro_db.model.signature import TARGETS
from cerebro_db.tensors import Tensors, unpack
from cerebro_db.training import UnitKey
from cerebro_db.training.keras import programs

KEY = UnitKey(seed=0, config=1, epoch=3, partition=2)
LINEAR: dict[str, Any] = {"family": "linear", "optimizer": "sgd", "batch_size": 4}


def linear(learning_rate: float) -> Spec:
    return spec_of({**LINEAR, "learning_rate": learning_rate}, [NUMERIC], VALUES)


def scaled(chunk: Tensors, factor: float) -> Tensors:
    """Return a chunk with larger inputs."""
    return chunk | {NUMERIC.name: chunk[NUMERIC.name] * np.float32(factor)}


def test_a_loss_is_noticed_between_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "SECONDS_PER_CALL", 0.0)  # a call for each mini-batch
    spec, calls = linear(1e30), []
    (chunk,) = make_chunks(spec.signature, [400])
    work = training.begin(spec, KEY, None, poll=lambda: calls.append(1))
    with pytest.raises(Diverged) as error:
        work.train(chunk)
    assert error.value.message == "loss is not finite in epoch 3 on partition 2"
    assert not error.value.detail
    assert len(calls) < 20  # of a hundred


def test_weights_are_looked_at_after_the_last_step() -> None:
    spec = linear(1e38)
    chunks = make_chunks(spec.signature, [4])
    work = training.begin(spec, KEY, None, poll=lambda: None)
    work.train(scaled(chunks[0], 100))  # the loss is that of before the step
    with pytest.raises(Diverged) as error:
        work.finish()
    assert error.value.message == "weights are not finite in epoch 3 on partition 2"


def test_moving_averages_are_weights() -> None:
    definition = {"family": "mlp", "hidden": [4], "batch_norm": True, "batch_size": 4}
    spec = spec_of(definition, [NUMERIC], BINARY)
    (chunk,) = make_chunks(spec.signature, [4])
    work = training.begin(spec, KEY, None, poll=lambda: None)
    work.train(scaled(chunk, 1e25))  # the variance overflows, what is divided by it does not
    with pytest.raises(Diverged, match="weights are not finite"):
        work.finish()


def test_validation_counts() -> None:
    spec = linear(0.001)
    (chunk,) = make_chunks(spec.signature, [8])
    work = training.begin(spec, KEY, None, poll=lambda: None)
    work.train(chunk)
    says = "validation loss is not finite in epoch 3 on partition 2"
    with pytest.raises(Diverged, match=says) as error:
        work.evaluate(scaled(chunk, 1e30))
    # No learning rate helps against that.
    largest = np.abs(chunk[NUMERIC.name]).max() * 1e30
    assert f"is {largest:.3g} times the standard deviation" in error.value.detail


def test_metrics_that_are_not_defined_do_not() -> None:
    spec = spec_of(LINEAR, [NUMERIC], BINARY)
    (chunk,) = make_chunks(spec.signature, [8])
    one_class = chunk | {TARGETS: np.zeros(8, np.float32)}
    result = run_unit(spec, KEY, None, [one_class], [one_class])
    assert np.isnan(result.training["auc"])
    assert np.isfinite(result.training["loss"])


def test_what_diverged_leaves_nothing_behind() -> None:
    good, bad = linear(0.01), linear(1e30)  # of one program
    chunks = make_chunks(good.signature, [40])
    first = run_unit(good, KEY, None, chunks)
    expected = run_unit(good, KEY, first.state, chunks)
    with pytest.raises(Diverged):
        run_unit(bad, KEY, first.state, chunks)
    assert run_unit(good, KEY, first.state, chunks).state == expected.state
    assert all(np.isfinite(array).all() for array in unpack(expected.state).values())
