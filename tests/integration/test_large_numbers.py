"""Numbers beyond 64-bit integers, which jsonb gives back as such, train and predict."""

from __future__ import annotations

import psycopg
import pytest


@pytest.mark.parametrize("power", [17, 25])
def test_a_regression_on_large_numbers(connection: psycopg.Connection, power: int) -> None:
    connection.execute(
        f"create table large as select i * 1e{power} as x, 3 * i * 1e{power} as y,"
        f" array[i * 1e{power}, i % 7]::float8[] as v from generate_series(1, 200) as i"
    )
    connection.execute(
        "select cerebro_fit('large', 'large', 'y', epochs => 1,"
        " space => '{\"learning_rate\": [0.01]}')"
    )
    ((status, error),) = connection.execute(
        "select status, error from cerebro.configs where run = 'large'"
    ).fetchall()
    assert (status, error) == ("finished", None)
    (same,) = connection.execute(
        "select bool_and(cerebro_score('large', l) between -1e40 and 1e40) from large as l"
    ).fetchone()
    assert same
    connection.execute("select cerebro_drop('large')")
    connection.execute("drop table large")
