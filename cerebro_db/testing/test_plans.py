"""Where a server runs what it is sent: by its own plans, and by what its processes report.

On Greenplum a unit's statements are one slice on one segment, and batches are learned from, packed
and predicted on the segments where they lie. On PostgreSQL no parallel process takes part. Both
hold whatever planner the database prefers.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Set
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from cerebro_db.context import Context
from cerebro_db.dataset.request.request import Request, selected
from cerebro_db.engines import RunPlace, WorkerLimits
from cerebro_db.engines.choose import server_of
from cerebro_db.engines.greenplum.server import GreenplumServer
from cerebro_db.engines.sessions.loopback import Loopback, connect
from cerebro_db.engines.sessions.states import states_table
from cerebro_db.model.frameworks import TENSORFLOW
from cerebro_db.session.client import ClientSession
from cerebro_db.session.process import Moment
from cerebro_db.testing.callers import eventually
from cerebro_db.testing.calls import QUICK, drop, fit, rows, value
from cerebro_db.testing.data import load_tumours_into
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import places, segments
from cerebro_db.testing.plans import Explained, Explaining
from cerebro_db.units import Unit
from cerebro_db.verbs import bulk
from cerebro_db.verbs.prepare import prepare

REQUEST = Request(source="tumours", target="diagnosis", encode={"id": "skip"})
EPOCHS = 2
# What is no part of a unit calls nothing of ours and touches none of its rows: a worker's settings,
# and what it says of itself.
OF_UNITS = re.compile(r"\bcerebro_data\b|\bcerebro\._(?!workers\b)")


@pytest.fixture(scope="module", autouse=True)
def run(connection: Connection) -> RunPlace:
    """A run called tumours, with a partition on each segment."""
    load_tumours_into(connection)
    partitions = len(segments(connection))
    fit(connection, "tumours", "tumours", "diagnosis", **QUICK, options={"partitions": partitions})
    (row,) = rows(connection, "select id, dataset, seed from cerebro._runs")
    return RunPlace(row.id, row.dataset, row.seed, partitions, EPOCHS, validate=True)


@pytest.fixture(params=["on", "off"])
def preferring(request: pytest.FixtureRequest, connection: Connection, dsn: str) -> str:
    """The database's connection string, where another planner, or parallel plans, are preferred.

    Greenplum can be built without the other one. What it then prefers is all that it has.
    """
    planner = _planner(connection)
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(f"set {planner} = {request.param}".encode())
    except psycopg.errors.InvalidParameterValue:
        return dsn
    return make_conninfo(dsn, options=f"-c {planner}={request.param}")


def _planner(connection: Connection) -> str:
    """Return the setting that chooses the other planner of Greenplum, or parallel plans."""
    if on_greenplum(connection):
        return "optimizer"
    # PostgreSQL 16 gave it another name.
    newer = connection.info.server_version >= 160000
    return "debug_parallel_query" if newer else "force_parallel_mode"


@pytest.fixture
def explaining() -> Explaining:
    return Explaining()


@dataclass
class _Call(Context):
    """A call of a verb, all of whose queries are explained."""

    explaining: Explaining

    def poll(self) -> None:
        """Do nothing: the caller is a client, whose session nobody ends, and no backend."""

    @contextmanager
    def control(self) -> Iterator[ClientSession]:
        with super().control() as control:
            yield self.explaining.session(control.connection)


@pytest.fixture
def call(preferring: str, explaining: Explaining) -> Iterator[Context]:
    with psycopg.connect(preferring, autocommit=True) as connection:
        session = explaining.session(connection)
        call = _Call(
            session,
            print,
            print,
            connection.info.user,
            Moment(0, time.time_ns(), (0, 0, 0)),
            explaining,
        )
        call.loopback = Loopback(preferring.encode(), 0)
        yield call


@pytest.mark.parametrize(
    ("cache_bytes", "functions"),
    [
        (2**30, {"_start_worker", "_hold", "_train"}),
        (1, {"_start_worker", "_begin_unit", "_feed", "_finish_unit"}),
    ],
    ids=["cached", "streamed"],
)
def test_a_unit_runs_where_its_rows_are(
    connection: Connection,
    run: RunPlace,
    preferring: str,
    explaining: Explaining,
    monkeypatch: pytest.MonkeyPatch,
    cache_bytes: int,
    functions: set[str],
) -> None:
    for module in ("engine", "workers"):
        monkeypatch.setattr(f"cerebro_db.engines.sessions.{module}.Job", explaining.job)
    connection.execute("delete from cerebro._units")
    train(connection, preferring, run, WorkerLimits(TENSORFLOW, 1, cache_bytes))
    called = {name for explained in explaining.found for name in explained.functions}
    assert called - READING == functions
    for explained in explaining.found:
        if OF_UNITS.search(explained.statement):
            assert_in_one_process(explained, on_greenplum(connection))
    lies = {(p.partition, p.segment) for p in places(connection, "tumours") if not p.validation}
    done = rows(connection, "select u.partition, u.segment from cerebro._units u")
    assert {tuple(row) for row in done} == lies
    assert len(done) == EPOCHS * len(lies)


def test_rows_are_learned_from_and_packed_where_they_lie(
    connection: Connection, call: Context, explaining: Explaining
) -> None:
    prepare(call, "again", REQUEST, replace=False)
    drop(connection, "again", "dataset")
    assert_batches_stay(connection, explaining, "_learn_batch")
    # A chunk may take in the rows of two segments.
    assert_batches_stay(connection, explaining, "_pack_batch", moving={"Redistribute Motion"})
    for explained in explaining.found:
        if "_take_chunks" in explained.functions:
            (taking,) = explained.plan.calling("_take_chunks")
            assert taking.segments == len(segments(connection))
            assert not [n for n in explained.plan.walk() if n.kind == "Gather Motion"]


def test_rows_are_predicted_where_they_lie(
    connection: Connection, call: Context, explaining: Explaining
) -> None:
    predicted = bulk.predict_table(call, "tumours", "tumours", "id", "predicted", replace=False)
    connection.execute("drop table predicted")
    evaluated = bulk.evaluate(call, "tumours", "tumours")["rows"]
    assert predicted == evaluated == value(connection, "select count(*) from tumours")
    assert_batches_stay(connection, explaining, "_predict_batch")
    assert_batches_stay(connection, explaining, "_evaluate_batch")


def test_a_batch_is_handed_to_python_in_the_process_that_has_it(
    connection: Connection, call: Context
) -> None:
    """As the rows and the process say themselves; the plans only promise it."""
    greenplum = on_greenplum(connection)
    lies = "array_agg(distinct gp_segment_id)" if greenplum else "array[pg_backend_pid()]"
    runs = "gp_execution_segment()" if greenplum else "pg_backend_pid()"
    query = sql.SQL("select * from ({}) as batches (lies, runs, rows)")
    with (
        call.control() as control,
        selected(call.caller, REQUEST) as (plan, _, _),
        call.server.batches(lambda: nullcontext(control), call.caller, plan, 50) as found,
    ):
        batches = [
            row
            for batch in found.each_batch([sql.SQL(lies), sql.SQL(runs), found.batch_rows])
            for row in call.caller.fetch(query.format(batch).as_string(None))
        ]
    assert all(row["lies"] == [row["runs"]] for row in batches)
    assert all(row["rows"] <= 50 for row in batches)
    assert sum(row["rows"] for row in batches) == 569
    if greenplum:
        assert {row["runs"] for row in batches} == segments(connection)


def train(connection: Connection, dsn: str, run: RunPlace, limits: WorkerLimits) -> None:
    """Train the run's configuration again, by one new worker that reaches all segments."""
    loopback = Loopback(dsn.encode(), 0)
    config = value(connection, "select config from cerebro._configs")
    # As a planner does it: what it creates belongs to the role that workers have.
    with connect(loopback, "cerebro_db control") as session:
        control = ClientSession(session)
        server = server_of(control, lambda: loopback)
        engine = server.open_engine(control, limits, 1, "postgres", lambda: None)
        try:
            engine.place(run)
            while engine.cold:
                assert list(engine.wait()) == []
            for epoch in range(1, EPOCHS + 1):
                for position in range(run.partitions):
                    onward = (position + 1) % run.partitions
                    last = position == run.partitions - 1
                    order = tuple(range(run.partitions))
                    unit = Unit(config, epoch, position, position, last, onward, order, EPOCHS)
                    engine.start(0, unit)
                    (outcome,) = eventually(engine.wait)
                    assert (outcome.error, outcome.lost) == (None, False)
                    assert_state_lies_where_it_is_for_next(connection, run, unit)
        finally:
            engine.cancel()
            server.drop_states(control, run.run)


def assert_state_lies_where_it_is_for_next(
    connection: Connection, run: RunPlace, unit: Unit
) -> None:
    segment = sql.SQL("gp_segment_id" if on_greenplum(connection) else "0")
    step = unit.position + 1
    statement = sql.SQL("select {} from {} where config = {} and step = {}").format(
        segment, states_table(run, unit.epoch, step), unit.config, step
    )
    lies = {p.partition: p.segment for p in places(connection, "tumours") if not p.validation}
    assert [row[0] for row in connection.execute(statement)] == [lies[unit.onward]]


# What reads a configuration, where the engine has the statement that trains it do that too.
READING = frozenset({"_spec"})


def assert_in_one_process(explained: Explained, greenplum: bool) -> None:
    """Check that a worker's statement is one slice of one segment, which calls what it calls."""
    nodes = list(explained.plan.walk())
    assert len({node.slice for node in nodes}) == 1, explained
    assert {node.segments for node in nodes} == {1}, explained
    moving = [node for node in nodes if node.moves]
    if greenplum and explained.plan.kind != "ModifyTable":
        # All that the coordinator does is to hand on what the segment's process returns.
        assert moving == [explained.plan], explained
        assert explained.plan.kind == "Gather Motion", explained
    else:
        assert moving == [], explained
    for function in set(explained.functions) - READING:
        (calling,) = explained.plan.calling(function)
        assert not calling.moves, explained


def assert_batches_stay(
    connection: Connection, explaining: Explaining, function: str, moving: Set[str] = frozenset()
) -> None:
    """Check that batches are aggregated and handed to a function on all segments.

    Args:
        moving: how rows may move before that.
    """
    if not on_greenplum(connection):
        # What is staged there is read into the caller's process, all else handed to it.
        reading = [
            one
            for one in explaining.found
            if function in one.functions or one.reads("_cerebro_staged_")
        ]
        assert reading
        assert not [node for one in reading for node in one.plan.walk() if node.moves]
        return
    handing = [one for one in explaining.found if function in one.functions]
    assert handing
    for one in handing:
        (calling,) = one.plan.calling(function)
        assert calling.kind == "Sorted Aggregate", one
        assert calling.segments == len(segments(connection)), one
        assert {node.kind for node in calling.walk() if node.moves} <= moving, one


def on_greenplum(connection: Connection) -> bool:
    server = server_of(ClientSession(connection), lambda: Loopback(b"", 0))
    return isinstance(server, GreenplumServer)
