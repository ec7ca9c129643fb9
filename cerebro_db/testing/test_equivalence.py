"""Hopping changes nothing: the weights equal those of a plain loop in one process, bit for bit."""

from __future__ import annotations

from typing import Any

import pytest

from cerebro_db.tensors import unpack
from cerebro_db.testing.calls import fit, prepare
from cerebro_db.testing.data import load_digits_into, load_tumours_into
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import kept_states, segments, training_chunks
from cerebro_db.testing.plain_loop import plain_loop

SEARCHES: dict[str, dict[str, Any]] = {
    "dense": {
        "source": "digits",
        "model": {"family": "mlp", "hidden": [16], "dropout": 0.2},
        "space": {"learning_rate": [0.001, 0.01], "optimizer": ["adam", "sgd"]},
        "workers": 2,
        "seed": 7,
        "options": {"keep": 4},
    },
    "conv": {
        "source": "digits",
        "model": {"family": "cnn", "filters": [4], "batch_norm": True, "batch_size": 64},
        "space": {"weight_decay": [0, 0.01], "optimizer": ["adamw"]},
        "workers": 1,
        "seed": -3,
    },
    "crowded": {
        # A worker can hold one of these partitions besides the validation rows.
        "source": "wide",
        "model": {"family": "linear", "batch_size": 256},
        "space": {"learning_rate": [0.001, 0.01]},
        "workers": 2,
        "options": {"cache_mb": 1},
    },
    "streamed": {
        "source": "digits",
        "model": {"family": "mlp", "hidden": [16], "dropout": 0.2},
        "space": {"learning_rate": [0.001, 0.01]},
        "workers": 2,
        "seed": 7,
        "options": {"cache_mb": 0},
    },
    "mixed": {
        "source": "tumours",
        "model": {"family": "wide_deep", "hidden": [8]},
        "space": {"clipnorm": [None, 1.0], "label_weights": ["balanced"]},
        "workers": 3,
    },
    "of many heads": {
        "source": "tumours",
        "model": {"family": "tabm", "heads": 4, "units": 8},
        "space": {"numbers": ["plain", "piecewise"]},
        "workers": 2,
    },
    "scheduled": {
        "source": "digits",
        "model": {"family": "mlp", "hidden": [16], "dropout": 0.2, "warmup": 0.1, "ema": 0.9},
        "space": {
            "schedule": ["cosine", "one_cycle", None],
            "dropout_schedule": ["flat_cos"],
            "epochs": [1, 2],
        },
        "workers": 2,
        # The last states, of their whole budget.
        "options": {"keep": 6, "restore_best": False},
    },
    "weighed": {
        "source": "weighed",
        "model": {"family": "mlp", "hidden": [16]},
        "space": {"learning_rate": [0.001, 0.01]},
        "workers": 2,
    },
    "multiple": {
        "source": "evenly",
        "model": {"family": "mlp", "hidden": [16]},
        "space": {"learning_rate": [0.001, 0.003, 0.01]},
        "workers": 2,
        "options": {"keep": 3},
    },
}
EPOCHS = 2


@pytest.fixture(scope="module", autouse=True)
def datasets(connection: Connection) -> dict[str, int]:
    """Datasets, and into how many partitions each is cut."""
    load_digits_into(connection)
    load_tumours_into(connection)
    connection.execute(
        "create table numbers as select i as id, i % 2 = 0 as y,"
        " array(select sin(i * j) from generate_series(1, 100) j) as v"
        " from generate_series(1, 6000) i"
    )
    pixels = "select image, digit from digits"
    made = [
        prepare(connection, "digits", pixels, "digit", partitions=3),
        prepare(connection, "wide", "select v, y from numbers", "y", partitions=4),
        prepare(
            connection,
            "weighed",
            "select v, y, id % 4 as w from numbers",
            "y",
            partitions=2,
            encode={"w": "weights"},
        ),
        prepare(connection, "tumours", "select * from tumours", "diagnosis", partitions=2),
        prepare(connection, "evenly", pixels, "digit", partitions=2 * len(segments(connection))),
    ]
    return {row.dataset: row.partitions for row in made}


@pytest.mark.parametrize("run", SEARCHES)
def test_weights_are_those_of_a_plain_loop(
    connection: Connection, datasets: dict[str, int], run: str
) -> None:
    search = SEARCHES[run]
    dataset = search["source"]
    fit(connection, run, epochs=EPOCHS, **search)
    chunks = training_chunks(connection, dataset)
    assert set(chunks) == set(range(datasets[dataset]))
    kept = kept_states(connection, run)
    assert kept
    for config, found in kept.items():
        units = range(found.units)
        expected = plain_loop(found.spec, chunks, search.get("seed", 0), config, units)
        assert unpack(found.state).keys() == unpack(expected).keys()
        assert found.state == expected, f"config {config}"
