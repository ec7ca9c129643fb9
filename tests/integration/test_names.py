"""Names are only names: whatever a schema, table, column, role, run, dataset or model is called,
every verb works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fix_server import Connection
from psycopg import sql

NAMES = {
    "word": "select",
    "mixed case": "Mixed Case",
    "quote": "o'neill",
    "double quote": 'so "called"',
    "semicolon": "a; select no_such_function(); --",
    "comment": "/* a */ -- b",
    "percent": "%s 100% %(a)s",
    "braces": "{a} {0} {}",
    "dollar": "$1 $$ $do$ $a",
    "backslash": r"a\'b\\c",
    "unicode": "größe ☃ 価格",
    "spaces": " a  b ",
    "comma": "a,b",
    "point": "a.b",
    "path": "../../etc/passwd",
    "absolute path": "/tmp/cerebro",
    "63 bytes": "x" * 62 + "y",
    "63 bytes of unicode": "é" * 31 + "y",
    "mark": "@extschema@",
    "regular expression": "(a|b)*+[",
}


@dataclass(frozen=True)
class Called:
    """A name, and others like it for what cannot have the same; none is longer than 63 bytes."""

    name: str

    def other(self, letter: str) -> str:
        """Return another name for each letter."""
        return letter + (self.name[1:] if len(self.name.encode()) > 60 else self.name)

    @property
    def table(self) -> sql.Identifier:
        """The table of that name in the schema of that name."""
        return sql.Identifier(self.name, self.name)


@pytest.fixture(params=NAMES.values(), ids=NAMES.keys())
def called(request: pytest.FixtureRequest, connection: Connection) -> Called:
    """A schema with a table, and a role that may train; the table has a view."""
    called = Called(request.param)
    role, one = sql.Identifier(called.name), called.table
    create = sql.SQL(
        "create table {} as select i as {}, i::float8 as {}, 'a' || i % 3 as {}, i % 2 as {},"
        " i % 5 = 0 as {} from generate_series(1, 150) i"
    )
    columns = [sql.Identifier(called.other(letter)) for letter in "kncyv"]
    connection.execute(sql.SQL("create role {}").format(role))
    connection.execute(sql.SQL("create schema {0} authorization {0}").format(role))
    connection.execute(sql.SQL("set role {}").format(role))
    connection.execute(create.format(one, *columns))
    connection.execute("reset role")
    connection.execute("select cerebro_grant(%s, 'train')", [role.as_string(connection)])
    return called


@pytest.fixture
def session(connection: Connection, called: Called) -> Iterator[Connection]:
    """The module's session as that role, with its schema first on the search path."""
    role = sql.Identifier(called.name)
    connection.execute(sql.SQL("set role {}").format(role))
    connection.execute(sql.SQL("set search_path to {}, public").format(role))
    yield connection
    connection.execute("reset search_path")
    connection.execute("reset role")


def test_every_verb_takes_every_name(session: Connection, called: Called) -> None:
    name, role = called.name, sql.Identifier(called.name).as_string(session)
    key, number, category, target, held_out = (called.other(letter) for letter in "kncyv")
    source = f"select * from {called.table.as_string(session)}"
    session.execute(
        "select * from cerebro_prepare(%s, %s, %s, features => %s, validation => %s, encode => %s)",
        [name, role, target, [number, category], held_out, json.dumps({category: "category"})],
    )
    session.execute("select cerebro_model(%s, %s)", [name, '{"family": "linear"}'])
    for run, of, wanted in (
        (name, name, None),
        (called.other("r"), f"{role}.{role}", target),
        (called.other("s"), source, target),
    ):
        call = sql.SQL(
            "select * from cerebro_fit({}, {}, {}, model => {},"
            """ space => '{{"learning_rate": [0.01]}}', epochs => 1)"""
        ).format(run, of, wanted, json.dumps({"name": name}))
        assert len(session.execute(call).fetchall()) == 1
    runs = {row[0] for row in session.execute("select run from cerebro.runs").fetchall()}
    assert runs == {name, called.other("r"), called.other("s")}
    rows = sql.SQL("select cerebro_predict({0}, t), cerebro_score({0}, t) from {1} t")
    assert len(session.execute(rows.format(called.name, called.table)).fetchall()) == 150
    for output, of in ((called.other("o"), role), (called.other("p"), source)):
        table = sql.Identifier(name, output)
        written = session.execute(
            "select cerebro_predict_table(%s, %s, %s, %s)",
            [name, of, key, table.as_string(session)],
        ).fetchall()
        assert written == [(150,)]
        count = sql.SQL("select count(*) from {} where {} > 0")
        assert session.execute(count.format(table, sql.Identifier(key))).fetchall() == [(150,)]
    session.execute("select cerebro_evaluate(%s, %s)", [name, role])
    session.execute("select cerebro_share(%s, %s)", [name, role])
    session.execute("select cerebro_unshare(%s, %s)", [name, role])
    session.execute("select cerebro_clone(%s, 1, from_scratch => true)", [name])
    session.execute("select cerebro_resume(%s)", [name])
    for run in runs:
        session.execute("select cerebro_drop(%s)", [run])
    for (dataset,) in session.execute("select dataset from cerebro.datasets").fetchall():
        session.execute("select cerebro_drop(%s, 'dataset')", [dataset])
    session.execute("select cerebro_drop(%s, 'model')", [name])
    trail = session.execute("select distinct role, name from cerebro.audit").fetchall()
    assert {(name, name), (name, called.other("r"))} <= set(trail)
