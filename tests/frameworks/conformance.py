"""What every framework has to do, whichever it is: one process for each runs this file.

``tests/unit/training/test_frameworks.py`` starts it. What frameworks have to agree in they write
down here, and are compared there.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from small_datasets import (
    BINARY,
    CODES,
    LABELS,
    NUMERIC,
    SPREAD,
    TEXT,
    THREE,
    VALUES,
    make_chunks,
    run_unit,
    spec_of,
)

from cerebro_db import training
from cerebro_db.errors import DataError, Diverged, InvalidArgument
from cerebro_db.model import Spec
from cerebro_db.model.code import code_of
from cerebro_db.model.frameworks import TENSORFLOW
from cerebro_db.model.layers import LAYERS
from cerebro_db.model.layers._base import OWN
from cerebro_db.model.network import graph_of
from cerebro_db.model.signature import ROW_WEIGHTS, TARGETS, Output
from cerebro_db.polls import no_poll
from cerebro_db.tensors import unpack
from cerebro_db.training import UnitKey, UnitResult, forward
from cerebro_db.training.keras import programs
from cerebro_db.training.keras.network import build_network
from cerebro_db.training.keras.programs import PROGRAMS
from cerebro_db.training.keras.weights import first_averages, first_state
from cerebro_db.training.runtime import backend
from cerebro_db.training.states import WEIGHTS, write_state

FRAMEWORK = os.environ["CEREBRO_TEST_FRAMEWORK"]
THREADS = int(os.environ.get("CEREBRO_TEST_THREADS", "1"))
TABLE = (NUMERIC, CODES)
SPREAD_TABLE = (SPREAD, CODES)
MLP: dict[str, Any] = {"family": "mlp", "hidden": [8, 4], "batch_size": 16, "learning_rate": 0.02}

RECURRENT = {
    "class_name": "Sequential",
    "config": {
        "layers": [
            {"class_name": "Reshape", "config": {"target_shape": [NUMERIC.shape[0], 1]}},
            {
                "class_name": "Bidirectional",
                "config": {
                    "layer": {
                        "class_name": "GRU",
                        "config": {"units": 3, "return_sequences": True},
                    },
                    "merge_mode": "concat",
                },
            },
            {"class_name": "SimpleRNN", "config": {"units": 4}},
            {"class_name": "Dense", "config": {"units": VALUES.units}},
        ]
    },
}

# Without dropout, so that frameworks come to the same; with all that a step may consist of.
AGREEING: dict[str, tuple[dict[str, Any], Any, Output]] = {
    "adam": (
        {**MLP, "batch_norm": True, "ema": 0.9, "loss": "focal", "label_weights": {"yes": 3}},
        TABLE,
        BINARY,
    ),
    "adamw": (
        {**MLP, "optimizer": "adamw", "amsgrad": True, "schedule": "cosine", "warmup": 0.2}
        | {"loss": "focal", "label_weights": {"b": 2}, "label_smoothing": 0.2},
        TABLE,
        THREE,
    ),
    "sgd": (
        {**MLP, "optimizer": "sgd", "weight_decay": 0.1, "label_smoothing": 0.1},
        TABLE,
        BINARY,
    ),
    "nesterov": (
        {**MLP, "optimizer": "sgd", "momentum": 0.9, "nesterov": True, "loss": "huber"}
        | {"clipnorm": 0.1, "l2": 0.01},
        TABLE,
        VALUES,
    ),
    "rmsprop": ({"family": "linear", "optimizer": "rmsprop", "batch_size": 16}, TABLE, THREE),
    "centered": (
        {**MLP, "optimizer": "rmsprop", "centered": True, "momentum": 0.5}
        | {"label_smoothing": 0.2, "label_weights": {"q": 4}},
        TABLE,
        LABELS,
    ),
    "adagrad": ({**MLP, "optimizer": "adagrad", "loss": "mae"}, TABLE, VALUES),
    "nadam": ({**MLP, "optimizer": "nadam", "global_clipnorm": 0.5, "loss": "mse"}, TABLE, VALUES),
    "adafactor": (
        {**MLP, "optimizer": "adafactor", "weight_decay": 0.1, "clipvalue": 0.05},
        TABLE,
        BINARY,
    ),
    "lion": ({**MLP, "optimizer": "lion", "learning_rate": 0.001}, TABLE, THREE),
    "muon": ({**MLP, "optimizer": "muon", "hidden": [8, 12]}, TABLE, BINARY),
    "wide_deep": ({"family": "wide_deep", "batch_size": 16, "dropout": 0.0}, TABLE, VALUES),
    "resnet": (
        {"family": "resnet", "batch_size": 16, "blocks": 1, "dropout": 0.0},
        TABLE,
        BINARY,
    ),
    "realmlp": (
        {"family": "realmlp", "hidden": [8, 8], "batch_size": 16, "dropout": 0.0},
        SPREAD_TABLE,
        BINARY,
    ),
    "realmlp of numbers": (
        {"family": "realmlp", "hidden": [8], "batch_size": 16, "dropout": 0.0},
        SPREAD_TABLE,
        VALUES,
    ),
    "tabm": (
        {"family": "tabm", "heads": 3, "units": 8, "batch_size": 16, "dropout": 0.0}
        | {"numbers": "piecewise"},
        SPREAD_TABLE,
        THREE,
    ),
    "tabm of shared layers": (
        {"family": "tabm", "heads": 3, "units": 8, "batch_size": 16, "dropout": 0.0, "mini": True},
        SPREAD_TABLE,
        VALUES,
    ),
    "ft_transformer": (
        {"family": "ft_transformer", "blocks": 2, "units": 8, "attention_heads": 2}
        | {"batch_size": 16, "attention_dropout": 0.0, "dropout": 0.0},
        SPREAD_TABLE,
        BINARY,
    ),
    "periodic": ({**MLP, "numbers": "periodic"}, SPREAD_TABLE, LABELS),
    "piecewise": ({**MLP, "numbers": "piecewise"}, SPREAD_TABLE, BINARY),
    "recurrent": ({"keras": RECURRENT, "batch_size": 16}, (NUMERIC,), VALUES),
    "lstm": (
        {"family": "text", "pooling": "lstm", "batch_size": 16, "dropout": 0.0},
        (TEXT,),
        THREE,
    ),
    "text": ({"family": "text", "batch_size": 16, "dropout": 0.0}, (TEXT,), THREE),
    "longest": (
        {"family": "text", "batch_size": 16, "dropout": 0.0, "pooling": "max"},
        (TEXT,),
        BINARY,
    ),
}
# What servers send to their sessions.
SENT = {
    signal.SIGVTALRM,
    signal.SIGALRM,
    signal.SIGUSR1,
    signal.SIGURG,
    signal.SIGINT,
    signal.SIGTERM,
}
# With all that is drawn in training.
DROPPING = {**MLP, "dropout": 0.3, "unknown": 0.2, "ema": 0.9}


def dropping() -> Spec:
    return spec_of(DROPPING, TABLE, BINARY)


def trained(spec: Spec, units: int = 2) -> bytes:
    """Return the state after so many units on chunks whose last mini-batches are not full."""
    chunks = make_chunks(spec.signature, [40, 7])
    state = None
    for i in range(units):
        state = run_unit(spec, UnitKey(1, 2, 1, i), state, chunks, chunks).state
    assert state is not None
    return state


def first(spec: Spec) -> bytes:
    """Return a state to begin with that does not depend on the framework."""
    network, draw = build_network(spec), np.random.default_rng(5)
    found = first_state(spec, network)
    for name in sorted(found):
        if name.startswith(WEIGHTS) and found[name].dtype == np.float32:
            shape = found[name].shape
            variance = name.endswith("variance")
            drawn = np.ones(shape) if variance else draw.normal(0, 0.3, shape)
            found[name] = drawn.astype(np.float32)
    return write_state(found | first_averages(spec, network, found))


def test_threads_of_a_framework_handle_no_signals(threads_before: set[str]) -> None:
    """First of all, since what others compute by themselves here may start threads, too."""
    masks: list[set[signal.Signals]] = []

    def poll() -> None:
        masks.append(set(signal.pthread_sigmask(signal.SIG_BLOCK, [])))

    spec = dropping()
    chunks = make_chunks(spec.signature, [40, 7])
    progress = training.Progress(2, training.sizes_of([40, 7]))
    work = training.begin(spec, UnitKey(1, 2, 1, 0), None, progress=progress, poll=poll)
    for take in (work.train, work.evaluate):
        for chunk in chunks:
            take(chunk)
    training.predictor(spec, work.finish().state, poll=poll).predict(chunks[0])
    # Whoever polls has to see what a signal wants.
    assert len(masks) > 10
    assert not set.union(*masks)
    threads = [
        task for task in Path("/proc/self/task").iterdir() if task.name not in threads_before
    ]
    # PyTorch computes with the thread that asks, and where that is all it starts none.
    assert threads or (FRAMEWORK, THREADS) == ("torch", 1)
    handling = {
        (task / "comm").read_text().strip(): SENT - _blocked(task / "status") for task in threads
    }
    assert not {name: found for name, found in handling.items() if found}
    assert not SENT & _blocked(Path("/proc/self/status"))


def test_the_thread_that_calls_a_framework_handles_no_signals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It computes, too: whatever is not compiled, and what is small."""
    # The first weights of the latter depend on rows.
    specs = [dropping(), spec_of({"family": "realmlp"}, SPREAD_TABLE, THREE)]
    trained(specs[0], units=1)
    loop = type(PROGRAMS.get(specs[0], poll=no_poll).loop)
    PROGRAMS.clear()
    masks: dict[str, list[set[signal.Signals]]] = {}

    def spied(function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def spy(*arguments: Any) -> Any:
            masks.setdefault(name, []).append(set(signal.pthread_sigmask(signal.SIG_BLOCK, [])))
            return function(*arguments)

        return spy

    computing = {
        loop: ("load", "begin", "train", "evaluate", "save", "use_averages"),
        type(backend()): ("tensor", "loop", "forward"),
    }
    for owner, names in computing.items():
        for name in names:
            monkeypatch.setattr(owner, name, spied(getattr(owner, name), name))
    for spec in specs:
        chunk = make_chunks(spec.signature, [40])[0]
        training.predictor(spec, trained(spec, units=2)).predict(chunk)
    assert {*masks} == {name for names in computing.values() for name in names}
    assert all(mask >= SENT for of_one in masks.values() for mask in of_one)
    assert not SENT & set(signal.pthread_sigmask(signal.SIG_BLOCK, []))


def _blocked(status: Path) -> set[signal.Signals]:
    line = next(line for line in status.read_text().splitlines() if line.startswith("SigBlk:"))
    bits = int(line.split()[1], 16)
    return {number for number in signal.Signals if bits >> (number - 1) & 1}


@pytest.mark.parametrize("name", AGREEING)
def test_losses_are_those_of_predictions(name: str) -> None:
    definition, inputs, output = AGREEING[name]
    spec = spec_of(definition, inputs, output)
    chunks = make_chunks(spec.signature, [40, 7])
    begun = run_unit(spec, UnitKey(1, 2, 1, 0), first(spec), chunks)
    result = run_unit(spec, UnitKey(1, 2, 1, 1), begun.state, chunks, chunks[:1])
    plain = forward.of_state(spec.signature, result.state)
    assert plain or name == "recurrent"
    answering = plain or training.predictor(spec, result.state)
    assert result.validation is not None
    expected = training.mean_loss(spec, chunks[0][TARGETS], answering.predict(chunks[0]))
    assert result.validation["loss"] == pytest.approx(expected, rel=1e-4)
    note(name, result)


def test_a_registered_loss_is_measured_or_refused_by_the_name_of_the_framework() -> None:
    code = code_of("Gap", "loss", "def Gap(truth, logits):\n    return logits[:, 0]\n")
    logits, truth = np.array([[1.0], [3.0]], np.float32), np.zeros((2, 1), np.float32)
    if FRAMEWORK == TENSORFLOW:
        assert backend().registered_losses(code, BINARY, logits, truth).tolist() == [1, 3]
        return
    with pytest.raises(InvalidArgument) as caught:
        backend().registered_losses(code, BINARY, logits, truth)
    says = {"jax": "JAX", "torch": "PyTorch"}[FRAMEWORK]
    assert caught.value.message == f"registered loss Gap: {says} cannot execute it"
    assert '\'{"framework": "tensorflow"}\'' in caught.value.hint


def note(name: str, result: UnitResult) -> None:
    """Write down what a network came to, for whoever compares the frameworks."""
    assert result.validation is not None
    path = Path(os.environ["CEREBRO_TEST_FOUND"], name)
    path.write_text(json.dumps({**result.validation, "training": result.training["loss"]}))


def test_every_layer_of_ours_is_in_one_of_the_networks() -> None:
    specs = [
        spec_of(definition, inputs, output) for definition, inputs, output in AGREEING.values()
    ]
    used = {
        layer["class_name"]
        for spec in (*specs, dropping())
        for layer in graph_of(spec).architecture.keras["config"]["layers"]
    }
    assert {layer.name for layer in LAYERS.values() if layer.module == OWN} <= used


def test_a_predictor_gives_what_the_forward_pass_gives() -> None:
    spec = dropping()
    state, (chunk, _) = trained(spec, units=1), make_chunks(spec.signature, [40, 7])
    plain = forward.of_state(spec.signature, state)
    assert plain is not None
    found = training.predictor(spec, training.weights_of(state)).predict(chunk)
    np.testing.assert_allclose(found, plain.predict(chunk), rtol=1e-4, atol=1e-6)


def test_states_are_the_same_however_calls_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = dropping()
    whole = trained(spec)
    PROGRAMS.clear()
    monkeypatch.setattr(programs, "SECONDS_PER_CALL", 0.0)  # a call for each mini-batch
    assert trained(spec) == whole


def test_configurations_share_a_program_that_is_compiled_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    specs = [
        spec_of({**DROPPING, **own}, TABLE, BINARY)
        for own in ({}, {"learning_rate": 0.1}, {"dropout": 0.5, "unknown": 0.4, "ema": 0.5})
    ]
    alone = []
    for spec in specs:
        PROGRAMS.clear()
        alone.append(trained(spec))
    assert len(set(alone)) == len(specs)
    PROGRAMS.clear()
    assert trained(specs[0]) == alone[0]
    loop = type(PROGRAMS.get(specs[0], poll=lambda: None).loop)
    traced: list[str] = []
    for name in ("_step", "_losses"):
        monkeypatch.setattr(loop, name, _noting(getattr(loop, name), traced))
    assert [trained(spec) for spec in specs] == alone
    assert not traced


def _noting(traced: Callable[..., Any], calls: list[str]) -> Callable[..., Any]:
    def wrapper(*arguments: Any) -> Any:
        calls.append(traced.__name__)
        return traced(*arguments)

    return wrapper


def test_giving_up_leaves_nothing_behind() -> None:
    spec = dropping()
    expected = trained(spec)
    PROGRAMS.clear()
    for calls in range(0, 16, 5):
        with pytest.raises(KeyboardInterrupt):
            _given_up(spec, calls)
    assert trained(spec) == expected


def _given_up(spec: Spec, calls: int) -> None:
    left = iter(range(calls))

    def poll() -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    chunks = make_chunks(spec.signature, [40, 7])
    progress = training.Progress(2, training.sizes_of([40, 7]))
    work = training.begin(spec, UnitKey(1, 2, 1, 0), None, progress=progress, poll=poll)
    while True:
        work.train(chunks[0])


def test_what_diverges_ends_and_leaves_nothing_behind() -> None:
    def sgd(rate: float) -> Spec:
        return spec_of(
            {"family": "linear", "optimizer": "sgd", "learning_rate": rate}, TABLE, VALUES
        )

    expected = trained(sgd(0.01))
    with pytest.raises(Diverged, match="not finite in epoch 1"):
        trained(sgd(1e38))
    assert trained(sgd(0.01)) == expected


def test_a_state_comes_out_as_it_went_in() -> None:
    spec = dropping()
    state = trained(spec)
    loop = PROGRAMS.get(spec, poll=lambda: None).loop
    loop.load(spec, state)
    found = loop.save()
    assert {name: (a.dtype, a.shape, a.tobytes()) for name, a in found.items()} == {
        name: (a.dtype, a.shape, a.tobytes()) for name, a in unpack(state).items()
    }
    other = spec_of({**DROPPING, "hidden": [8, 5]}, TABLE, BINARY)
    with pytest.raises(DataError, match="not that of this model"):
        training.begin(other, UnitKey(1, 2, 1, 1), state, poll=lambda: None)


def test_rows_count_as_much_as_they_weigh() -> None:
    """A row that weighs 0 could be any other, wherever it is in a mini-batch."""
    spec = spec_of(MLP, TABLE, BINARY)
    weighed = replace(spec, signature=replace(spec.signature, weighted=True))
    (chunk,) = make_chunks(spec.signature, [40])
    weights = (np.arange(40) % 3).astype(np.float32)
    one = chunk | {ROW_WEIGHTS: weights}
    other = one | {TARGETS: np.where(weights > 0, one[TARGETS], 1 - one[TARGETS])}
    even = chunk | {ROW_WEIGHTS: np.ones(40, np.float32)}
    key = UnitKey(0, 0, 1, 0)
    states = [run_unit(weighed, key, None, [rows]).state for rows in (one, other, even)]
    assert states[0] == states[1] != states[2]


def test_dropout_drops_as_many_as_it_says() -> None:
    ones = keras.ops.ones((4_000, 3))
    for coarse in (False, True):
        seed = build_network(dropping()).dropouts[0].seed_generator
        masks = [np.asarray(backend().dropped(ones, 0.3, seed.next(), coarse)) for _ in range(2)]
        for mask in masks:
            assert set(np.unique(mask)) == {0.0, np.float32(1 / 0.7)}
            # Four standard deviations of a share.
            assert abs((mask == 0).mean() - 0.3) < 4 * (0.3 * 0.7 / mask.size) ** 0.5
            columns = (mask == 0).astype(float)
            assert abs(np.corrcoef(columns[1:, 0], columns[:-1, 1])[0, 1]) < 4 / 4_000**0.5
        assert abs(np.corrcoef(masks[0].ravel(), masks[1].ravel())[0, 1]) < 4 / masks[0].size ** 0.5
