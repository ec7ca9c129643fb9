"""What a run has come to, for whoever compares it with another."""

from __future__ import annotations

from typing import Any

from fix_server import Connection

from cerebro_db.testing.calls import rows

_LAST = """
select distinct on (config) config, units, encode(sha256(state), 'hex') as state
from cerebro._kept_states
where run = (select id from cerebro._runs where name = %s)
order by config, units desc
"""
_CURVES = """
select config, epoch, loss, validation_loss, value
from cerebro.learning_curves
where run = %s
order by config, epoch
"""


def last_states(connection: Connection, run: str) -> dict[int, tuple[int, str]]:
    """Return after how many units each kept configuration has its last state, and its hash."""
    return {config: (units, state) for config, units, state in rows(connection, _LAST, run)}


def curves(connection: Connection, run: str) -> list[Any]:
    """Return the learning curves: configuration, epoch, both losses and the metric's value."""
    return rows(connection, _CURVES, run)
