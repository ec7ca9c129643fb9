"""What a hop costs in writing: the log gets the state once or not at all, and little else."""

from __future__ import annotations

import pytest
from fix_server import Connection

from cerebro_db.testing.calls import fit, prepare
from cerebro_db.testing.data import load_tumours_into

CONFIGS, PARTITIONS, EPOCHS = 2, 4, 2
HOPS = CONFIGS * PARTITIONS * EPOCHS
# The states that a crash must not take, by durability: all, or those at the ends of epochs.
LOGGED = {"async": HOPS, "full": HOPS, "epoch": CONFIGS * EPOCHS}
# Bytes of all else, a hop: its row, and its share of making and dropping the tables.
LITTLE = 15_000


@pytest.mark.parametrize("durability", LOGGED)
@pytest.mark.parametrize("hidden", [[200, 200], [700, 500]])
def test_a_hop_writes_little_more_than_its_state(
    connection: Connection, hidden: list[int], durability: str
) -> None:
    if not connection.execute("select from cerebro.datasets").fetchall():
        load_tumours_into(connection)
        prepare(connection, "prepared", "tumours", "diagnosis", partitions=PARTITIONS)
    run = f"of {hidden[0]} units, {durability}"
    before = _written(connection)
    fit(
        connection,
        run,
        "prepared",
        model={"family": "mlp", "hidden": hidden},
        space={"learning_rate": [0.001, 0.002]},
        epochs=EPOCHS,
        workers=2,
        options={"keep": 1, "durability": durability, "restore_best": False},
    )
    written = _written(connection) - before
    (hops, state_bytes), *_ = connection.execute(
        "select count(*), avg(state_bytes)::float8 from cerebro.hops where run = %s", [run]
    ).fetchall()
    assert hops == HOPS
    # In the end one is copied to those that are kept.
    states = (LOGGED[durability] + 1) * state_bytes
    assert states < written < 1.08 * states + LITTLE * HOPS


def _written(connection: Connection) -> float:
    """Return how many bytes of write-ahead log the server has written since it began."""
    ((written,),) = connection.execute(
        "select (pg_current_wal_insert_lsn() - '0/0')::float8"
    ).fetchall()
    return written
