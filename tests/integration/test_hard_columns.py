"""Columns that misled networks: noise of many values, and numbers that mean categories."""

from __future__ import annotations

import pytest
from fix_server import Connection


def _uniform(seed: str) -> str:
    """Return SQL of a number that is uniform from 0 to 1, the same on any server for each ``i``."""
    digits = f"substr(md5('{seed} ' || i), 1, 8)"
    return f"(('x' || {digits})::bit(32)::bigint / 4294967296.0)::float8"


_QUICK = """, epochs => 5, space => '{"learning_rate": [0.001, 0.01]}'"""


@pytest.mark.parametrize(
    ("name", "share", "more", "configs"),
    [("nothing else", 1.0, ", epochs => 5", 3), ("beside a frequent value", 0.7, _QUICK, 2)],
)
def test_noise_of_many_values_costs_nothing(
    connection: Connection, name: str, share: float, more: str, configs: int
) -> None:
    """What x alone says comes to an AUC of .79; all configurations reach it."""
    noise = f"'N' || ({_uniform('tail')} * 3000)::int"
    board = connection.execute(
        f"""select value from cerebro_fit('{name}', $$
            select x, case when i % 100 < {100 * share} then {noise} else 'often' end as tail,
                {_uniform("y")} < 1 / (1 + exp(-x)) as y
            from (select i, {_uniform("x")} * 4.2 - 2.1 as x from generate_series(1, 20000) i) as r
        $$, 'y'{more})"""
    ).fetchall()
    # And perhaps some of them together.
    assert len(board) >= configs
    assert min(value for (value,) in board) > 0.78


def test_an_hour_is_no_number_alone(connection: Connection) -> None:
    """What depends on the hour as on a category is learned up to the noise, of deviation 1.24."""
    noise = " + ".join(_uniform(f"noise {k}") for k in range(12))
    board = connection.execute(
        f"""select value from cerebro_fit('hours', $$
            select hour, 3 * (hour * 7 % 24 > 11)::int + 1.24 * ({noise} - 6) as y
            from (select i, i % 24 as hour from generate_series(1, 20000) i) as rows
        $$, 'y'{_QUICK})"""
    ).fetchall()
    assert max(value for (value,) in board) < 1.3
