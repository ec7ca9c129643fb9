"""The state that makes predictions, read in the caller's session with the caller's rights."""

from __future__ import annotations

from dataclasses import dataclass

from cerebro_db.errors import InvalidArgument, UndefinedName, nearest
from cerebro_db.session import Row, Session
from cerebro_db.store.statements import load_statements
from cerebro_db.store.versions import require_version

_SQL = load_statements(__package__, "serving.sql")
_VIEWS = load_statements(__package__, "serving_views.sql")
_TABLES = load_statements(__package__, "serving_tables.sql")


@dataclass(frozen=True)
class Head:
    """The configuration that serves a run; it changes when the run is dropped and fitted again.

    Runs are numbered anew with every ``installation`` of the extension.
    """

    id: int
    config: int
    installation: int


class Serving:
    """Reads through views that show each role its own, or out of tables in a process of a segment,
    which may read no view.

    Args:
        session: the caller's.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sql = _TABLES if session.on_segment else _VIEWS

    def head(self, run: str) -> Head:
        """Return which configuration serves a run.

        Raises:
            UndefinedName: there is no such run, as far as the caller may see.
            InvalidArgument: the run has no finished configuration.
            WrongVersion: extension and package do not fit together.
        """
        self._session.execute(_SQL["catch_up"])
        rows = self._session.look_up(self._sql["head"], run)
        if rows:
            found = rows[0]
            require_version(found["extension"])
            return Head(found["id"], found["config"], found["installation"])
        visible = self._session.look_up(self._sql["visible"], run)
        if visible:
            raise InvalidArgument(
                f'run "{run}" has no model to predict with',
                detail=f"The run is {visible[0]['status']}.",
                hint="Only a finished run predicts; see cerebro.runs and cerebro.configs.",
            )
        if self._session.fetch(_SQL["isolation"])[0]["isolation"] != "read committed":
            raise UndefinedName(
                f'run "{run}" does not exist in the snapshot of this transaction',
                detail="Searches commit in sessions of their own, which it may not see.",
                hint="Commit first, or use read committed.",
            )
        names = [row["name"] for row in self._session.look_up(self._sql["names"])]
        raise UndefinedName(
            f'run "{run}" does not exist',
            detail="cerebro.runs lists the runs that you may use.",
            hint=nearest(run, names) or "There is none that you may use; cerebro_fit makes one.",
        )

    def model(self, head: Head) -> Row:
        """Return the ``encoding``, JSON of a dataset.Encoding, and the ``state`` of a head.

        Raises:
            UndefinedName: the run was dropped meanwhile.
        """
        rows = self._session.look_up(self._sql["model"], head.id)
        if not rows:
            raise dropped(head)
        return rows[0]

    def definition(self, head: Head) -> Row:
        """Return ``spec`` and ``state`` of a head, for who computes the model with its framework.

        Raises:
            UndefinedName: the run was dropped meanwhile.
        """
        rows = self._session.look_up(self._sql["definition"], head.id, head.config)
        if not rows:
            raise dropped(head)
        return rows[0]


def dropped(head: Head) -> UndefinedName:
    """Return the error that a run which ``head`` found a moment ago is gone."""
    return UndefinedName(
        "the run was dropped",
        detail=f"Configuration {head.config} of run number {head.id} is gone.",
        hint="See cerebro.runs for those that are there.",
    )


def compiles_queries(session: Session) -> bool:
    """Return whether the server may compile this session's queries just in time."""
    return bool(session.look_up(_SQL["compiles_queries"])[0]["found"])
