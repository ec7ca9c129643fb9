"""What cerebro.hops says after real runs: every unit once, in order, nobody twice at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from cerebro_db.planner import visits
from cerebro_db.testing.calls import fit, rows
from cerebro_db.testing.data import load_digits_into
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import segments, state_tables

# configurations, partitions, workers: fewer, as many and more of each than of the others
SHAPES = [(2, 4, 2), (4, 4, 4), (5, 2, 3), (3, 3, 1), (1, 3, 2), (3, 1, 2)]
EPOCHS = 2
SEED = 11


@pytest.fixture(scope="module", params=SHAPES, ids=lambda shape: "{}x{}x{}".format(*shape))
def shape(request: pytest.FixtureRequest) -> tuple[int, int, int]:
    """The shape of a search."""
    configs, partitions, workers = request.param
    return configs, partitions, workers


@pytest.fixture(scope="module", autouse=True)
def digits(connection: Connection) -> None:
    load_digits_into(connection)


@pytest.fixture(scope="module")
def hops(connection: Connection, digits: None, shape: tuple[int, int, int]) -> list[Any]:
    """The hops of a search of that shape, by start."""
    return searched(connection, f"shape {shape}", *shape)


def searched(
    connection: Connection, run: str, configs: int, partitions: int, workers: int
) -> list[Any]:
    """Search, and return the hops by start."""
    board = fit(
        connection,
        run,
        "select image, digit from digits",
        "digit",
        model={"family": "linear"},
        space={"learning_rate": [0.001 * (i + 1) for i in range(configs)]},
        epochs=EPOCHS,
        workers=workers,
        seed=SEED,
        options={"partitions": partitions},
    )
    assert len(board) == configs
    return rows(connection, "select * from cerebro.hops where run = %s order by started", run)


def by(hops: list[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    """Return the hops in groups, each in the order given."""
    groups: dict[Any, list[Any]] = {}
    for hop in hops:
        groups.setdefault(key(hop), []).append(hop)
    return groups


def test_every_unit_is_done_once(hops: list[Any], shape: tuple[int, int, int]) -> None:
    configs, partitions, workers = shape
    counts = Counter((hop.config, hop.epoch, hop.partition) for hop in hops)
    assert set(counts.values()) == {1}
    assert len(counts) == configs * EPOCHS * partitions
    assert len({hop.worker for hop in hops}) <= workers


def test_a_configuration_visits_the_partitions_in_its_order(
    hops: list[Any], shape: tuple[int, int, int]
) -> None:
    for (config, epoch), mine in by(hops, lambda hop: (hop.config, hop.epoch)).items():
        order = tuple(hop.partition for hop in mine)
        assert order == visits(SEED, config, epoch, shape[1])
        assert [hop.position for hop in mine] == list(range(shape[1]))


def test_a_configuration_is_in_one_place_at_a_time(hops: list[Any]) -> None:
    for mine in by(hops, lambda hop: hop.config).values():
        assert all(one.finished <= next_.started for one, next_ in pairwise(mine))
        epochs = [hop.epoch for hop in mine]
        assert epochs == sorted(epochs)


def test_a_worker_trains_one_unit_at_a_time(hops: list[Any]) -> None:
    for mine in by(hops, lambda hop: hop.worker).values():
        assert all(one.finished <= next_.started for one, next_ in pairwise(mine))


def test_a_state_neither_grows_nor_shrinks(hops: list[Any]) -> None:
    for mine in by(hops, lambda hop: hop.config).values():
        assert len({hop.state_bytes for hop in mine}) == 1
        assert mine[0].state_bytes > 0


def test_a_partition_is_trained_where_it_lies(hops: list[Any]) -> None:
    for mine in by(hops, lambda hop: hop.partition).values():
        assert len({hop.segment for hop in mine}) == 1
        assert len({hop.rows for hop in mine}) == 1


def test_all_segments_work(connection: Connection) -> None:
    there = segments(connection)
    hops = searched(connection, "everywhere", 2, 2 * len(there), 2)
    assert {hop.segment for hop in hops} == there


@pytest.mark.usefixtures("hops")
def test_states_do_not_outlive_the_run(connection: Connection) -> None:
    assert state_tables(connection) == set()
