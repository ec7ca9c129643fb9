"""The contract of a database server with the layers above. Read this before any engine.

A ``Server`` knows how rows are staged and packed there, where chunks and states lie, and opens an
``Engine`` for each run. An engine owns the workers of one run. A worker trains one unit at a time;
the engine takes the state to the partition, trains there and commits state, metrics and the unit's
row in one transaction. It never decides what runs next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np

from cerebro_db.dataset.batches import Batches
from cerebro_db.dataset.chunks import Extent
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.staged.rows import StagedRows
from cerebro_db.folds import Folds
from cerebro_db.model.frameworks import Framework
from cerebro_db.session import CallersSession, Session
from cerebro_db.session.client import ClientSession
from cerebro_db.store import serving
from cerebro_db.store.settings import IDLE_SECONDS
from cerebro_db.tensors import Tensors
from cerebro_db.training.appraisal import Appraised, Asked
from cerebro_db.units import Engine, Network

Durability = Literal["full", "async", "epoch"]
"""What a crash of the server may take of a run, never its consistency: ``full`` nothing that was
committed; ``async`` the last moments; ``epoch`` what each configuration did since the end of its
last epoch, since states in between are not in the server's log."""


@dataclass(frozen=True)
class RunPlace:
    """The facts that all units of a run have in common."""

    run: int
    dataset: int
    seed: int
    partitions: int
    epochs: int
    validate: bool
    durability: Durability = "async"
    fold_count: int = 0
    forward: bool = False
    # Of each fold from 1, JSON of what its network has learned of labels (``Encoding.folds``).
    outputs: tuple[dict[str, Any], ...] = ()

    @cached_property
    def folds(self) -> Folds:
        """How the partitions are shared out among folds, of which there may be none."""
        return Folds(self.partitions, self.fold_count, self.forward)

    @property
    def measures(self) -> bool:
        """Whether configurations are measured on rows that they were not trained on."""
        return self.validate or self.folds.count > 0

    def epoch_of(self, units: int, fold: int = 0) -> tuple[int, int]:
        """Return the epoch and step under which a network's state stands, after so many units of
        it, 1 or more."""
        epoch, step = divmod(units - 1, self.folds.steps(fold))
        return epoch + 1, step + 1


@dataclass(frozen=True)
class Needed:
    """The epochs whose states are needed yet.

    Args:
        hops: those that configurations are inside of, units in flight included, or begin.
        ends: those of which states at the end are needed.

    What lies beyond the highest of them is made ahead of time, and is needed.
    """

    hops: frozenset[int] = frozenset()
    ends: frozenset[int] = frozenset()

    def has(self, epoch: int, *, inside: bool) -> bool:
        """Return whether states inside of an epoch are needed, or those at its end."""
        if epoch >= max(self.hops | self.ends, default=0) or epoch in self.hops:
            # Who is inside of an epoch comes to its end.
            return True
        return not inside and epoch in self.ends

    def at(self, place: RunPlace, units: int, fold: int = 0) -> bool:
        """Return whether a network's states after so many units, 1 or more, stay where they are."""
        epoch, step = place.epoch_of(units, fold)
        return self.has(epoch, inside=step < place.folds.steps(fold))


@dataclass(frozen=True)
class WorkerLimits:
    """What one worker may use: its framework and the threads of that, bytes of cached chunks, and
    how long it may idle, warm, after a run. Another run may let the same worker idle for another
    time.
    """

    framework: Framework
    threads: int
    cache_bytes: int
    idle_seconds: int = field(default=IDLE_SECONDS, compare=False)

    @classmethod
    def of(
        cls, framework: Framework, threads: int, cache_mb: int, idle_seconds: int = IDLE_SECONDS
    ) -> WorkerLimits:
        """Return limits with the cache in megabytes."""
        return cls(framework, threads, cache_mb * 2**20, idle_seconds)


class RunEngine(Engine, Protocol):
    """An engine as the verb sees it that opens it for a run, and closes it."""

    @property
    def workers(self) -> int:
        """Return the number of workers."""

    @property
    def cold(self) -> int:
        """Return the number of workers that still import the framework."""

    def place(self, place: RunPlace) -> None:
        """Say which run's units will follow; its chunks are committed."""

    def retire(self, hops: Collection[int], ends: Collection[int]) -> None:
        """Drop the states that are not ``Needed`` any more; cheap where nothing has changed."""

    def appraise(self, asked: Asked, load: Load) -> Appraised:
        """Have a worker compare configurations on the validation rows, or each network on those of
        its fold; nothing trains meanwhile.

        Args:
            asked: which configurations, and what is to be found out.
            load: returns the JSON of its configuration's model.Spec, and the state of a network.

        Raises:
            InvalidArgument: no worker reaches all rows.
            psycopg.Error: what failed in the worker.
            Exception: whatever ``poll`` raises.
        """

    def close(self) -> None:
        """Keep the workers warm that idle or get ready, and let the others go."""


Load = Callable[[Network], tuple[dict[str, Any], bytes]]
OpenControl = Callable[[], AbstractContextManager[ClientSession]]


class Server(Protocol):
    """One kind of database server. ``control`` sessions commit on their own.

    Staging, packing, defaults and engines raise InvalidArgument where an administrator has left no
    place for partitions.
    """

    on_coordinator: bool
    """Whether this process can do everything, and is not a segment's, which reads no view."""

    distribution: str
    """What a statement that makes a table of rows without a key of theirs ends in."""

    hears: bool
    """Whether sessions can listen for what others notify of."""

    lock_timeout: str
    """How long a control session waits for a lock, as the setting has it; "0": as long as it takes,
    since ``poll`` would notice if that were for ever."""

    def poll(self, session: Session) -> None:
        """Raise what cancels the caller, if anything does.

        Raises:
            Standoff: a session of the caller's own waits for a lock that the caller holds.
        """

    def require_takers(self, session: Session) -> None:
        """Refuse to make rows that the statement at hand could not take over in the end.

        Raises:
            NoConnection: the server's processes cannot reach each other for it.
        """

    def default_partitions(self, control: ClientSession, folds: int = 0) -> int:
        """Return into how many partitions rows are cut where nobody says.

        Args:
            folds: how many there are to be the same number of; 0: none.
        """

    def default_workers(self, control: ClientSession, configs: int) -> int:
        """Return how many workers a search of so many configurations gets."""

    def most_workers(self, control: ClientSession) -> int:
        """Return how many workers the memory holds that the server's machines have."""

    def stage(
        self, control: OpenControl, session: CallersSession, selection: Selection
    ) -> StagedRows:
        """Read a source, in the caller's session, into a temporary table of it.

        Args:
            control: opens a control session, where one is needed.
        """

    def batches(
        self, control: OpenControl, session: CallersSession, selection: Selection, rows: int
    ) -> Batches:
        """Read a source as the caller in batches of at most so many rows, on which statements of
        the caller's then work where the rows are.

        Args:
            control: opens a control session, where one is needed.
        """

    def pack(
        self,
        control: ClientSession,
        dataset: int,
        name: str,
        staged: StagedRows,
        encoding: Encoding,
        extents: Sequence[Extent],
    ) -> int:
        """Write the chunks of a new dataset, encoded of staged rows; return their bytes."""

    def keep_keys(
        self,
        control: ClientSession,
        dataset: int,
        name: str,
        staged: StagedRows,
        encoding: Encoding,
        extents: Sequence[Extent],
    ) -> None:
        """Write the keys of staged rows, which have some, beside the chunks of a new dataset."""

    def training_chunks(self, control: ClientSession, dataset: int) -> list[tuple[int, int]]:
        """Return partition and number of all chunks that a dataset has for training."""

    def keyed_chunk(
        self, control: ClientSession, dataset: int, partition: int, seq: int
    ) -> tuple[bytes, list[str]]:
        """Return a training chunk, and the keys of its rows."""

    def has_chunks(self, control: ClientSession, dataset: int) -> bool:
        """Return whether a dataset's chunks are there: a backup may have left them out."""

    def drop_chunks(self, control: ClientSession, dataset: int) -> None:
        """Drop a dataset's chunks."""

    def open_engine(
        self,
        control: ClientSession,
        limits: WorkerLimits,
        count: int,
        role: str,
        poll: Callable[[], None],
    ) -> RunEngine:
        """Open so many workers for a role; they get ready while the caller goes on."""

    def keep_ready(
        self,
        control: ClientSession,
        limits: WorkerLimits,
        count: int,
        role: str,
        poll: Callable[[], None],
    ) -> int:
        """Have so many workers ready for a role before it opens an engine; return how many are.

        Those that this process has and that are too many, or too large, are let go.
        """

    def keep_state(
        self,
        control: ClientSession,
        place: RunPlace,
        network: Network,
        units: int,
        rank: int | None,
    ) -> None:
        """Copy a network's state after so many units to those that are kept.

        Others that are kept of it stay.

        Args:
            rank: its configuration's place among the best, for predictions; None: it may go on from
                there later, and one that has a rank retains it.
        """

    def wake_state(
        self, control: ClientSession, place: RunPlace, network: Network, units: int, partition: int
    ) -> None:
        """Copy a kept state of so many units back to where its next unit will look for it.

        Args:
            partition: where the network goes next.
        """

    def copy_state(
        self, control: ClientSession, place: RunPlace, parent: Network, config: int, units: int
    ) -> None:
        """Give a clone's network of a fold the state that its parent's has after so many units, 1
        or more."""

    def states(self, control: ClientSession, place: RunPlace) -> dict[Network, set[int]]:
        """Return after how many units each network has a state, where units look for it."""

    def drop_states(self, control: ClientSession, run: int) -> None:
        """Drop all states that a run has left behind, but not those that it keeps."""

    def infer(
        self,
        session: Session,
        network: serving.ServedNetwork,
        framework: Framework,
        inputs: Tensors,
        poll: Callable[[], None],
    ) -> np.ndarray:
        """Return (rows, ...) of predictions by a kept state, as a training.Predictor gives them.

        The caller's right to it has been checked.

        Args:
            framework: what has trained it.

        Raises:
            UndefinedName: the state is gone, because the run was dropped meanwhile.
        """
