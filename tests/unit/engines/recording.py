"""Records the statements that the engines' own code sends, and writes them down as golden files.

No database stands behind it: a ``Recorder`` only notes what it is sent, and answers with the rows
that a test states. What the statements do is for the conformance suite to find out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.resources import files
from typing import Any, ClassVar

import psycopg
from fix_golden import golden, parse

from cerebro_db.engines.greenplum.server import GreenplumServer
from cerebro_db.engines.postgres.server import PostgresServer
from cerebro_db.engines.sessions.loopback import Loopback
from cerebro_db.session import Row
from cerebro_db.session.job import Statement, Steps
from cerebro_db.store.statements import load_statements

_SHARED = ("cerebro_db.engines.sessions", "cerebro_db.store")
# Greenplum 7 is sent what Greenplum 6 is.
PACKAGES = {
    "postgresql": (
        "cerebro_db.engines.postgres",
        "cerebro_db.engines.sessions",
        "cerebro_db.store",
    ),
    "greenplum6": (
        "cerebro_db.engines.greenplum",
        "cerebro_db.engines.sessions",
        "cerebro_db.store",
    ),
}
_SERVERS = {
    "postgresql": PostgresServer,
    "greenplum6": partial(GreenplumServer, on_coordinator=True),
}
TARGETS = sorted(_SERVERS)
LOOPBACK = Loopback(b"", installation=1)

Answer = list[Row] | psycopg.Error


@dataclass
class Recorder:
    """A session that notes what it is sent, under the title of what is done with it.

    Args:
        target: whose golden files are written.
        answers: what to answer to statements that contain a text: the first that fits. An error is
            raised once.
    """

    target: str
    on_segment: ClassVar[bool] = False
    answers: dict[str, Answer] = field(default_factory=dict)
    sections: dict[str, list[Statement]] = field(default_factory=dict)

    @property
    def server(self) -> PostgresServer | GreenplumServer:
        """The server whose statements are recorded."""
        return _SERVERS[self.target](lambda: LOOPBACK)

    def title(self, text: str) -> None:
        """Say what is done next."""
        self.sections[text] = []

    def fetch(self, statement: str, *parameters: Any) -> list[Row]:
        """Note a statement, and answer it."""
        next(reversed(self.sections.values())).append(Statement(statement, parameters))
        part = next((part for part in self.answers if part in statement), None)
        if part is None:
            return []
        answer = self.answers[part]
        if isinstance(answer, psycopg.Error):
            del self.answers[part]
            raise answer
        return answer

    def look_up(self, statement: str, *parameters: Any) -> list[Row]:
        """Note a statement, and answer it."""
        return self.fetch(statement, *parameters)

    def stream(self, statement: str, *parameters: Any) -> Iterator[Row]:
        """Note a statement, and answer it row by row."""
        yield from self.fetch(statement, *parameters)

    def execute(self, statement: str, *parameters: Any) -> None:
        """Note a statement."""
        self.fetch(statement, *parameters)

    @contextmanager
    def users_path(self) -> Iterator[None]:
        """Note where names are looked up on the user's search path."""
        self.execute("set search_path = users")
        yield
        self.execute("set search_path = ours")

    @contextmanager
    def users_sql(self) -> Iterator[None]:
        """Note where users' SQL runs."""
        with self.users_path():
            self.execute("set transaction_read_only = on")
            yield
        self.execute("set transaction_read_only = off")

    def begin(self, statement: str, *parameters: Any) -> Callable[[], None]:
        """Note a statement that runs while the caller goes on."""
        self.fetch(statement, *parameters)
        return lambda: None

    def run(self, steps: Steps) -> None:
        """Note the statements of a job."""
        statement = next(steps)
        try:
            while True:
                try:
                    rows = self.fetch(statement.text, *statement.parameters)
                except psycopg.Error as error:
                    statement = steps.throw(error)
                else:
                    statement = steps.send(rows)
        except StopIteration:
            pass

    @property
    def connection(self) -> Recorder:
        """Itself: a client's session has its transactions there."""
        return self

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Note where a transaction begins and ends."""
        self.execute("begin")
        yield
        self.execute("commit")

    def check(self, theme: str) -> None:
        """Compare what was sent with the golden file of a theme, and have it parsed."""
        golden(f"{self.target}/{theme}.sql", self._script())
        for statements in self.sections.values():
            for statement in statements:
                if not _EXEMPT.match(statement.text):
                    parse(statement.text)

    def _script(self) -> str:
        parts = []
        for title, statements in self.sections.items():
            parts.append(f"-- == {title}\n")
            parts += [
                f"-- {_name(self.target, statement.text)}{_given(statement.parameters)}\n"
                f"{statement.text.strip()};\n"
                for statement in statements
            ]
        return "\n".join(parts)


# What sqlglot takes for a command: the storage and the statistics of a column, and a table that is
# made of a query and goes with its transaction.
_EXEMPT = re.compile(
    r"alter table \S+ alter column \w+ set (storage|statistics)"
    r"|create temporary table \w+ on commit drop as"
)


def _given(parameters: tuple[Any, ...]) -> str:
    """Return parameters as a comment shows them."""
    shown = (f"${number} = {_shown(value)}" for number, value in enumerate(parameters, 1))
    return ": " + ", ".join(shown) if parameters else ""


def _shown(value: Any) -> str:
    match value:
        case bytes():
            return f"<{len(value)} bytes>"
        case str():
            return f"'{value}'"
    return json.dumps(value)


def _name(target: str, text: str) -> str:
    """Return a statement's name in the .sql files, or the first word of one without."""
    fitting = {
        name: len(pattern.pattern)
        for package in PACKAGES[target]
        for name, pattern in patterns(package)
        if pattern.fullmatch(text)
    }
    if not fitting:
        return text.split(maxsplit=1)[0]
    longest = max(fitting.values())
    return " or ".join(name for name, length in fitting.items() if length == longest)


@cache
def patterns(package: str) -> list[tuple[str, re.Pattern[str]]]:
    """Return the named statements of a package as patterns of their texts."""
    return [
        (name, re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(text)), re.DOTALL))
        for file in sorted(files(package).iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
        for name, text in load_statements(package, file.name).items()
    ]
