"""Moving averages of weights: what they are, and that whatever predicts goes by them."""

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from small_datasets import BINARY, NUMERIC, make_chunks, run_unit, spec_of

from cerebro_db import training
from cerebro_db.model import Spec
from cerebro_db.model.signature import TARGETS
from cerebro_db.tensors import unpack
from cerebro_db.training import UnitKey, forward
from cerebro_db.training.states import lender_in, lent_state, serving_in, write_state

BASE: dict[str, Any] = {"family": "mlp", "hidden": [8], "batch_norm": True, "batch_size": 16}
RATE = 0.8
STEPS = 5


def states(spec: Spec) -> list[bytes]:
    """Return the states after each of a few steps."""
    chunks = make_chunks(spec.signature, [16] * STEPS)
    found: list[bytes] = []
    for step, chunk in enumerate(chunks):
        key = UnitKey(1, 2, 1, step)
        found.append(run_unit(spec, key, found[-1] if found else None, [chunk]).state)
    return found


@pytest.fixture(scope="module")
def averaged() -> Spec:
    return spec_of({**BASE, "learning_rate": 0.1, "ema": RATE}, [NUMERIC], BINARY)


def test_averages_are_of_all_steps_and_of_nothing_before(averaged: Spec) -> None:
    plain = spec_of({**BASE, "learning_rate": 0.1}, [NUMERIC], BINARY)
    steps = [unpack(state) for state in states(plain)]
    found = unpack(states(averaged)[-1])
    shares = [RATE ** (STEPS - i) * (1 - RATE) / (1 - RATE**STEPS) for i in range(1, STEPS + 1)]
    assert sum(shares) == pytest.approx(1)
    seen = []
    for name, expected in steps[-1].items():
        assert found[name].tobytes() == expected.tobytes()
        average = found.get(name.replace("weights/", "averages/"))
        if name.startswith("weights/") and average is not None:
            seen.append(name.split("/")[-1])
            mean = sum(share * step[name] for share, step in zip(shares, steps, strict=True))
            np.testing.assert_allclose(average, mean, rtol=1e-5, atol=1e-6)
            assert np.abs(average - expected).max() > 1e-4
    assert sorted(seen) == sorted(
        ["bias", "bias", "beta", "gamma", "kernel", "kernel", "moving_mean", "moving_variance"]
    )


def test_whatever_predicts_goes_by_averages(averaged: Spec) -> None:
    (rows,) = make_chunks(averaged.signature, [50], seed=9)
    before = states(averaged)[-1]
    result = run_unit(
        averaged, UnitKey(1, 2, 2, 0), before, make_chunks(averaged.signature, [16]), [rows]
    )
    by_keras = training.predictor(averaged, training.weights_of(result.state)).predict(rows)
    by_numpy = forward.of_state(averaged.signature, result.state)
    assert by_numpy is not None
    np.testing.assert_allclose(by_numpy.predict(rows), by_keras, atol=1e-6)
    raw = training.predictor(averaged, _without_averages(result.state)).predict(rows)
    assert np.abs(raw - by_keras).max() > 1e-3
    assert result.validation is not None
    loss = training.mean_loss(averaged, rows[TARGETS], by_keras)
    assert result.validation["loss"] == pytest.approx(loss, rel=1e-5)


def test_validation_leaves_the_state_alone(averaged: Spec) -> None:
    chunks = make_chunks(averaged.signature, [40])
    without, validated = (
        run_unit(averaged, UnitKey(1, 2, 1, 0), None, chunks, held_out) for held_out in ([], chunks)
    )
    assert without.state == validated.state


def test_who_begins_with_the_weights_begins_with_averages(averaged: Spec) -> None:
    state = states(averaged)[-1]
    for optimizer in (False, True):
        lent = lent_state(averaged, state, optimizer=optimizer)
        assert json.loads(lender_in(lent))["ema"] == RATE
        tensors = unpack(lent)
        assert not [name for name in tensors if name.startswith("averages/")]
        assert bool([name for name in tensors if name.startswith("optimizer/")]) == optimizer
        for name, array in serving_in(unpack(state)).items():
            assert tensors[name].tobytes() == array.tobytes()


def test_the_first_average_is_the_weights_after_the_first_step(averaged: Spec) -> None:
    found = unpack(states(averaged)[0])
    for name, average in found.items():
        if name.startswith("averages/"):
            weight = found[name.replace("averages/", "weights/")]
            np.testing.assert_allclose(average, weight, atol=1e-7)


def test_averages_of_a_high_rate_move_slowly(averaged: Spec) -> None:
    slow = spec_of({**BASE, "learning_rate": 0.1, "ema": 0.9999}, [NUMERIC], BINARY)
    steps = [unpack(state) for state in states(slow)]
    name = "weights/000/kernel"
    mean = np.mean([step[name] for step in steps], axis=0)
    np.testing.assert_allclose(
        steps[-1][name.replace("weights", "averages")], mean, rtol=1e-3, atol=1e-4
    )
    assert all(not np.array_equal(a[name], b[name]) for a, b in pairwise(steps))


def _without_averages(state: bytes) -> bytes:
    return write_state(
        {name: array for name, array in unpack(state).items() if name.startswith("weights/")}
    )
