"""A Greenplum cluster: rows are packed on the segments, and workers train them there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from psycopg import sql

from cerebro_db.dataset.chunks import Extent
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.staged.rows import StagedRows
from cerebro_db.engines._base import OpenControl, RunPlace, WorkerLimits
from cerebro_db.engines.greenplum import inference, packing
from cerebro_db.engines.greenplum.segments import (
    Segment,
    find_segments,
    natural_partitions,
    neighbours,
    require_in_place,
    working,
)
from cerebro_db.engines.greenplum.staging import StagedOnSegments, stage
from cerebro_db.engines.greenplum.units import SQL, GreenplumUnitSteps
from cerebro_db.engines.machine import workers_in_memory, workers_that_fit
from cerebro_db.engines.sessions.engine import SessionEngine
from cerebro_db.engines.sessions.loopback import Loopback
from cerebro_db.engines.sessions.pool import keep_ready
from cerebro_db.engines.sessions.server import SessionServer
from cerebro_db.engines.sessions.tables import Partition, compose
from cerebro_db.engines.sessions.workers import Workers
from cerebro_db.errors import NoConnection
from cerebro_db.model.frameworks import Framework
from cerebro_db.session import CallersSession, Session
from cerebro_db.session.client import ClientSession
from cerebro_db.session.job import Statement
from cerebro_db.session.process import passing_rows_on
from cerebro_db.store import configs, pretrained
from cerebro_db.store.serving import ServedNetwork
from cerebro_db.store.statements import load_statements
from cerebro_db.tensors import Tensors

# libpq's own, as Greenplum is built.
_SOCKETS = "/tmp"
_PORT = "select pg_catalog.current_setting('port') as port"
_TABLES_SQL = load_statements(__package__, "tables.sql")


class GreenplumServer(SessionServer):
    """A Greenplum cluster.

    Args:
        loopback: finds out how its backends reach the coordinator.
        on_coordinator: whether this process is the coordinator's, and no segment's.
    """

    distribution = "distributed randomly"
    # LISTEN is not documented there.
    hears = False
    # Nothing here looks for standoffs: 9.4 cannot say who waits for whom, and the caller, who alone
    # could ask while a catalog is locked, may run no statement meanwhile (see ``poll``).
    lock_timeout = "60s"

    def __init__(self, loopback: Callable[[], Loopback], *, on_coordinator: bool) -> None:
        super().__init__(loopback, _TABLES_SQL)
        self.on_coordinator = on_coordinator

    def poll(self, session: Session) -> None:
        """Do nothing: Greenplum turns a cancel into a KeyboardInterrupt wherever Python is.

        A statement would open a subtransaction on all segments, and a cancel in the midst of that
        ends the server.
        """

    def require_takers(self, session: Session) -> None:
        """Refuse rows that another process of the coordinator is to take over and cannot.

        The server looks for that way only when it has the rows. It was built with the folder in
        which it looks, whatever its settings say.

        Raises:
            NoConnection: the coordinator listens at no socket in that folder.
        """
        if not passing_rows_on():
            return
        port = session.fetch(_PORT)[0]["port"]
        path = Path(_SOCKETS, f".s.PGSQL.{port}")
        if not path.is_socket():
            raise NoConnection(
                "Greenplum could not store the rows that this returns: its coordinator has no"
                f" socket in {_SOCKETS}",
                detail="A second process of the coordinator would read the rows, and connect"
                f" through {path}, which is not there.",
                hint=f"Add {_SOCKETS} to the coordinator's unix_socket_directories and start it"
                " anew, or call this alone: select * from cerebro_...(...).",
            )

    def default_partitions(self, control: ClientSession, folds: int = 0) -> int:
        """Return so many partitions that each segment has its share: one, if none is favoured; of
        folds, as few more as have each fold have as many."""
        natural = natural_partitions(working(find_segments(control)))
        return -(-natural // folds) * folds if folds else natural

    def default_workers(self, control: ClientSession, configs: int) -> int:
        """Return how many workers could be busy, as far as processors and memory allow.

        The segments' machines are taken to be like the coordinator's.
        """
        segments = working(find_segments(control))
        crowd = max(neighbours(control).values())
        return max(1, min(configs, len(segments) * max(1, workers_that_fit() // crowd)))

    def most_workers(self, control: ClientSession) -> int:
        """Return how many workers the segments' machines have memory for: as much as this one."""
        machines = round(sum(1 / crowd for crowd in neighbours(control).values()))
        return machines * workers_in_memory()

    def stage(
        self, control: OpenControl, session: CallersSession, selection: Selection
    ) -> StagedOnSegments:
        """Read a source, in the caller's session, into a temporary table of it."""
        with control() as opened:
            segments = working(find_segments(opened))
        return stage(session, selection, [segment.home for segment in segments])

    def batches(
        self, control: OpenControl, session: CallersSession, selection: Selection, rows: int
    ) -> StagedOnSegments:
        """Read a source as the caller in batches, which are staged on the segments."""
        staged = self.stage(control, session, selection)
        staged.most_rows = rows
        return staged

    def pack(
        self,
        control: ClientSession,
        dataset: int,
        name: str,
        staged: StagedRows,
        encoding: Encoding,
        extents: Sequence[Extent],
    ) -> int:
        """Encode the rows on their segments, and commit them there through the control session."""
        assert isinstance(staged, StagedOnSegments)
        self.tables.create_chunks(control, dataset, name)
        segments = working(find_segments(control))
        return packing.pack(self.loopback(), control, dataset, segments, staged, encoding, extents)

    def open_engine(
        self,
        control: ClientSession,
        limits: WorkerLimits,
        count: int,
        role: str,
        poll: Callable[[], None],
    ) -> SessionEngine:
        """Open so many workers; on their segments they import the framework meanwhile."""
        segments = find_segments(control)
        homes = _homes(segments)

        def steps(
            place: RunPlace, partitions: list[Partition], workers: Workers
        ) -> GreenplumUnitSteps:
            require_in_place(partitions, homes)
            return GreenplumUnitSteps(
                place,
                partitions,
                workers,
                lambda config: configs.spec(control, place.run, config),
                lambda sha256: pretrained.state(control, place.run, sha256),
            )

        numbers = [segment.segment for segment in working(segments)]
        workers = self._workers(segments, limits, role, poll)
        return SessionEngine(
            control, self.tables, self.state_tables, workers, numbers, count, steps, poll
        )

    def keep_ready(
        self,
        control: ClientSession,
        limits: WorkerLimits,
        count: int,
        role: str,
        poll: Callable[[], None],
    ) -> int:
        """Have so many workers ready, on their segments, before a role has use for them."""
        segments = find_segments(control)
        numbers = [segment.segment for segment in working(segments)]
        return keep_ready(self._workers(segments, limits, role, poll), numbers, count, poll)

    def _workers(
        self,
        segments: Sequence[Segment],
        limits: WorkerLimits,
        role: str,
        poll: Callable[[], None],
    ) -> Workers:
        homes = _homes(segments)

        def start(limits: WorkerLimits, segment: int) -> Statement:
            statement = compose(SQL["start_worker"], home=sql.Literal(homes[segment]))
            return Statement(statement, (limits.threads, limits.cache_bytes, limits.framework))

        return Workers(self.loopback(), limits, start, poll, role)

    def infer(
        self,
        session: Session,
        network: ServedNetwork,
        framework: Framework,
        inputs: Tensors,
        poll: Callable[[], None],
    ) -> np.ndarray:
        """Predict in this process, which mostly is a segment's."""
        return inference.infer(session, network, framework, inputs)


def _homes(segments: Sequence[Segment]) -> dict[int, int]:
    """Return the key that leads to each segment."""
    return {segment.segment: segment.home for segment in segments}
