"""One PostgreSQL server: rows are packed in the caller's backend, and every worker reaches all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

import numpy as np

from cerebro_db.dataset.chunks import Extent
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.staged.rows import StagedRows
from cerebro_db.engines._base import OpenControl, WorkerLimits
from cerebro_db.engines.machine import processors, workers_in_memory, workers_that_fit
from cerebro_db.engines.postgres.inference import infer
from cerebro_db.engines.postgres.packing import chunks
from cerebro_db.engines.postgres.staged import StagedBatches
from cerebro_db.engines.postgres.staging import stage
from cerebro_db.engines.postgres.standoffs import Lookout
from cerebro_db.engines.postgres.units import SQL, PostgresUnitSteps
from cerebro_db.engines.postgres.unstaged import UnstagedBatches
from cerebro_db.engines.sessions.engine import SessionEngine
from cerebro_db.engines.sessions.loopback import Loopback, own_processes
from cerebro_db.engines.sessions.pool import keep_ready
from cerebro_db.engines.sessions.server import SessionServer
from cerebro_db.engines.sessions.tables import chunks_table, compose
from cerebro_db.engines.sessions.workers import Workers
from cerebro_db.model.frameworks import Framework
from cerebro_db.session import CallersSession, Session
from cerebro_db.session.client import ClientSession
from cerebro_db.session.job import Statement
from cerebro_db.session.process import require_staying
from cerebro_db.store.serving import ServedNetwork
from cerebro_db.store.statements import load_statements
from cerebro_db.tensors import Tensors

_TABLES_SQL = load_statements(__package__, "tables.sql")


class PostgresServer(SessionServer):
    """A single PostgreSQL server.

    Args:
        loopback: finds out how its backends reach it.
    """

    on_coordinator = True
    distribution = ""
    hears = True
    lock_timeout = "0"

    def __init__(self, loopback: Callable[[], Loopback]) -> None:
        super().__init__(loopback, _TABLES_SQL)
        self._lookout = Lookout(own_processes)

    def poll(self, session: Session) -> None:
        """Run a statement: that is how PL/Python lets PostgreSQL notice a cancel.

        Raises:
            Standoff: what is waited for waits for the caller.
        """
        require_staying()
        session.fetch("select")
        self._lookout.look(session)

    def require_takers(self, session: Session) -> None:
        """Do nothing: one process makes rows and stores them."""

    def default_partitions(self, control: ClientSession, folds: int = 0) -> int:
        """Return the number of processors, or of folds: every worker reaches all partitions."""
        return folds or processors()

    def default_workers(self, control: ClientSession, configs: int) -> int:
        """Return how many workers could be busy, as far as processors and memory allow."""
        return max(1, min(configs, workers_that_fit()))

    def most_workers(self, control: ClientSession) -> int:
        """Return how many workers the machine has memory for."""
        return workers_in_memory()

    def stage(
        self, control: OpenControl, session: CallersSession, selection: Selection
    ) -> StagedBatches:
        """Read a source, in the caller's session, into a temporary table of it."""
        return stage(session, selection)

    def batches(
        self, control: OpenControl, session: CallersSession, selection: Selection, rows: int
    ) -> UnstagedBatches:
        """Read a source as the caller in batches of at most so many rows."""
        return UnstagedBatches(session, selection, rows)

    def pack(
        self,
        control: ClientSession,
        dataset: int,
        name: str,
        staged: StagedRows,
        encoding: Encoding,
        extents: Sequence[Extent],
    ) -> int:
        """Encode the rows in this backend, and write them through the control session."""
        assert isinstance(staged, StagedBatches)
        self.tables.create_chunks(control, dataset, name)
        statement = compose(_TABLES_SQL["write_chunk"], chunks=chunks_table(dataset))
        written = 0
        with ExitStack() as writing:
            for chunk in chunks(staged, encoding, extents):
                # The control session writes while the next chunk is read and encoded here.
                writing.close()
                place = (chunk.validation, chunk.partition, chunk.seq, chunk.rows)
                writing.callback(control.begin(statement, *place, chunk.payload))
                written += len(chunk.payload)
        return written

    def open_engine(
        self,
        control: ClientSession,
        limits: WorkerLimits,
        count: int,
        role: str,
        poll: Callable[[], None],
    ) -> SessionEngine:
        """Open so many workers; they import the framework while the caller goes on."""
        workers = self._workers(limits, role, poll)
        return SessionEngine(
            control, self.tables, self.state_tables, workers, [0], count, PostgresUnitSteps, poll
        )

    def keep_ready(
        self,
        control: ClientSession,
        limits: WorkerLimits,
        count: int,
        role: str,
        poll: Callable[[], None],
    ) -> int:
        """Have so many workers ready before a role has use for them."""
        return keep_ready(self._workers(limits, role, poll), [0], count, poll)

    def _workers(self, limits: WorkerLimits, role: str, poll: Callable[[], None]) -> Workers:
        return Workers(self.loopback(), limits, start_worker, poll, role)

    def infer(
        self,
        session: Session,
        network: ServedNetwork,
        framework: Framework,
        inputs: Tensors,
        poll: Callable[[], None],
    ) -> np.ndarray:
        """Ask a worker, which a new session starts: see ``inference``."""
        limits = WorkerLimits.of(framework, threads=1, cache_mb=1024)
        workers = Workers(self.loopback(), limits, start_worker, poll)
        return infer(workers, network, inputs, poll)


def start_worker(limits: WorkerLimits, segment: int) -> Statement:
    """Return the statement that gets a session ready to train."""
    return Statement(SQL["start_worker"], (limits.threads, limits.cache_bytes, limits.framework))
