"""Sessions of ours run as cerebro_worker, which has no right beyond our schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from fix_fit import QUICK, fit
from fix_server import Connection, NewDatabase
from psycopg.errors import DependentObjectsStillExist, InsufficientPrivilege

from cerebro_db.engines.sessions.loopback import Loopback, connect
from cerebro_db.testing.callers import calling, eventually

# Outside of our schemas.
FORBIDDEN = (
    "select * from public.customers",
    "insert into public.customers values (1, true, 2)",
    "create table public.mine ()",
    "create schema mine",
    "select pg_read_file('PG_VERSION')",
    "select pg_ls_dir('.')",
    "select lo_import('/etc/passwd')",
    "copy (select 1) to program 'true'",
    "copy (select 1) to '/tmp/mine'",
    "alter role cerebro_worker superuser",
    "alter role postgres set jit = on",
    "create role mine",
    "grant postgres to cerebro_worker",
    "set log_statement = 'none'",
    "alter system set jit = on",
    "select pg_reload_conf()",
    "create function cerebro.mine() returns int language plpython3u as 'return 1'",
    "create extension pg_trgm",
    "select rolpassword from pg_authid",
    "select public.cerebro_fit('r', 'customers', 'b')",
    "select public.cerebro_score('r', row(1))",
)
# Inside, but not its own.
KEPT_BACK = (
    "select * from cerebro.connection",
    "insert into cerebro.connection (host) values ('elsewhere')",
    "select * from cerebro._loopback()",
    "select * from cerebro._audit",
    "update cerebro._audit set role = 'nobody'",
    "delete from cerebro._audit",
    "select cerebro._hand_over()",
    "select public.cerebro_grant('cerebro_worker', 'admin')",
    "alter function cerebro._train(jsonb, jsonb, bytea) security definer",
    "create or replace view cerebro.runs as select 1 as run",
    "update cerebro.settings set workers = 1000",
    "create trigger t before insert on cerebro.settings execute function tsvector_update_trigger()",
)

_NOT_ITS_OWN = """
select relname::text
from pg_class
where relnamespace = 'cerebro'::regnamespace
    and relkind in ('r', 'S')
    and relowner <> 'cerebro_worker'::regrole
order by relname
"""

_RIGHTS_ELSEWHERE = """
select kind, object
from (
    select 'function', oid::regprocedure::text, pronamespace, proacl from pg_proc
    union all select 'relation', oid::regclass::text, relnamespace, relacl from pg_class
    union all select 'type', oid::regtype::text, typnamespace, typacl from pg_type
    union all select 'schema', nspname, oid, nspacl from pg_namespace
    union all select 'language', lanname, null, lanacl from pg_language
    union all select 'database', datname, null, datacl from pg_database
    union all select 'wrapper', fdwname, null, fdwacl from pg_foreign_data_wrapper
) rights (kind, object, schema, acl), aclexplode(acl) a
where a.grantee = 'cerebro_worker'::regrole
    and coalesce(schema::regnamespace::text, '') not in ('cerebro', 'cerebro_data')
"""


@pytest.fixture(scope="module")
def customers(connection: Connection) -> Connection:
    """The module's connection, with a table of somebody's."""
    connection.execute(
        "create table customers as"
        " select a, a % 2 = 0 as b, a * 1.5 as c from generate_series(1, 60) a"
    )
    return connection


@pytest.fixture(scope="module")
def worker(customers: Connection, dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """A session that a backend would open for a worker."""
    with connect(Loopback(dsn.encode(), 1), "cerebro_db worker") as session:
        yield session


@pytest.mark.parametrize("statement", FORBIDDEN + KEPT_BACK)
def test_a_worker_may_not(worker: psycopg.Connection[Any], statement: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        worker.execute(statement.encode())


def test_a_worker_cannot_drop_what_the_extension_is_made_of(
    worker: psycopg.Connection[Any],
) -> None:
    for dropped in (
        "function cerebro._train",
        "table cerebro._runs cascade",
        "schema cerebro_data",
    ):
        with pytest.raises(DependentObjectsStillExist):
            worker.execute(f"drop {dropped}".encode())


def test_it_has_been_granted_nothing_elsewhere(worker: psycopg.Connection[Any]) -> None:
    assert worker.execute("select current_user::text").fetchone() == ("cerebro_worker",)
    assert worker.execute(_RIGHTS_ELSEWHERE.encode()).fetchall() == []


def test_what_workers_write_is_theirs(dsn: str, customers: Connection) -> None:
    endless = QUICK.replace("epochs => 1", "epochs => 100000, workers => 1")
    with calling(dsn, lambda caller: fit(caller, "r", "customers", "b", endless)):
        eventually(
            lambda: (
                customers.execute(
                    "select count(*) > 0 from pg_class where relname ~ '^_(states|hops)_'"
                ).fetchone()
                == (True,)
            )
        )
        others = [name for (name,) in customers.execute(_NOT_ITS_OWN.encode()).fetchall()]
    assert others == ["_audit", "_audit_id_seq", "_code", "connection", "settings"]


def test_only_workers_that_idle_are_ended_for_others(dsn: str, customers: Connection) -> None:
    with (
        connect(Loopback(dsn.encode(), 1), "cerebro_db control") as control,
        connect(Loopback(dsn.encode(), 1), "cerebro_db worker") as idle,
        connect(Loopback(dsn.encode(), 1), "cerebro_db worker") as taken,
        connect(Loopback(dsn.encode(), 1), "cerebro_db worker") as busy,
        connect(Loopback(dsn.encode(), 1), "psql") as other,
    ):
        for session in (idle, busy, other):
            begun = [session.info.backend_pid, "idle"]
            control.execute(
                "insert into cerebro._workers (pid, keeper, state) values (%s, 0, %s)", begun
            )
        pids = [session.info.backend_pid for session in (idle, taken, busy, other)]
        with calling(dsn, lambda _: busy.execute("select pg_sleep(60)")) as sleeper:
            state = "select state from pg_stat_activity where pid = %s"
            eventually(lambda: customers.execute(state, [pids[2]]).fetchone() == ("active",))
            ended = control.execute("select cerebro._end_idle(%s)", [pids]).fetchall()
            customers.execute("select pg_cancel_backend(%s)", [pids[2]])
            sleeper.finish()
        assert ended == [(pids[0],)]
        eventually(
            lambda: control.execute("select cerebro._end_idle(%s)", [pids[:2]]).fetchall() == []
        )
        for session in (taken, busy, other):
            assert session.execute("select 1").fetchone() == (1,)


@pytest.mark.parametrize(
    ("power", "named"),
    [
        ("alter role cerebro_worker superuser", "super"),
        ("alter role cerebro_worker createrole", "createrole"),
        ("alter role cerebro_worker createdb", "createdb"),
        ("alter role cerebro_worker replication", "replication"),
        ("alter role cerebro_worker bypassrls", "bypassrls"),
        ("grant pg_read_server_files to cerebro_worker", "member of pg_read_server_files"),
    ],
)
def test_a_role_with_power_is_refused(
    new_database: NewDatabase, bare: Connection, power: str, named: str
) -> None:
    # A role is the whole server's: what is made of it here is undone.
    with bare.transaction(force_rollback=True):
        bare.execute(power.encode())
        with pytest.raises(InsufficientPrivilege) as raised:
            bare.execute("create extension cerebro_db cascade")
    assert raised.value.diag.message_detail == f"It is: {named}."


@pytest.fixture(scope="module")
def bare(bare_dsn: str) -> Iterator[Connection]:
    """A connection to a database without the extension."""
    with psycopg.connect(bare_dsn, autocommit=True) as connection:
        yield connection
