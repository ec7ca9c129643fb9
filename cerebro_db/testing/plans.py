"""Plans of the statements that the engines send, explained in the sessions that run them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg

from cerebro_db.session import Row
from cerebro_db.session.job import Job, Statement, Steps
from cerebro_db.testing.caller import CallerClient

_EXPLAIN = "explain (verbose, format json) "
_EXPLAINABLE = re.compile(r"\s*(--.*\n\s*)*(select|insert|with)\b")
# Of a function's result PostgreSQL writes "(f(x))" wherever an earlier node has called it.
_CALL = r"(?<![\w(])cerebro\.{}\("


@dataclass(frozen=True)
class Node:
    """One node of a plan; on one server all are in slice 0 of 1 segment.

    ``kind`` is its type, after its strategy if it has one, as "Sorted Aggregate"; ``calls`` what it
    computes, as SQL; ``relation`` the table that it scans, if any.
    """

    kind: str
    slice: int
    segments: int
    calls: tuple[str, ...]
    relation: str
    children: tuple[Node, ...]

    @classmethod
    def of(cls, plan: dict[str, Any]) -> Node:
        """Make a node, and those below it, of what EXPLAIN says."""
        return cls(
            kind=" ".join(filter(None, [plan.get("Strategy"), plan["Node Type"]])),
            slice=plan.get("Slice", 0),
            segments=plan.get("Segments", 1),
            calls=(*plan.get("Output", ()), *filter(None, [plan.get("Function Call")])),
            relation=plan.get("Relation Name", ""),
            children=tuple(map(cls.of, plan.get("Plans", ()))),
        )

    @property
    def moves(self) -> bool:
        """Whether it hands rows from one process to another."""
        return "Motion" in self.kind or self.kind.startswith("Gather")

    def walk(self) -> Iterator[Node]:
        """Yield the node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def calling(self, function: str) -> list[Node]:
        """Return the nodes, from here down, that call a function of schema cerebro."""
        call = re.compile(_CALL.format(function))
        return [node for node in self.walk() if any(map(call.search, node.calls))]


@dataclass(frozen=True)
class Explained:
    """A statement that was sent, and the plan that it got."""

    statement: str
    plan: Node

    @property
    def functions(self) -> list[str]:
        """The functions of schema cerebro that the statement calls."""
        return re.findall(r"\bcerebro\.(_\w+)\(", self.statement)

    def reads(self, prefix: str) -> bool:
        """Return whether the plan scans a table whose name begins so."""
        return any(node.relation.startswith(prefix) for node in self.plan.walk())


@dataclass
class Explaining:
    """Explains every query of a job or a session just before it runs."""

    found: list[Explained] = field(default_factory=list)

    def job(self, connection: psycopg.Connection[Any], steps: Steps) -> Job:
        """Return the job of these steps."""
        return Job(connection, self._steps(steps))

    def session(self, connection: psycopg.Connection[Any]) -> CallerClient:
        """Return a session of an open connection."""
        return _ExplainingSession(connection, self)

    def note(self, statement: str, rows: list[Row]) -> None:
        """Keep the plan that EXPLAIN has returned."""
        ((document,),) = (row.values() for row in rows)
        self.found.append(Explained(statement, Node.of(document[0]["Plan"])))

    def _steps(self, steps: Steps) -> Steps:
        statement = next(steps)
        while True:
            try:
                if _EXPLAINABLE.match(statement.text):
                    explain = Statement(_EXPLAIN + statement.text, statement.parameters)
                    self.note(statement.text, (yield explain))
                rows = yield statement
            except psycopg.Error as error:
                statement = steps.throw(error)
            else:
                try:
                    statement = steps.send(rows)
                except StopIteration as end:
                    return end.value


class _ExplainingSession(CallerClient):
    def __init__(self, connection: psycopg.Connection[Any], explaining: Explaining) -> None:
        super().__init__(connection)
        self._explaining = explaining

    def fetch(self, statement: str, *parameters: Any) -> list[Row]:
        """Explain one statement, run it and return all its rows."""
        if _EXPLAINABLE.match(statement):
            rows = super().fetch(_EXPLAIN + statement, *parameters)
            self._explaining.note(statement, rows)
        return super().fetch(statement, *parameters)
