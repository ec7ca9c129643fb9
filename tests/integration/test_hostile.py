"""Hostile documents through SQL: refused by each verb that takes them, and without any effect."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import psycopg
import pytest
from fix_fit import fit
from fix_hostile import hostile_cases
from fix_server import Connection
from psycopg import sql

from cerebro_db.testing.calls import value
from cerebro_db.testing.data import load_tumours_into

CASES = hostile_cases()
FAMILIES = sorted({case.family for case in CASES})

_FIT = [f"cerebro_{verb}('x', 'tumours', 'diagnosis', {{}} => %s)" for verb in ("fit", "submit")]
VERBS = {
    "model": ["cerebro_model('x', %s)", *(call.format("model") for call in _FIT)],
    "fitted_model": [call.format("model") for call in _FIT],
    "space": ["cerebro_add('cancer', %s)", *(call.format("space") for call in _FIT)],
    "search": [
        """cerebro_add('cancer', '{"learning_rate": {"log": [0.001, 1]}}', %s)""",
        *(call.format("search") for call in _FIT),
    ],
    "encode": ["cerebro_prepare('x', 'tumours', 'diagnosis', encode => %s)"],
    "options": [call.format("options") for call in _FIT],
    "params": ["cerebro_clone('cancer', 1, %s, true)"],
}
# What jsonb itself refuses, and what it resolves before anything of ours sees it.
OF_THE_SERVER = {
    "documents/not_numbers": ("22P02", "invalid input syntax for type json"),
    "documents/duplicate_names": ("22023", ""),
}

# What the process of a session has: PL/Python functions of all roles share its interpreter.
_PROBE = """
create function probe() returns text language plpython3u security definer as $$
    import json, os, sys
    handles = [f"/proc/self/fd/{handle}" for handle in os.listdir("/proc/self/fd")]
    opened = [os.readlink(handle) for handle in handles if os.path.islink(handle)]
    return json.dumps({
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "frameworks": sorted({"keras", "tensorflow", "torch", "jax"} & set(sys.modules)),
        "sockets": [name for name in opened if name.startswith("socket")],
    })
$$
"""
_RELATIONS = "select oid::regclass::text from pg_class where relpersistence <> 't' order by 1"
# But for what sessions say of themselves.
_TABLES = """
select relname from pg_class
where relnamespace = 'cerebro'::regnamespace and relkind = 'r'
    and relname not in ('_names', '_turns', '_workers')
"""
_WORKERS = """
select count(*) from pg_stat_activity
where datname = current_database() and application_name = 'cerebro_db worker'
"""
_ROWS = """
select count(*)::text || md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {} t
"""


@pytest.fixture(scope="module")
def user(dsn: str, connection: Connection) -> Iterator[Connection]:
    """The session of a role of level train, with a run of its own that is called cancer."""
    connection.execute(_PROBE.encode())
    connection.execute("create role hostile login")
    connection.execute("grant create on schema public to hostile")
    connection.execute("select cerebro_grant('hostile', 'train')")
    with psycopg.connect(dsn, user="hostile", autocommit=True) as session:
        load_tumours_into(session)
        small = """model => '{"family": "mlp", "hidden": [4]}', epochs => 1"""
        space = """space => '{"learning_rate": [0.01]}'"""
        fit(session, "cancer", "tumours", "diagnosis", f"{small}, {space}")
        yield session


@pytest.fixture(scope="module")
def everything(connection: Connection, user: Connection) -> Callable[[], dict[str, Any]]:
    """Returns all that a hostile document might change."""
    data = Path(str(value(connection, "show data_directory")))

    def look() -> dict[str, Any]:
        relations = connection.execute(_RELATIONS.encode()).fetchall()
        tables = connection.execute(_TABLES.encode()).fetchall()
        return {
            "process": json.loads(str(value(user, "select probe()"))),
            "role": value(user, "select session_user || ' ' || current_user"),
            "roles": connection.execute("select * from pg_authid order by oid").fetchall(),
            "settings": connection.execute("select * from pg_db_role_setting").fetchall(),
            "relations": relations,
            "rows": {
                table: value(connection, _rows_of(connection, str(table))) for (table,) in tables
            },
            # Those of the server itself come and go in folders of their own.
            "files": sorted(path.name for path in (*data.iterdir(), *data.parent.iterdir())),
            "marks": sorted(Path(gettempdir()).glob("cerebro_hostile*")),
        }

    return look


def _rows_of(connection: Connection, table: str) -> str:
    return sql.SQL(_ROWS).format(sql.Identifier("cerebro", table)).as_string(connection)


@pytest.mark.parametrize("family", FAMILIES)
def test_refused_without_any_effect(
    connection: Connection,
    user: Connection,
    everything: Callable[[], dict[str, Any]],
    family: str,
) -> None:
    before = everything()
    sockets = set(before["process"].pop("sockets"))
    for case in CASES:
        if case.family != family:
            continue
        sqlstate, says = OF_THE_SERVER.get(family, (case.sqlstate, case.says))
        # The server itself takes seconds to read 100 MB: once has to do.
        verbs = VERBS[case.argument][: 1 if family == "documents/long" else None]
        for verb in verbs:
            with pytest.raises(psycopg.Error) as refusal:
                user.execute(f"select {verb}".encode(), [case.document])
            assert refusal.value.sqlstate == sqlstate, (case.name, verb, refusal.value)
            assert says in str(refusal.value), (case.name, verb)
    after = everything()
    # A search that is refused late has begun with workers, which stay warm for the next one.
    come = set(after["process"].pop("sockets")) - sockets
    assert len(come) <= int(str(value(connection, _WORKERS)))
    assert after == before


def test_of_two_members_of_one_name_the_last_is_checked_and_kept(
    user: Connection, connection: Connection
) -> None:
    user.execute("""select cerebro_model('twice', '{"family": "os", "family": "mlp"}')""")
    kept = value(connection, "select definition from cerebro._models where name = 'twice'")
    assert kept == {"family": "mlp"}
