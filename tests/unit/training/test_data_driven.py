"""Layers whose first weights depend on the rows."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np
import pytest
from small_datasets import BINARY, CODES, SPREAD, VALUES, make_chunks, run_unit, spec_of

from cerebro_db import training
from cerebro_db.model import Spec
from cerebro_db.model.spec import Pretrained
from cerebro_db.tensors import Tensors, unpack
from cerebro_db.training import UnitKey
from cerebro_db.training.keras.layers import NtpDense
from cerebro_db.training.keras.layers.data_driven import beginning
from cerebro_db.training.states import lent_state

REALMLP = {"family": "realmlp", "hidden": [32, 24], "batch_size": 64}


def begun(spec: Spec, chunks: list[Tensors], config: int = 1) -> Tensors:
    """Return the state after steps that change nothing."""
    work = training.begin(spec, UnitKey(7, config, 1, 0), None, poll=lambda: None)
    for chunk in chunks:
        work.train(chunk)
    return unpack(work.finish().state)


def still(**more: Any) -> dict[str, Any]:
    schedules = dict.fromkeys(("schedule", "dropout_schedule", "weight_decay_schedule"))
    return {**REALMLP, **schedules, "learning_rate": 1e-30, **more}


def test_units_begin_with_a_deviation_of_one_and_he_plus_five() -> None:
    random = np.random.default_rng(0)
    x = (random.normal(size=(3_000, 9)) * [0, 1, 2, 3, 4, 5, 6, 7, 80] + 3).astype(np.float32)
    layer = NtpDense(400)
    layer(x)
    before = layer.kernel.numpy()
    assert np.std(before) * 3 == pytest.approx(1, rel=0.05)
    with beginning([layer], np.random.default_rng(1)):
        layer(x)
    product = x @ layer.kernel.numpy()
    np.testing.assert_allclose(product.std(axis=0), 1, rtol=1e-3)
    np.testing.assert_allclose(
        layer.kernel.numpy() / before,
        (1 / (x @ before).std(axis=0))[None].repeat(9, axis=0),
        rtol=1e-3,
    )
    # Minus a mean of five draws, whose weights are those of a Dirichlet distribution.
    biases = layer.bias.numpy()
    assert np.all((-biases > product.min(axis=0)) & (-biases < product.max(axis=0)))
    assert np.var(biases + product.mean(axis=0)) == pytest.approx(1 / 3, rel=0.2)
    kept = layer.get_weights()
    layer(x)
    assert all(map(np.array_equal, kept, layer.get_weights()))


def test_a_unit_that_sees_the_same_in_all_rows_stays() -> None:
    layer = NtpDense(4)
    with beginning([layer], np.random.default_rng(1)):
        layer(np.zeros((10, 3), np.float32))
    assert np.isfinite(layer.kernel.numpy()).all()
    assert (layer.bias.numpy() == 0).all()


def test_a_configuration_begins_with_the_first_rows_that_it_sees() -> None:
    spec = spec_of(still(), (SPREAD, CODES), VALUES)
    first, second = make_chunks(spec.signature, [200, 200])
    one, same, other = begun(spec, [first]), begun(spec, [first, second]), begun(spec, [second])
    kernels = [name for name in one if name.endswith("kernel") and one[name].ndim == 2]
    assert len(kernels) == 3
    for name in kernels:
        assert np.array_equal(one[name], same[name])
        assert not np.array_equal(one[name], other[name])
    assert not np.array_equal(one[kernels[0]], begun(spec, [first], config=2)[kernels[0]])


def test_layers_that_are_taken_over_do_not_begin_anew() -> None:
    lender = spec_of(still(hidden=[32, 16]), (SPREAD, CODES), BINARY)
    first, second = make_chunks(lender.signature, [200, 200])
    state = run_unit(lender, UnitKey(1, 1, 1, 0), None, [first]).state
    lent = lent_state(lender, state, optimizer=False)
    spec = spec_of(still(), (SPREAD, CODES), BINARY)
    spec = replace(spec, pretrained=Pretrained(sha256(lent).hexdigest(), ("hidden_1",), False))
    work = training.begin(spec, UnitKey(1, 1, 1, 1), lent, lender=lender, poll=lambda: None)
    work.train(second)
    before, after = unpack(state), unpack(work.finish().state)
    kernels = [name for name in after if name.endswith("kernel") and after[name].ndim == 2]
    assert np.array_equal(before[kernels[0]], after[kernels[0]])
    biases = [name for name in after if name.endswith("bias") and after[name].ndim == 1]
    assert np.array_equal(before[biases[0]], after[biases[0]])
    # A bias that has not begun by the rows is 0.
    assert after[biases[1]].any()
