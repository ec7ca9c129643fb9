"""The context of every verb: the session of the caller, and the way to the project's own tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from cerebro_db.engines import Server
from cerebro_db.engines.choose import server_of
from cerebro_db.engines.sessions.loopback import Loopback, commits, connect, find_loopback
from cerebro_db.errors import InvalidArgument, NotPermitted, ReadOnly
from cerebro_db.serving.serve import look_again
from cerebro_db.session import CallersSession
from cerebro_db.session.client import ClientSession
from cerebro_db.session.process import Moment
from cerebro_db.store import audit

_WRITABLE = """
select
    current_setting('transaction_read_only')::boolean as read_only,
    has_database_privilege(current_database(), 'TEMPORARY') as temporary,
    quote_ident(current_database()) as database
"""
_LOGIN = "select session_user::pg_catalog.text as login"


@dataclass
class Context:
    """One call of a verb.

    The user's own SQL runs in ``caller``, with the caller's rights and in its transaction. Tables
    in schema cerebro are written through ``control``, a session of the server's own that commits
    each statement.

    Args:
        caller: the caller's session.
        notice, info: show a line to the caller at once; the second one whatever level is wanted.
        role: the role that calls, for which things are owned.
        moment: what a check of the caller's rights holds for.
    """

    caller: CallersSession
    notice: Callable[[str], None]
    info: Callable[[str], None]
    role: str
    moment: Moment

    @cached_property
    def loopback(self) -> Loopback:
        """The address that workers and control connect to."""
        return find_loopback(self.caller)

    @cached_property
    def server(self) -> Server:
        """The server on which rows are packed and units run."""
        return server_of(self.caller, lambda: self.loopback)

    @contextmanager
    def control(self) -> Iterator[ClientSession]:
        """Open a control session, which commits durably, for the time of a with block."""
        if not self.server.on_coordinator:
            raise NotPermitted(
                "only the coordinator can do this",
                detail="The statement runs the function on a segment, for each row there.",
                hint="Call it alone: select cerebro_...(...), or select * from cerebro_...(...).",
            )
        connection = connect(self.loopback, "cerebro_db control", self.poll)
        try:
            # What a verb has answered for is there after a crash; a run may want its books faster.
            control = ClientSession(connection, self.poll)
            control.execute(commits("full"))
            control.execute(f"set lock_timeout = '{self.server.lock_timeout}'")
            yield control
        finally:
            look_again()
            # Greenplum turns each of the signals of one cancel into an interrupt of its own, which
            # strikes where Python makes a call: so here, up to twice after the one that led here.
            try:
                try:
                    connection.close()
                finally:
                    connection.close()
            finally:
                connection.close()

    def audit(
        self, control: ClientSession, action: str, kind: str, name: str, **details: Any
    ) -> None:
        """Add to the audit trail what the caller has done; it stays if the caller rolls back.

        Args:
            action: the verb, without cerebro_.
            kind, name: to what.
            details: what else there is to know.
        """
        login = self.caller.fetch(_LOGIN)[0]["login"]
        audit.record(
            control,
            login=login,
            role=self.role,
            action=action,
            kind=kind,
            name=name,
            details=details,
        )

    def also_heard_by(self, tell: Callable[[str], None]) -> Context:
        """Return this call with what it shows to the caller told elsewhere, too."""

        def notice(line: str) -> None:
            tell(line)
            self.notice(line)

        return replace(self, notice=notice)

    def once_committed(self, what: str) -> None:
        """Tell the caller of what goes with a rollback: many tools roll back what they select."""
        self.notice(f"{what} once this transaction is committed")

    def require_writable(self) -> None:
        """Refuse to write, or to stage rows in a temporary table, where that cannot be.

        Raises:
            ReadOnly: the transaction is read only.
            NotPermitted: the role may not create temporary tables.
        """
        found = self.caller.fetch(_WRITABLE)[0]
        if found["read_only"]:
            raise ReadOnly(
                "cerebro_db cannot do this in a read-only transaction",
                detail="The transaction is read only, and this writes or stages rows.",
                hint="Predictions of rows, cerebro_predict and its kin, work here.",
            )
        if not found["temporary"]:
            raise NotPermitted(
                "permission denied to create temporary tables",
                detail="Rows are staged in a temporary table of the caller.",
                hint=f"grant temporary on database {found['database']} to {self.role}",
            )

    def require_takers(self) -> None:
        """Refuse to make rows that the caller's statement could not take over in the end.

        Raises:
            NoConnection: see ``Server.require_takers``.
        """
        self.server.require_takers(self.caller)

    def poll(self) -> None:
        """Raise what cancels the caller, if anything does."""
        self.server.poll(self.caller)


def check_name(name: str | None, kind: str) -> str:
    """Return a name that an object may have.

    Raises:
        InvalidArgument: it is NULL, empty, or longer than 200 characters.
    """
    if not name or len(name) > 200 or not name.isprintable():
        raise InvalidArgument(
            f"a {kind} needs a name",
            detail=f"The name given is {'NULL' if name is None else repr(name)}.",
            hint="Use 1 to 200 printable characters.",
        )
    return name
