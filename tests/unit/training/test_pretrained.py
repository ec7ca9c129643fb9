"""Configurations that begin with another's weights, and layers of them that are frozen."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np
import pytest
from small_datasets import (
    ALL_KINDS,
    BINARY,
    CODES,
    NUMERIC,
    TEXT,
    THREE,
    make_chunks,
    run_unit,
    spec_of,
)

from cerebro_db import training
from cerebro_db.errors import DataError, InvalidArgument
from cerebro_db.model import Spec
from cerebro_db.model.cost.step import ledger_of
from cerebro_db.model.pretrained import Lender, Loan, lend, wish_of
from cerebro_db.model.spec import Pretrained
from cerebro_db.tensors import Tensors, unpack
from cerebro_db.training import UnitKey
from cerebro_db.training.keras.network import build_network
from cerebro_db.training.states import lender_in, lent_state

FIRST, SECOND = UnitKey(1, 1, 1, 0), UnitKey(1, 1, 1, 1)
MEANINGS = {item.name: item.name for item in ALL_KINDS}
MLP = {"family": "mlp", "hidden": [6, 4], "batch_norm": True, "dropout": 0.2}


def loan_of(
    lender: Spec, spec: Spec, state: bytes = b"", meanings: dict[str, str] = MEANINGS, **wish: Any
) -> Loan:
    wanted, _ = wish_of({"from": "other", **wish})
    assert wanted is not None
    lent = Lender("other", sha256(state).hexdigest(), lender, ledger_of(lender), MEANINGS)
    return lend(wanted, lent, spec, ledger_of(spec), meanings)


def weights_of(spec: Spec, state: bytes) -> dict[str, list[np.ndarray]]:
    """Return the weights of each layer as a state has them."""
    network = build_network(spec)
    tensors = unpack(state)
    names = [name for name in sorted(tensors) if name.startswith("weights/")]
    by_variable = {
        id(variable): tensors[name] for variable, name in zip(network.variables, names, strict=True)
    }
    return {
        name: [by_variable[id(weight)] for weight in layer.weights]
        for name, layer in network.layers.items()
        if layer.weights
    }


# Of each kernel and table, the sum of the sizes of its numbers.
SUMS: list[tuple[dict[str, Any], Any, list[float]]] = [
    ({"family": "mlp", "hidden": [4], "dropout": 0.1}, (NUMERIC,), [8.792, 5.52]),
    (
        {"family": "wide_deep", "hidden": [4]},
        ALL_KINDS,
        [11.845, 5.97, 50.174, 1.149, 3.868, 7.378],
    ),
    (
        {"family": "cnn", "filters": [3], "hidden": [4]},
        ALL_KINDS,
        [5.269, 11.56, 6.181, 48.087, 3.868],
    ),
    (
        {"family": "text", "pooling": "lstm", "units": 3, "hidden": [4]},
        (TEXT, CODES),
        [48.558, 23.594, 107.101, 8.916, 56.096, 4.805],
    ),
    ({"family": "linear"}, ALL_KINDS, [11.845, 5.97, 38.115]),
]


@pytest.mark.parametrize(("definition", "inputs", "sums"), SUMS)
def test_initial_weights_are_those_of_earlier_releases(
    definition: dict[str, Any], inputs: Any, sums: list[float]
) -> None:
    """Runs of these go on, and are fitted again, to the same weights."""
    training.warm_up()
    variables = build_network(spec_of(definition, inputs, THREE), 5).trainable_variables
    found = [float(np.abs(np.asarray(v)).sum()) for v in variables if v.name != "bias"]
    np.testing.assert_allclose(found, sums, atol=0.001)


@pytest.fixture(scope="module")
def trained() -> tuple[Spec, bytes]:
    """A configuration over inputs of all kinds, and its state after a unit."""
    spec = spec_of(MLP, ALL_KINDS, BINARY)
    return spec, run_unit(spec, FIRST, None, make_chunks(spec.signature, [60])).state


@pytest.fixture
def begin(trained: tuple[Spec, bytes]) -> Any:
    """Trains a unit of a configuration with the other's weights; gives its spec and result."""
    lender, state = trained

    def begin(spec: Spec, chunks: list[Tensors], validation: Any = (), **wish: Any) -> Any:
        lent = lent_state(lender, state, optimizer=wish.get("optimizer_state", False))
        lent_to = loan_of(lender, spec, lent, **wish).spec
        found = Spec.from_json(lent_to.to_json())
        work = training.begin(found, SECOND, lent, lender=lender, poll=lambda: None)
        for chunk in chunks:
            work.train(chunk)
        for chunk in validation:
            work.evaluate(chunk)
        return found, work.finish()

    return begin


def test_without_rows_the_weights_are_the_lenders(trained: Any, begin: Any) -> None:
    lender, state = trained
    spec, result = begin(lender, [])
    before, after = weights_of(lender, state), weights_of(spec, result.state)
    assert before.keys() == after.keys() == set(spec.pretrained.layers)
    for name, arrays in before.items():
        for one, other in zip(arrays, after[name], strict=True):
            np.testing.assert_array_equal(one, other)
    # The optimizer and the random generators begin anew.
    assert int(unpack(result.state)["optimizer/step"]) == 0


def test_with_the_optimizers_state_a_configuration_goes_on_as_the_lender(
    trained: Any, begin: Any
) -> None:
    """Up to random generators, of which it has its own."""
    lender = replace(
        trained[0], architecture=spec_of({**MLP, "dropout": 0}, (), BINARY).architecture
    )
    chunks = make_chunks(lender.signature, [60])
    state = run_unit(lender, FIRST, None, chunks).state
    lent = lent_state(lender, state, optimizer=True)
    spec = loan_of(lender, lender, lent, optimizer_state=True).spec
    work = training.begin(spec, SECOND, lent, lender=lender, poll=lambda: None)
    for chunk in chunks:
        work.train(chunk)
    assert work.finish().state == run_unit(lender, SECOND, state, chunks).state


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop", "adagrad", "adamw"])
def test_frozen_layers_keep_their_weights_and_averages(
    trained: Any, begin: Any, optimizer: str
) -> None:
    more = {"optimizer": optimizer, "l2": 0.1, "weight_decay": 0.1, "learning_rate": 0.01}
    spec = spec_of({**MLP, **more}, ALL_KINDS, BINARY)
    chunks = make_chunks(spec.signature, [60], seed=1)
    spec, result = begin(spec, chunks, freeze=["hidden_1*", "text_1_embedding"])
    assert spec.frozen == ("text_1_embedding", "hidden_1", "hidden_1_norm")
    before, after = weights_of(*trained), weights_of(spec, result.state)
    for name, arrays in before.items():
        pairs = zip(arrays, after[name], strict=True)
        same = [np.array_equal(one, other) for one, other in pairs]
        assert all(same) if name in spec.frozen else not any(same), name
    # There are no slots of what is not trained.
    slots = [name for name in unpack(result.state) if name.startswith("optimizer/0")]
    trainable = len(build_network(spec).trainable_variables)
    assert trainable == sum(map(len, before.values())) - 2 - 3 - 4
    assert len({name.split("/")[1] for name in slots}) in (0, trainable)


def test_with_all_layers_frozen_nothing_changes_but_what_dropout_draws(
    trained: Any, begin: Any
) -> None:
    lender, state = trained
    chunks = make_chunks(lender.signature, [60], seed=2)
    unchanged = run_unit(lender, SECOND, state, [], chunks).validation
    spec, result = begin(lender, chunks, chunks, freeze="*")
    assert set(spec.frozen) == set(spec.pretrained.layers)
    assert result.validation == unchanged
    # Dropout is at work, as in Keras.
    assert result.training["loss"] != result.validation["loss"]
    # It hops as any other.
    again = run_unit(spec, SECOND, result.state, chunks, chunks)
    assert again.validation == unchanged


def test_one_program_serves_no_other_layers_frozen(trained: Any, begin: Any) -> None:
    """Whatever the process did before, and in which order."""
    lender, _ = trained
    chunks = make_chunks(lender.signature, [60], seed=3)
    wishes: list[dict[str, Any]] = [{}, {"freeze": "*"}, {"freeze": ["output"]}]
    first = [begin(lender, chunks, **wish)[1].state for wish in wishes]
    second = [begin(lender, chunks, **wish)[1].state for wish in reversed(wishes)]
    assert first == second[::-1]
    assert len(set(first)) == 3


def test_layers_that_do_not_fit_begin_anew_as_those_of_a_new_network(
    trained: Any, begin: Any
) -> None:
    spec = spec_of({**MLP, "hidden": [6, 5]}, ALL_KINDS, BINARY)
    found, result = begin(spec, [])
    anew = {"hidden_2", "hidden_2_norm", "output"}
    assert set(found.pretrained.layers) == set(ledger_of(spec).weighted) - anew
    new = weights_of(spec, run_unit(spec, SECOND, None, []).state)
    before, after = weights_of(*trained), weights_of(found, result.state)
    for name, arrays in after.items():
        expected = new[name] if name in anew else before[name]
        for one, other in zip(arrays, expected, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("definition", "meanings", "output", "anew"),
    [
        ({}, {}, BINARY, {}),
        ({"hidden": [6]}, {}, BINARY, {"output": "other shapes"}),
        ({"hidden": [6, 4, 4]}, {}, BINARY, {"hidden_3": "none of the name"}),
        ({}, {"numeric": "x"}, BINARY, {"hidden_1": "columns"}),
        ({}, {"categorical": "x"}, BINARY, {"categorical_embedding": "columns"}),
        ({}, {"words": "x"}, BINARY, {"text_1_embedding": "columns"}),
        ({}, {"the photo/x": "x"}, BINARY, {"hidden_1": "columns"}),
        ({}, {}, replace(BINARY, classes=("yes", "no")), {"output": "predict"}),
        ({}, {}, replace(BINARY, columns=("z",), counts=(1, 2)), {}),
    ],
)
def test_what_begins_anew(
    definition: dict[str, Any], meanings: dict[str, str], output: Any, anew: dict[str, str]
) -> None:
    lender = spec_of({**MLP, "batch_norm": False}, ALL_KINDS, BINARY)
    spec = spec_of({**MLP, "batch_norm": False, **definition}, ALL_KINDS, output)
    loan = loan_of(lender, spec, meanings=MEANINGS | meanings)
    found = {name: reason for reason, names in loan.anew.items() for name in names}
    assert found.keys() == anew.keys()
    for name, says in anew.items():
        assert says in found[name]


def keras_model(*made: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    layers = [{"class_name": name, "config": config} for name, config in made]
    return {"keras": {"class_name": "Sequential", "config": {"layers": layers}}}


def test_layers_of_keras_configs_go_by_name() -> None:
    one = keras_model(
        ("Dense", {"units": 3, "name": "body"}), ("Dropout", {"rate": 0.1}), ("Dense", {"units": 1})
    )
    other = keras_model(("Dense", {"units": 1, "name": "head"}), ("Dense", {"units": 3}))
    lender = spec_of(one, (NUMERIC,), BINARY)
    assert list(ledger_of(lender).weighted) == ["body", "dense_1"]
    swapped = spec_of({"keras": other["keras"]}, (NUMERIC,), replace(THREE))
    assert loan_of(lender, swapped).spec.pretrained == Pretrained(
        sha256(b"").hexdigest(), (), False
    )


def test_another_optimizer_cannot_go_on(trained: Any) -> None:
    spec = spec_of({**MLP, "optimizer": "sgd", "momentum": 0.9}, ALL_KINDS, BINARY)
    with pytest.raises(InvalidArgument, match="cannot go on") as refusal:
        loan_of(trained[0], spec, optimizer_state=True)
    assert "adam, which keeps mean and square" in refusal.value.detail
    assert "sgd, which keeps momentum" in refusal.value.detail


@pytest.mark.parametrize("damage", ["hash", "lender", "state"])
def test_weights_that_are_not_the_lenders_are_refused(trained: Any, damage: str) -> None:
    lender, state = trained
    lent = lent_state(lender, state, optimizer=False)
    spec = loan_of(lender, lender, lent).spec
    given = lent
    if damage == "hash":
        given = lent_state(lender, state, optimizer=True)
    elif damage == "lender":
        lender = spec_of({**MLP, "hidden": [7, 4]}, ALL_KINDS, BINARY)
        spec = replace(spec, pretrained=replace(spec.pretrained, sha256=sha256(lent).hexdigest()))
        spec = replace(spec, architecture=lender.architecture)
    else:
        given = lent[:-4] + b"\xff\xff\xff\xff"
        spec = replace(spec, pretrained=replace(spec.pretrained, sha256=sha256(given).hexdigest()))
    with pytest.raises(DataError):
        training.begin(spec, SECOND, given, lender=lender, poll=lambda: None)


def test_a_state_that_is_lent_says_whose_it_is(trained: Any) -> None:
    lender, state = trained
    lent = lent_state(lender, state, optimizer=False)
    assert '"hidden": [6, 4]' in lender_in(lent)
    assert not any(name.startswith("optimizer") for name in unpack(lent))
    with pytest.raises(DataError, match="does not say whose"):
        lender_in(state)
