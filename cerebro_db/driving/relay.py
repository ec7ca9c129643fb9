"""Tells a caller that waits for a run in another session what the one hears that drives it."""

from __future__ import annotations

from cerebro_db.session.client import ClientSession
from cerebro_db.session.messages import Failure, failure_of
from cerebro_db.store import runs, told
from cerebro_db.store.sessions import living
from cerebro_db.store.told import Line

_INTERNAL_ERROR = "XX000"


class Relay:
    """Speaks to the caller of a run as long as that one is there; else to nobody.

    Args:
        control: the session that drives the run.
        run: the run.
    """

    def __init__(self, control: ClientSession, run: runs.Run) -> None:
        self._control = control
        self._run = run
        self._number = told.last(control, run.id)

    def notice(self, line: str) -> None:
        """Tell a line."""
        self._tell(line)

    def error(self, error: BaseException) -> None:
        """Tell what has ended the run, or broken it off."""
        own = Failure(f"{type(error).__name__}: {error}", _INTERNAL_ERROR, None, None)
        self._tell(failure_of(error) or own)

    def close(self) -> None:
        """Leave nothing that nobody will read."""
        if self._number and not self._heard:
            told.forget(self._control, self._run.id)

    @property
    def _heard(self) -> bool:
        return self._run.caller in living(self._control)

    def _tell(self, said: str | Failure) -> None:
        if self._run.caller is not None and self._heard:
            self._number += 1
            told.tell(self._control, self._run.id, Line(self._number, said))
