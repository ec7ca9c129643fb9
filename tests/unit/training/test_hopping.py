"""The contract of training: a result depends on its arguments alone, bit for bit."""

from itertools import chain
from typing import Any

import pytest
from small_datasets import (
    ALL_KINDS,
    BINARY,
    LABELS,
    NUMERIC,
    TABLE,
    THREE,
    VALUES,
    WIDTHS,
    make_chunks,
    run_unit,
    sizes,
    spec_of,
)

from cerebro_db import training
from cerebro_db.errors import DataError, Shortage
from cerebro_db.model import Spec
from cerebro_db.model.signature import Output
from cerebro_db.tensors import Tensors, unpack
from cerebro_db.training import Progress, UnitKey
from cerebro_db.training.keras import programs, subepoch
from cerebro_db.training.keras.programs import PROGRAMS, Programs

SMALL = {"hidden": [8], "dropout": 0.3, "embedding_dim": 3, "batch_size": 16}
FAMILIES: list[tuple[dict[str, Any], Output]] = [
    ({"family": "mlp", **SMALL, "batch_norm": True}, BINARY),
    ({"family": "linear", "dropout": 0.2, "batch_size": 16}, VALUES),
    ({"family": "cnn", **SMALL, "filters": [4], "batch_norm": True}, THREE),
    ({"family": "text", **SMALL, "pooling": "mean"}, LABELS),
    ({"family": "text", **SMALL, "pooling": "max", "embedding_dropout": 0.3}, BINARY),
    ({"family": "text", **SMALL, "pooling": "lstm", "units": 4}, BINARY),
    ({"family": "wide_deep", **SMALL}, THREE),
    ({"family": "realmlp", **SMALL}, BINARY),
    ({"family": "realmlp", **SMALL, "learning_rate": 0.01}, VALUES),
]
BLOCKS = {"units": 8, "dropout": 0.3, "batch_size": 16}
TABULAR: list[tuple[dict[str, Any], Output]] = [
    ({"family": "mlp", **SMALL, "numbers": "piecewise"}, BINARY),
    ({"family": "linear", "numbers": "periodic", "batch_size": 16}, VALUES),
    ({"family": "resnet", **BLOCKS, "residual_dropout": 0.1, "numbers": "periodic"}, THREE),
    ({"family": "tabm", **BLOCKS, "heads": 3}, VALUES),
    ({"family": "tabm", **BLOCKS, "heads": 3, "mini": True, "numbers": "piecewise"}, LABELS),
    ({"family": "ft_transformer", **BLOCKS, "attention_heads": 2, "residual_dropout": 0.1}, THREE),
    ({"family": "ft_transformer", **BLOCKS, "numbers": "piecewise"}, BINARY),
]
OPTIMIZERS: list[dict[str, Any]] = [
    {"optimizer": "adam", "amsgrad": True, "clipnorm": 1.0},
    {"optimizer": "adamw", "weight_decay": 0.1},
    {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "l2": 0.01},
    {"optimizer": "rmsprop", "momentum": 0.5, "centered": True},
    {"optimizer": "adagrad", "weight_decay": 0.01},
    {"optimizer": "nadam", "clipvalue": 0.01},
    {"optimizer": "adafactor", "weight_decay": 0.01},
    {"optimizer": "lion", "global_clipnorm": 0.1},
    {"optimizer": "muon"},
]
SCHEDULES: list[dict[str, Any]] = [
    {"schedule": "cosine", "warmup": 0.2, "ema": 0.9, "batch_norm": True},
    {
        "optimizer": "adamw",
        "schedule": "coslog4",
        "dropout_schedule": "flat_cos",
        "weight_decay_schedule": "step",
    },
]
CASES = [
    *[pytest.param(d, o, ALL_KINDS, id=d["family"] + d.get("pooling", "")) for d, o in FAMILIES],
    pytest.param({"family": "mlp", "unknown": 0.2}, BINARY, (NUMERIC, WIDTHS), id="widths"),
    *[
        pytest.param(d, o, TABLE, id=f"{d['family']} {d.get('numbers', 'plain')}")
        for d, o in TABULAR
    ],
    *[
        pytest.param({"family": "mlp", **SMALL, **d}, BINARY, (NUMERIC,), id=d["optimizer"])
        for d in OPTIMIZERS
    ],
    *[
        pytest.param({"family": "mlp", **SMALL, **d}, BINARY, (NUMERIC,), id=d["schedule"])
        for d in SCHEDULES
    ],
]  # fmt: skip

Partitions = list[list[Tensors]]


def train(spec: Spec, partitions: Partitions, *, hop: bool) -> bytes:
    """Two epochs over the partitions: through bytes and other work in between, or straight on."""
    state = None
    whole = sizes(list(chain(*partitions)))
    for epoch in (1, 2):
        for i, chunks in enumerate(partitions):
            key = UnitKey(seed=-3, config=4, epoch=epoch, partition=i)
            progress = Progress(2, whole, sizes(list(chain(*partitions[:i]))))
            state = run_unit(spec, key, state, chunks, progress=progress).state
            if hop:
                run_unit(spec, UnitKey(99, 5, 1, i), None, chunks)
        if hop:
            PROGRAMS.clear()
    assert state is not None
    return state


@pytest.mark.parametrize(("definition", "output", "inputs"), CASES)
def test_hopping_changes_nothing(definition: Any, output: Output, inputs: Any) -> None:
    spec = spec_of(definition, inputs, output)
    partitions = [make_chunks(spec.signature, [40, 7], seed=1), make_chunks(spec.signature, [30])]
    hopped, straight = train(spec, partitions, hop=True), train(spec, partitions, hop=False)
    assert hopped == straight
    first = run_unit(spec, UnitKey(-3, 4, 1, 0), None, partitions[0]).state
    assert first != hopped


@pytest.mark.parametrize(
    ("definition", "output"),
    [*FAMILIES[:4], ({"family": "mlp", **SMALL, **SCHEDULES[1], "ema": 0.9}, BINARY)],
)
def test_cuts_change_nothing(
    definition: Any, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = spec_of(definition, ALL_KINDS, output)
    chunks = make_chunks(spec.signature, [70, 3])
    whole = run_unit(spec, UnitKey(0, 0, 1, 0), None, chunks, chunks)
    monkeypatch.setattr(programs, "SECONDS_PER_CALL", 0.0)
    cut = run_unit(spec, UnitKey(0, 0, 1, 0), None, chunks, chunks)
    assert cut.state == whole.state
    assert cut.training == whole.training
    assert cut.validation == whole.validation


def test_initial_weights_come_from_seed_and_config() -> None:
    spec = spec_of({"family": "mlp", "hidden": [4]}, [NUMERIC], BINARY)

    def initial(seed: int, config: int, epoch: int = 1) -> bytes:
        return (
            training.begin(spec, UnitKey(seed, config, epoch, epoch), None, poll=lambda: None)
            ._program.loop.save()["weights/000/kernel"]
            .tobytes()
        )  # type: ignore[attr-defined]

    assert initial(1, 1) == initial(1, 1, epoch=2)
    assert len({initial(1, 1), initial(2, 1), initial(1, 2), initial(-1, 1)}) == 4


def test_rows_are_taken_in_an_order_of_their_unit() -> None:
    orders = {
        subepoch._order(UnitKey(s, c, e, p), k, 50).tobytes()
        for s in (0, 1) for c in (0, 1) for e in (1, 2) for p in (0, 1) for k in (0, 1)
    }  # fmt: skip
    assert len(orders) == 16  # not of the configuration
    assert sorted(subepoch._order(UnitKey(0, 0, 1, 0), 0, 50)) == list(range(50))


@pytest.mark.parametrize("polls", range(5))
def test_cancelling_leaves_the_process_clean(polls: int) -> None:
    """Wherever it strikes: while the model is built and compiled, or while it trains."""
    spec = spec_of({"family": "mlp", "hidden": [4], "batch_size": 8}, [NUMERIC], BINARY)
    chunks = make_chunks(spec.signature, [64])
    key = UnitKey(0, 0, 1, 0)
    before = run_unit(spec, key, None, chunks)
    calls: list[int] = []

    def cancel() -> None:
        calls.append(1)
        if len(calls) > polls:
            raise KeyboardInterrupt

    PROGRAMS.clear()
    with pytest.raises(KeyboardInterrupt):
        training.begin(spec, key, before.state, poll=cancel).train(chunks[0])
    assert run_unit(spec, key, None, chunks).state == before.state


def test_more_memory_than_there_is_is_refused() -> None:
    spec = spec_of(
        {"family": "mlp", "hidden": [65_536], "batch_size": 1_048_576}, [NUMERIC], BINARY
    )
    (chunk,) = make_chunks(spec.signature, [1_048_576])
    work = training.begin(spec, UnitKey(0, 0, 1, 0), None, poll=lambda: None)
    with pytest.raises(Shortage, match="memory") as refusal:
        work.train(chunk)
    assert "batch size" in refusal.value.hint


def test_a_sub_epoch_whose_variables_were_taken_stops() -> None:
    spec = spec_of({"family": "linear"}, [NUMERIC], BINARY)
    chunks = make_chunks(spec.signature, [8])
    work = training.begin(spec, UnitKey(0, 0, 1, 0), None, poll=lambda: None)
    training.begin(spec, UnitKey(0, 1, 1, 0), None, poll=lambda: None)
    with pytest.raises(RuntimeError, match="another sub-epoch"):
        work.train(chunks[0])


def test_programs_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cerebro_db.training.keras.programs.MAX_PROGRAMS", 2)
    programs = Programs()
    specs = [spec_of({"family": "mlp", "hidden": [i]}, [NUMERIC], BINARY) for i in (1, 2, 3)]
    used = [programs.get(specs[i], poll=lambda: None) for i in (0, 1, 0, 2, 0)]
    assert used[0] is used[2] is used[4]
    assert len(programs._kept) == 2


def test_states_hold_weights_and_optimizer_and_nothing_else() -> None:
    spec = spec_of({"family": "mlp", "hidden": [4], "dropout": 0.5}, [NUMERIC], BINARY)
    chunks = make_chunks(spec.signature, [32])
    state = run_unit(spec, UnitKey(0, 0, 1, 0), None, chunks).state
    tensors = unpack(state)
    assert {name.split("/")[0] for name in tensors} == {"weights", "optimizer"}
    assert "weights/002/seed_generator_state" in tensors
    assert "learning_rate" not in "".join(tensors)
    kept = unpack(training.weights_of(state))
    assert set(kept) == {name for name in tensors if name.startswith("weights/")}


def test_states_of_other_models_are_refused() -> None:
    small = spec_of({"family": "mlp", "hidden": [4]}, [NUMERIC], BINARY)
    large = spec_of({"family": "mlp", "hidden": [5]}, [NUMERIC], BINARY)
    state = run_unit(small, UnitKey(0, 0, 1, 0), None, make_chunks(small.signature, [4])).state
    with pytest.raises(DataError, match="not that of this model"):
        training.begin(large, UnitKey(0, 0, 1, 1), state, poll=lambda: None)
    with pytest.raises(DataError, match="damaged"):
        training.predictor(small, b"nonsense")
