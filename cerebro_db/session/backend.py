"""A session through SPI, inside the backend that called a PL/Python function.

Statements run with the caller's rights in the caller's transaction, and notice a cancel. While
the caller's search path is in force, they name everything by its schema, operators and types too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cerebro_db.errors import InvalidSource, NotPermitted, Unwanted
from cerebro_db.session._base import Row
from cerebro_db.session.escapes import heard, spelled
from cerebro_db.session.messages import message_of, spi_sqlstate
from cerebro_db.session.process import dispatching, in_utf8, of_greenplum, only_reading, unwanted

# pg_type.oid of json and jsonb, which PL/Python returns as text.
_JSON_OIDS = frozenset({114, 3802})

# Plans of this backend, the most recently used last; the server plans them anew when tables change.
_MAX_PLANS = 64
_MAX_LENGTH = 10_000
# Rows of a stream to hold at a time.
_SLICE = 16
# Only Greenplum has the setting; its coordinator is -1, and a process stays where it is.
_SEGMENT = (
    "select setting as segment from pg_catalog.pg_settings"
    " where name operator(pg_catalog.=) 'gp_contentid'"
)
_segment: int | None = None
_plans: dict[tuple[str, tuple[str, ...]], Any] = {}

_OUR_PATH = "pg_catalog, pg_temp"
_PATH = "select pg_catalog.current_setting('search_path') as path"
# Until the end of the transaction, or of the subtransaction that an error ends.
_SET = "select pg_catalog.set_config($1::pg_catalog.text, $2::pg_catalog.text, true)"
_USER = "select current_user, session_user"
_READ_ONLY_SQL_TRANSACTION = "25006"

# Where text is not UTF8.
_RUN = "select cerebro._run_statement($1)"
_PLAIN_MESSAGES = "select cerebro._plain_messages(true)"


class BackendSession:
    """Runs statements through the ``plpy`` module that PL/Python gives to a function, for one call.

    The first raises NotPermitted where Greenplum could run none. Reading raises Unwanted where rows
    could be missing because nobody waits for the answer.
    """

    def __init__(self, plpy: Any) -> None:
        self._plpy = plpy
        # Whether it is known that statements can be run.
        self._ready = False
        # In force where it is not ours; known once ``pinned``.
        self._users_path = ""

    @property
    def on_segment(self) -> bool:
        """Whether this is a process of one of Greenplum's segments, which reads no view."""
        global _segment
        if _segment is None:
            _segment = int(self.fetch(_SEGMENT)[0]["segment"]) if of_greenplum() else -1
        return _segment >= 0

    def fetch(self, statement: str, *parameters: Any) -> list[Row]:
        """Run one statement and return all its rows."""
        plan, values = self._planned(statement, parameters)
        rows = _rows(self._plpy.execute(plan, values))
        if unwanted():
            raise Unwanted
        return rows

    def look_up(self, statement: str, *parameters: Any) -> list[Row]:
        """See Session; on Greenplum, where all segments would take part in that, locks are kept."""
        if of_greenplum():
            return self.fetch(statement, *parameters)
        part = self._plpy.subtransaction()
        part.__enter__()
        try:
            rows = self.fetch(statement, *parameters)
        finally:
            # As after an error, also where there was none: what is undone gives its locks back.
            part.__exit__(Exception, None, None)
        return rows

    def stream(self, statement: str, *parameters: Any) -> Iterator[Row]:
        """Run one statement and yield its rows, of which only a few are held at a time.

        None of the user's: in PL/Python of 9.4 a cursor that cannot be opened ends the server.
        """
        plan, values = self._planned(statement, parameters)
        cursor = self._plpy.cursor(plan, values)
        while rows := list(cursor.fetch(_SLICE)):
            yield from map(dict, rows)
        if unwanted():
            raise Unwanted

    def execute(self, statement: str, *parameters: Any) -> None:
        """Run one statement; one without parameters may have anything of the user's in it."""
        if parameters or in_utf8():
            self._plpy.execute(*self._planned(statement, parameters))
            return
        try:
            self._plpy.execute(*self._planned(_RUN, (statement,)))
        except self._plpy.SPIError as error:
            heard(error)
            raise

    @contextmanager
    def pinned(self) -> Iterator[None]:
        """Have names in our statements mean the server's own objects inside of a with block.

        An error takes the setting back with the transaction, or the part of it, that it ends. So do
        the others below.
        """
        self._users_path = self.fetch(_PATH)[0]["path"]
        self.execute(_SET, "search_path", _OUR_PATH)
        try:
            yield
        except Unwanted:
            # The statement goes on without this call's answer.
            self.execute(_SET, "search_path", self._users_path)
            raise
        self.execute(_SET, "search_path", self._users_path)

    @contextmanager
    def users_path(self) -> Iterator[None]:
        """See CallersSession."""
        self.execute(_SET, "search_path", self._users_path)
        yield
        self.execute(_SET, "search_path", _OUR_PATH)

    @contextmanager
    def users_sql(self) -> Iterator[None]:
        """See CallersSession."""
        user = self.fetch(_USER)
        try:
            with self.users_path(), only_reading():
                yield
        except self._plpy.SPIError as error:
            if spi_sqlstate(error) != _READ_ONLY_SQL_TRANSACTION:
                raise
            raise InvalidSource(
                "a source must be a SELECT that only reads",
                detail=f"While it was read: {message_of(error)}.",
                hint="Leave out the functions that write, or write first and then read a table.",
            ) from error
        if self.fetch(_USER) != user:
            raise NotPermitted(
                "a source has changed the role",
                detail="A function that it calls has set a role or session authorization.",
                hint="Leave that function out.",
            )

    def _planned(self, statement: str, parameters: tuple[Any, ...]) -> tuple[Any, list[Any]]:
        if not self._ready:
            _require_idle_segments()
            if not in_utf8():
                self._plpy.execute(_PLAIN_MESSAGES)
            self._ready = True
        if not in_utf8():
            statement = spelled(statement)
        types = tuple(map(_type_of, parameters))
        plan = _plans.pop((statement, types), None) or self._plpy.prepare(statement, list(types))
        # A long one is made for the occasion, with an encoding in it.
        if len(statement) <= _MAX_LENGTH:
            _plans[statement, types] = plan
        if len(_plans) > _MAX_PLANS:
            del _plans[next(iter(_plans))]
        values = [json.dumps(value) if isinstance(value, dict) else value for value in parameters]
        return plan, values


def _require_idle_segments() -> None:
    # In the words of load_package in extension/targets, which a session's first call meets.
    if dispatching():
        raise NotPermitted(
            "this cannot be called while segments work on the same query: predict where the table"
            " is read, and call all other functions alone",
            detail="Greenplum would have to ask them something else meanwhile.",
            hint="Predict where the table is read, below LIMIT and groups, or store the rows first."
            " Call all other functions alone, in no loop over a query and with no cursor open.",
        )


def _rows(result: Any) -> list[Row]:
    if result.status() < 0 or result.colnames() is None:
        return []
    rows = [dict(row) for row in result]
    types = zip(result.colnames(), result.coltypes(), strict=True)
    for name in [name for name, oid in types if oid in _JSON_OIDS]:
        for row in rows:
            if row[name] is not None:
                row[name] = json.loads(row[name])
    return rows


def _type_of(value: Any) -> str:
    """Return the type of a parameter; a name without a schema is a keyword of the grammar."""
    match value:
        case bool():
            return "boolean"
        case int():
            return "bigint"
        case float():
            return "double precision"
        case bytes():
            return "pg_catalog.bytea"
        case dict():
            return "pg_catalog.jsonb"
        case [first, *_]:
            return _type_of(first) + "[]"
        case []:
            return "pg_catalog.text[]"
    return "pg_catalog.text"
