"""What cerebro.hops says after real runs: every unit once, nobody in two places at a time."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from fix_data import load_digits_into
from fix_server import Connection

from cerebro_db.planner import visits

# configurations, partitions, workers: fewer, as many and more of each than of the others
SHAPES = [(2, 4, 2), (4, 4, 4), (5, 2, 3), (3, 3, 1), (1, 3, 2), (3, 1, 2)]


@pytest.fixture(scope="module", autouse=True)
def digits(connection: Connection) -> None:
    load_digits_into(connection)


@pytest.mark.parametrize(("configs", "partitions", "workers"), SHAPES)
def test_hops(connection: Connection, configs: int, partitions: int, workers: int) -> None:
    run, epochs, seed = f"shape {configs} {partitions} {workers}", 2, 11
    rates = [0.001 * (i + 1) for i in range(configs)]
    board = connection.execute(
        """
        select * from cerebro_fit(%s, 'select image, digit from digits', 'digit',
            model => '{"family": "linear"}',
            space => jsonb_build_object('learning_rate', %s::float8[]),
            epochs => %s, workers => %s, seed => %s,
            options => jsonb_build_object('partitions', %s::int))
        """,
        [run, rates, epochs, workers, seed, partitions],
    ).fetchall()
    assert len(board) == configs
    hops = connection.execute(
        "select config, epoch, partition, position, worker, pid, rows, started, finished"
        " from cerebro.hops where run = %s order by started",
        [run],
    ).fetchall()

    counts = Counter(hop[:3] for hop in hops)
    assert set(counts.values()) == {1}
    assert len(counts) == configs * epochs * partitions
    assert len({hop[4] for hop in hops}) <= workers
    for one in (0, 4):  # a configuration, then a worker
        for value in {hop[one] for hop in hops}:
            mine = [hop for hop in hops if hop[one] == value]
            assert all(a[8] <= b[7] for a, b in pairwise(mine)), "two units at the same time"
    for config in range(1, configs + 1):
        for epoch in range(1, epochs + 1):
            order = [hop[2] for hop in hops if hop[0] == config and hop[1] == epoch]
            assert tuple(order) == visits(seed, config, epoch, partitions)


def test_states_do_not_outlive_the_run(connection: Connection) -> None:
    left = connection.execute(
        r"select count(*) from pg_class where relname like '\_states\_%' and relkind = 'r'"
    ).fetchone()
    assert left == (0,)
