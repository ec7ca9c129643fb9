"""A run of the planner's loop over an engine, without the verbs around it: for tests of engines.

Whatever a test wants to happen while it trains, it does between units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from fix_server import Connection
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb

from cerebro_db.dataset.encoding import Encoding
from cerebro_db.engines import Durability, RunPlace, WorkerLimits
from cerebro_db.engines.postgres.server import PostgresServer, start_worker
from cerebro_db.engines.sessions.engine import SessionEngine
from cerebro_db.engines.sessions.loopback import Loopback, connect
from cerebro_db.engines.sessions.states import states_table
from cerebro_db.engines.sessions.workers import Workers
from cerebro_db.model import resolve
from cerebro_db.model.frameworks import TENSORFLOW
from cerebro_db.planner import Schedule, drive
from cerebro_db.session.client import ClientSession
from cerebro_db.store import datasets
from cerebro_db.testing.calls import prepare, value
from cerebro_db.units import Outcome, Unit

MODEL: dict[str, Any] = {"family": "mlp", "hidden": [32], "batch_size": 32, "dropout": 0.1}
CONFIGS = (1, 2, 3)
LIMITS = WorkerLimits.of(TENSORFLOW, threads=1, cache_mb=64)


def nothing() -> None:
    """Let nothing happen."""


@dataclass
class Bare:
    """A run with some configurations, and the sessions that it takes to train them.

    It is its own listener.
    """

    dsn: str
    control: ClientSession
    place: RunPlace
    between: Callable[[], None] = nothing
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def server(self) -> PostgresServer:
        return PostgresServer(lambda: Loopback(self.dsn.encode(), 1))

    @contextmanager
    def engine(
        self, workers: int = 2, *, user: str = "postgres", limits: WorkerLimits = LIMITS
    ) -> Iterator[SessionEngine]:
        """Open an engine that has been told of the run; its workers stay warm for the next one."""
        server = PostgresServer(lambda: Loopback(make_conninfo(self.dsn, user=user).encode(), 1))
        engine = server.open_engine(self.control, limits, workers, "postgres", nothing)
        try:
            engine.place(self.place)
            yield engine
        except BaseException:
            engine.cancel()
            raise
        engine.close()

    def train(
        self, engine: SessionEngine, between: Callable[[], None] = nothing
    ) -> dict[int, bytes]:
        """Train to the end; return the final states."""
        self.between, self.outcomes = between, []
        schedule = Schedule(self.place.partitions, self.place.seed)
        for config in CONFIGS:
            schedule.add(config, self.place.epochs)
        drive(schedule, engine, self)
        return self.states(self.place.partitions * self.place.epochs)

    def states(self, units: int) -> dict[int, bytes]:
        """Return the states after so many units, by configuration."""
        epoch, step = self.place.epoch_of(units)
        table = states_table(self.place, epoch, step).as_string()
        statement = f"select config, state from {table} where step = $1::int"
        return {row["config"]: row["state"] for row in self.control.fetch(statement, step)}

    def setting(self, engine: SessionEngine, name: str) -> str:
        """Return a setting of an engine's first worker, which is idle."""
        session = ClientSession(engine._crew[0].connection)
        return str(session.fetch("select current_setting($1::text) as value", name)[0]["value"])

    def started(self, unit: Unit) -> None:
        pass

    def trained(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def failed(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


@contextmanager
def bare_run(
    dsn: str,
    connection: Connection,
    *,
    epochs: int = 2,
    partitions: int = 3,
    durability: Durability = "async",
    model: dict[str, Any] = MODEL,
) -> Iterator[Bare]:
    """Have a new run of the table "points", whose dataset is prepared the first time."""
    name = f"points {partitions}"
    connection.execute(
        "create table if not exists points as select i % 7 as a, (i * 7919) % 104729 as b,"
        " i % 2 = 0 as y from generate_series(1, 6000) i"
    )
    if not connection.execute("select from cerebro.datasets where dataset = %s", [name]).fetchall():
        prepare(connection, name, "points", "y", partitions=partitions)
    with connect(Loopback(dsn.encode(), 1), "cerebro_db control") as opened:
        control = ClientSession(opened)
        dataset = datasets.get(control, name, "postgres", "own")
        place = RunPlace(0, dataset.id, 5, partitions, epochs, validate=True, durability=durability)
        place = replace(place, run=_write(connection, dataset, place, model))
        yield Bare(dsn, control, place)


def close_warm() -> None:
    """Close the sessions that this process keeps warm."""
    Workers(Loopback(b"", 0), LIMITS, start_worker).close_others([])


def _write(
    connection: Connection, dataset: datasets.Dataset, place: RunPlace, model: dict[str, Any]
) -> int:
    run = int(
        value(
            connection,
            "insert into cerebro._runs (name, owner, dataset, prepared, metric, higher_is_better,"
            " model, space, search, epochs, workers, seed, options) select 'bare ' ||"
            " count(*), 'postgres', %s, false, 'loss', false, '{}', '{}', '{}', %s, 2, %s, '{}'"
            " from cerebro._runs returning id",
            dataset.id,
            place.epochs,
            place.seed,
        )
    )
    signature = Encoding.from_json(dataset.encoding).signature
    for config in CONFIGS:
        params = {"learning_rate": 0.001 * config}
        spec = resolve(model, params, signature, dict)
        connection.execute(
            "insert into cerebro._configs (run, config, params, spec) values (%s, %s, %s, %s)",
            [run, config, Jsonb(params), Jsonb(spec.to_json())],
        )
    return run
