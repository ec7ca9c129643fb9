"""Hopping in the database changes nothing: the weights are those of a plain loop, bit for bit."""

from __future__ import annotations

import pytest
from fix_data import load_digits_into, load_tumours_into
from fix_server import Connection

from cerebro_db import training
from cerebro_db.model import Spec
from cerebro_db.planner import visits
from cerebro_db.tensors import Tensors, unpack

RUNS = {
    "dense": (
        "digits",
        """select * from cerebro_fit('dense', 'digits', epochs => 2, workers => 2, seed => 7,
            model => '{"family": "mlp", "hidden": [16], "dropout": 0.2}',
            space => '{"learning_rate": [0.001, 0.01], "optimizer": ["adam", "sgd"]}',
            options => '{"keep": 4}')""",
    ),
    "conv": (
        "digits",
        """select * from cerebro_fit('conv', 'digits', epochs => 2, workers => 1, seed => -3,
            model => '{"family": "cnn", "filters": [4], "batch_norm": true, "batch_size": 64}',
            space => '{"weight_decay": [0, 0.01], "optimizer": ["adamw"]}')""",
    ),
    "crowded": (
        # Partitions of half a megabyte, of which a worker holds one besides the validation rows.
        "wide",
        """select * from cerebro_fit('crowded', 'wide', epochs => 2, workers => 2,
            model => '{"family": "linear", "batch_size": 256}',
            space => '{"learning_rate": [0.001, 0.01]}', options => '{"cache_mb": 1}')""",
    ),
    "streamed": (
        "digits",
        """select * from cerebro_fit('streamed', 'digits', epochs => 2, workers => 2, seed => 7,
            model => '{"family": "mlp", "hidden": [16], "dropout": 0.2}',
            space => '{"learning_rate": [0.001, 0.01]}', options => '{"cache_mb": 0}')""",
    ),
    "mixed": (
        "tumours",
        """select * from cerebro_fit('mixed', 'tumours', epochs => 3, workers => 3,
            model => '{"family": "wide_deep", "hidden": [8]}',
            space => '{"clipnorm": [null, 1.0], "label_weights": ["balanced"]}')""",
    ),
}


@pytest.fixture(scope="module", autouse=True)
def datasets(connection: Connection) -> None:
    load_digits_into(connection)
    load_tumours_into(connection)
    connection.execute(
        "select cerebro_prepare('digits', 'digits', 'digit', partitions => 3,"
        " features => array['image'])"
    )
    connection.execute(
        "create table wide as select array(select sin(i * j) from generate_series(1, 100) j) as v,"
        " i % 2 = 0 as y from generate_series(1, 6000) i"
    )
    connection.execute("select cerebro_prepare('wide', 'wide', 'y', partitions => 4)")
    connection.execute(
        "select cerebro_prepare('tumours', 'select * from tumours', 'diagnosis', partitions => 2)"
    )


@pytest.mark.parametrize("run", RUNS)
def test_weights_are_those_of_a_plain_loop(connection: Connection, run: str) -> None:
    dataset, fit = RUNS[run]
    connection.execute(fit.encode())
    (seed, epochs, partitions), *_ = connection.execute(
        "select seed, epochs, partitions from cerebro.runs where run = %s", [run]
    ).fetchall()
    chunks = chunks_of(connection, dataset)
    kept = connection.execute(
        "select s.config, s.state, c.spec from cerebro._kept_states s"
        " join cerebro._runs r on r.id = s.run join cerebro._configs c using (run, config)"
        " where r.name = %s",
        [run],
    ).fetchall()
    assert kept
    for config, state, spec in kept:
        expected = plain_loop(Spec.from_json(spec), chunks, seed, config, epochs, partitions)
        assert unpack(state).keys() == unpack(expected).keys()
        assert state == expected, f"config {config}"


def plain_loop(
    spec: Spec,
    chunks: dict[int, list[Tensors]],
    seed: int,
    config: int,
    epochs: int,
    partitions: int,
) -> bytes:
    """Train one configuration in this process, partition after partition."""
    state = None
    for epoch in range(1, epochs + 1):
        for partition in visits(seed, config, epoch, partitions):
            key = training.UnitKey(seed, config, epoch, partition)
            work = training.begin(spec, key, state, poll=lambda: None)
            for chunk in chunks[partition]:
                work.train(chunk)
            state = work.finish().state
    assert state is not None
    return state


def chunks_of(connection: Connection, dataset: str) -> dict[int, list[Tensors]]:
    """Return the training chunks of a dataset by partition."""
    row = connection.execute(
        "select id from cerebro._datasets where name = %s", [dataset]
    ).fetchone()
    assert row is not None
    chunks: dict[int, list[Tensors]] = {}
    for partition, payload in connection.execute(
        f"select partition, payload from cerebro._chunks_{row[0]}"
        " where not validation order by partition, seq".encode()
    ):
        chunks.setdefault(partition, []).append(unpack(payload))
    return chunks
