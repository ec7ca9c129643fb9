"""The session of a verb's caller as a connection, where a test calls what is below the verbs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cerebro_db.session.client import ClientSession


class CallerClient(ClientSession):
    """See session.CallersSession; it has no search path but the user's."""

    @contextmanager
    def users_path(self) -> Iterator[None]:
        """Change nothing."""
        yield

    @contextmanager
    def users_sql(self) -> Iterator[None]:
        """Have nothing but temporary tables written to."""
        with self.connection.transaction():
            self.execute("set local transaction_read_only = on")
            yield
