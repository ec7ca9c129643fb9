"""What five folds cost: workers' time over the sum of their units, time over that of as many
configurations on a share that is held out, and bytes of rows over those of one copy.

    python -m benchmarks.cross_validation      measures that alone, on a private server
"""

from __future__ import annotations

from statistics import median
from typing import Any

import click
import psycopg

from benchmarks import table, tables
from benchmarks.hops import training_seconds
from benchmarks.report import Figure, Goal
from benchmarks.server import private_server
from benchmarks.session import Fitted, Session
from benchmarks.workloads import W1

FOLDS = 5
_EPOCHS = 4
_ONE = {"learning_rate": [0.001]}
_AS_MANY = {"learning_rate": [0.001 + 0.0001 * number for number in range(FOLDS)]}
_COST = 1.05
# Of the chunks.
_BYTES = "select bytes from cerebro.datasets where dataset = %s"


def cross_validation(session: Session, rounds: int) -> list[Figure]:
    """Return the figures; searches on folds and on a share take turns, after one that compiles."""
    tables.create(session.connection, W1)
    rows = f"select * from {W1.name}"
    folds, share = [], []
    with (
        session.prepared("folds", rows, f"{FOLDS} folds", FOLDS),
        session.prepared("share", rows, f"{1 / FOLDS}", FOLDS - 1),
    ):
        stored = [_bytes(session.connection, name) for name in ("folds", "share")]
        session.fit("share", W1.model, _ONE)
        for _ in range(rounds):
            folds.append(session.fit("folds", W1.model, _ONE, _EPOCHS))
            share.append(session.fit("share", W1.model, _AS_MANY, _EPOCHS))
    return figures(folds, share, stored[0] / stored[1])


def figures(folds: list[Fitted], share: list[Fitted], stored: float) -> list[Figure]:
    """Return medians over rounds.

    Args:
        folds, share: searches of as many networks, on folds and on a share that is held out.
        stored: bytes of rows, where there are folds, over those where there are none.
    """
    over_units = median(_over_units(fitted) for fitted in folds)
    pairs = zip(folds, share, strict=True)
    over_share = median(
        training_seconds(one.units) / training_seconds(other.units) for one, other in pairs
    )
    what = f"{FOLDS} folds: "
    goal = Goal(_COST, least=False)
    return [
        Figure("w1", f"{what}workers' time over the sum of units", over_units, "x", goal),
        Figure("w1", f"{what}time over as many configurations", over_share, "x"),
        Figure("w1", f"{what}bytes of rows over one copy", stored, "x", Goal(1.01, least=False)),
    ]


def _over_units(fitted: Fitted) -> float:
    busy = sum(unit.finished - unit.started for unit in fitted.units)
    workers = len({unit.worker for unit in fitted.units})
    return workers * training_seconds(fitted.units) / busy


def _bytes(connection: psycopg.Connection[Any], dataset: str) -> int:
    row = connection.execute(_BYTES, [dataset]).fetchone()
    assert row is not None
    return int(row[0])


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=3)
def main(rounds: int) -> None:
    """Print the figures."""
    with private_server() as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            tables.create(connection, W1)
        with Session(conninfo) as session:
            click.echo(table.figures(cross_validation(session, rounds)))


if __name__ == "__main__":
    main()
