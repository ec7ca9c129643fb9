"""What a hop costs in writing: the write-ahead log gets the state once, and little else."""

from __future__ import annotations

import pytest
from fix_server import Connection

from cerebro_db.testing.calls import fit, prepare
from cerebro_db.testing.data import load_tumours_into


@pytest.mark.parametrize("hidden", [[200, 200], [700, 500]])
def test_a_hop_writes_little_more_than_its_state(connection: Connection, hidden: list[int]) -> None:
    if not connection.execute("select from cerebro.datasets").fetchall():
        load_tumours_into(connection)
        prepare(connection, "prepared", "tumours", "diagnosis", partitions=4)
    run = f"of {hidden[0]} units"
    before = _written(connection)
    fit(
        connection,
        run,
        "prepared",
        model={"family": "mlp", "hidden": hidden},
        space={"learning_rate": [0.001, 0.002]},
        epochs=2,
        workers=2,
        options={"keep": 1},
    )
    written = _written(connection) - before
    (hops, state_bytes), *_ = connection.execute(
        "select count(*), sum(state_bytes)::float8 from cerebro.hops where run = %s", [run]
    ).fetchall()
    assert hops == 16
    # Every hop writes its state, and in the end one is copied to those that are kept.
    states = state_bytes * (hops + 1) / hops
    assert states < written < 1.1 * states


def _written(connection: Connection) -> float:
    """Return how many bytes of write-ahead log the server has written since it began."""
    ((written,),) = connection.execute(
        "select (pg_current_wal_insert_lsn() - '0/0')::float8"
    ).fetchall()
    return written
