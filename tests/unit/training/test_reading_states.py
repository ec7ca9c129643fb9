"""Bytes where weights are expected: refused by all that compute with weights, and nothing runs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from fix_states import State, hostile_states, spec
from hostile.make_states import sound

from cerebro_db import training
from cerebro_db.errors import DataError
from cerebro_db.tensors import notes_of, pack, unpack
from cerebro_db.training import UnitKey, forward

KEY = UnitKey(seed=1, config=1, epoch=1, partition=0)
SPEC = spec()
STATES = hostile_states()


def begin(state: bytes) -> None:
    training.begin(SPEC, KEY, state, poll=lambda: None)


@pytest.mark.parametrize("state", [s for s in STATES if s.predicting], ids=lambda s: s.name)
def test_nothing_is_predicted(state: State) -> None:
    with pytest.raises(DataError, match=state.predicting) as refused:
        forward.of_state(SPEC.signature, state.content)
    assert refused.value.detail


@pytest.mark.parametrize("state", [s for s in STATES if s.training], ids=lambda s: s.name)
def test_nothing_is_trained(state: State) -> None:
    with pytest.raises(DataError, match=state.training) as refused:
        begin(state.content)
    assert refused.value.detail


@pytest.mark.parametrize(
    "state",
    [s for s in STATES if s.predicting and s.training],
    ids=lambda s: s.name,
)
def test_nothing_is_predicted_with_the_framework(state: State) -> None:
    with pytest.raises(DataError, match=state.training):
        training.predictor(SPEC, training.weights_of(state.content))


def test_each_family_has_three_cases() -> None:
    families = Counter(str(Path(state.name).parent) for state in STATES)
    assert {family: count for family, count in families.items() if count < 3} == {}


def test_nothing_has_run() -> None:
    assert not Path("/tmp/cerebro_was_here").exists()


def test_what_has_no_flaw_is_taken() -> None:
    rows = {"numeric": np.array([[1.0, 2.0]], "f4")}
    predictor = forward.of_state(SPEC.signature, sound())
    assert predictor is not None
    begin(sound())
    keras = training.predictor(SPEC, training.weights_of(sound()))
    np.testing.assert_allclose(predictor.predict(rows), keras.predict(rows), rtol=1e-6)


def test_states_of_the_first_release_have_no_hash_and_predict() -> None:
    state = pack(unpack(sound()), {"graph": notes_of(sound())["graph"]})
    assert "sha256" not in notes_of(state)
    assert forward.of_state(SPEC.signature, state) is not None
    training.predictor(SPEC, training.weights_of(state))


def test_an_optimizer_may_have_numbers_that_are_not_finite() -> None:
    # Of an exploded gradient's square; the step that it stands for is none.
    tensors = unpack(sound()) | {"optimizer/000/square": np.full((2, 1), np.inf, "f4")}
    begin(pack(tensors, hashed=True))
