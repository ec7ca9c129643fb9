"""Why the server lets no session of ours in, and what can be done about each reason."""

from __future__ import annotations

import os
import re

import psycopg

from cerebro_db.errors import NoConnection
from cerebro_db.session.messages import message_of

_LOGIN = (
    "Let the server's operating system user in through pg_hba.conf (peer over the local socket), or"
    " state another role, passfile or service in table cerebro.connection."
)
_FULL = (
    "Raise max_connections, or the limit of the role or database that the message names, or ask"
    " for fewer workers."
)
_ELSEWHERE = "State in table cerebro.connection where the server listens: host, port."
_LATER = "Try again when the server is up."

# By SQLSTATE of a server that speaks, as it sets a session up.
_SET_UP = {
    "42501": "The role that logs in has to be a superuser, or a member of cerebro_worker that may"
    " SET ROLE to it.",
}
# Of a connection that was refused libpq keeps no SQLSTATE, only the server's words, or its own.
_REFUSED = [
    (re.compile(r"too many (connections|clients)|connection slots"), _FULL),
    (re.compile(r"starting up|shutting down|recovery|not (currently )?accepting"), _LATER),
    (re.compile(r"pg_hba|authentication|password|permitted to log in|role .* exist"), _LOGIN),
    (re.compile(r"permission denied for database"), _LOGIN),
    (re.compile(r"No such file|refused|not known|not translate|in time|closed the"), _ELSEWHERE),
]


def refused(error: psycopg.Error) -> NoConnection:
    """Return the error that the server lets no session in."""
    said = str(error).strip()
    hints = [hint for words, hint in _REFUSED if words.search(said)]
    return NoConnection(
        "cerebro_db cannot connect back to its own server",
        detail=f"{said} (operating system user {os.geteuid()}).",
        hint=hints[0] if hints else f"{_LOGIN} The server's log says more.",
    )


def not_set_up(error: psycopg.Error) -> NoConnection:
    """Return the error that a session was let in but could not be made one of ours."""
    detail = "; ".join(part for part in (message_of(error), error.diag.message_detail) if part)
    return NoConnection(
        "cerebro_db cannot set up a session of its own",
        detail=f"The server said: {detail} (SQLSTATE {error.sqlstate or 'none'}).",
        hint=_SET_UP.get(error.sqlstate or "", "See the server's log; what it says can be mended."),
    )


def listens_nowhere() -> NoConnection:
    """Return the error that there is no way to the server that could be tried."""
    return NoConnection(
        "cerebro_db cannot connect back to its own server",
        detail="It listens nowhere: unix_socket_directories and listen_addresses are empty.",
        hint="Set one of them, and start the server anew.",
    )
