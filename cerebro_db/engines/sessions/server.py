"""The common parts of servers whose workers are sessions, and chunks and states tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

from cerebro_db.dataset.chunks import Extent, chunk_rows
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.staged.rows import StagedRows
from cerebro_db.engines._base import RunPlace
from cerebro_db.engines.sessions.loopback import Loopback
from cerebro_db.engines.sessions.states import StateTables
from cerebro_db.engines.sessions.tables import Tables
from cerebro_db.session.client import ClientSession
from cerebro_db.units import Network


class SessionServer:
    """The part of a ``Server`` that only its statements tell from another's.

    Args:
        loopback: finds out how the server's backends reach it.
        statements: make, read and drop tables in its dialect.
    """

    def __init__(self, loopback: Callable[[], Loopback], statements: dict[str, str]) -> None:
        self.loopback = loopback
        self.tables = Tables(statements)
        self.state_tables = StateTables(statements)

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
        self.tables.create_keys(control, dataset, name)
        keys, size = staged.each_key(), chunk_rows(encoding)
        for extent in extents:
            for seq, start in enumerate(range(extent.start, extent.stop, size)):
                own = list(islice(keys, min(size, extent.stop - start)))
                self.tables.write_keys(
                    control, dataset, extent.validation, extent.partition, seq, own
                )

    def training_chunks(self, control: ClientSession, dataset: int) -> list[tuple[int, int]]:
        """Return partition and number of all chunks that a dataset has for training."""
        return self.tables.training_chunks(control, dataset)

    def keyed_chunk(
        self, control: ClientSession, dataset: int, partition: int, seq: int
    ) -> tuple[bytes, list[str]]:
        """Return a training chunk, and the keys of its rows."""
        return self.tables.keyed_chunk(control, dataset, partition, seq)

    def has_chunks(self, control: ClientSession, dataset: int) -> bool:
        """Return whether a dataset's chunks are there: a backup may have left them out."""
        return self.tables.has_chunks(control, dataset)

    def drop_chunks(self, control: ClientSession, dataset: int) -> None:
        """Drop a dataset's chunks, and the keys of its rows."""
        self.tables.drop_chunks(control, dataset)

    def keep_state(
        self,
        control: ClientSession,
        place: RunPlace,
        network: Network,
        units: int,
        rank: int | None,
    ) -> None:
        """Copy a network's state after so many units to those that are kept."""
        self.state_tables.keep(control, place, network, units, rank)

    def wake_state(
        self, control: ClientSession, place: RunPlace, network: Network, units: int, partition: int
    ) -> None:
        """Copy a kept state of so many units back to where its next unit will look for it."""
        (home,) = (
            found.home
            for found in self.tables.partitions_of(control, place.dataset)
            if found.number == partition and not found.validation
        )
        self.state_tables.wake(control, place, network, units, home)

    def copy_state(
        self, control: ClientSession, place: RunPlace, parent: Network, config: int, units: int
    ) -> None:
        """Give a clone's network the state that its parent's has after so many units, 1 or more."""
        self.state_tables.copy(control, place, parent, config, units)

    def states(self, control: ClientSession, place: RunPlace) -> dict[Network, set[int]]:
        """Return after how many units each network has a state, where units look for it."""
        return self.state_tables.units(control, place)

    def drop_states(self, control: ClientSession, run: int) -> None:
        """Drop all states that a run has left behind, but not those that it keeps."""
        self.state_tables.drop_all(control, run)
