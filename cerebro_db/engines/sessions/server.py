"""What servers share whose workers are sessions and whose chunks and states are tables."""

from __future__ import annotations

from collections.abc import Callable

from cerebro_db.engines.sessions.loopback import Loopback
from cerebro_db.engines.sessions.tables import Tables
from cerebro_db.session.client import ClientSession


class SessionServer:
    """The part of a ``Server`` that only its statements tell from another's.

    Args:
        loopback: finds out how the server's backends reach it.
        statements: make, read and drop tables in its dialect.
    """

    def __init__(self, loopback: Callable[[], Loopback], statements: dict[str, str]) -> None:
        self.loopback = loopback
        self.tables = Tables(statements)

    def drop_chunks(self, control: ClientSession, dataset: int) -> None:
        """Drop a dataset's chunks."""
        self.tables.drop_chunks(control, dataset)

    def keep_state(
        self, control: ClientSession, run: int, config: int, *, rank: int, epoch: int, step: int
    ) -> None:
        """Copy one state to those that are kept, for predictions."""
        self.tables.keep_state(control, run, config, rank=rank, epoch=epoch, step=step)

    def drop_states(self, control: ClientSession, run: int) -> None:
        """Drop all states that a run has left behind, but not those that it keeps."""
        self.tables.drop_all_states(control, run)
