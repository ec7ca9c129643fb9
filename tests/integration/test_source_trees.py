"""What runs when a source is read, though its own query does not say so, and what only looks so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from fix_server import Connection
from psycopg import errors

from cerebro_db.testing.calls import value

SETUP = """
create role tree_reader login;
create table customers as
    select i as id, i::float8 as spend, i % 2 as churned from generate_series(1, 200) i;
create table log (what text);
create extension postgres_fdw;
create extension file_fdw;

create table policed as table customers;
alter table policed enable row level security;
create policy writes on policed using (lo_create(0) > 0);
create table notifying as table customers;
alter table notifying enable row level security;
create policy tells on notifying for select using (pg_notify('x', 'y') is not null);
create view notified as select * from notifying;
create table unpoliced as table customers;
create policy writes on unpoliced using (lo_create(0) > 0);
create table halved as table customers;
alter table halved enable row level security;
create policy half on halved using (id <= 100);

create table computed (
    id int, spend float8 generated always as (id * 2.0) {generated}, churned int
);
insert into computed (id, churned) select id, churned from customers;

create aggregate grows(*) (sfunc = lo_create, stype = oid, initcond = '0');
create domain slow as float8 check (pg_sleep(0) is not null);
create domain slower as slow;
create domain needed as float8 not null check (value > 0);
create type pair as (a int, b slower);
create function with_default(x float8, o oid default lo_create(0)) returns float8
    language plpgsql as $$ begin return x; end $$;
create function with_body(x float8) returns float8
    begin atomic select x from pg_sleep(0); end;
create materialized view slept as select c.* from customers c, pg_sleep(0);

create function writes(x float8) returns float8 language plpgsql as
    $$ begin insert into public.log values ('read'); return x; end $$;
create view written as select id, writes(spend) as spend, churned from customers;
create server loopback foreign data wrapper postgres_fdw options (dbname {database}, host {host});
create server careful foreign data wrapper postgres_fdw options (
    dbname {database}, host {host}, options '-c work_mem=4MB -c default_transaction_read_only=on'
);
create server files foreign data wrapper file_fdw;
create user mapping for public server loopback options (user 'postgres', password_required 'false');
create user mapping for public server careful options (user 'postgres', password_required 'false');
create foreign table far (id int, spend float8, churned int) server loopback
    options (table_name 'written');
create foreign table far_careful (id int, spend float8, churned int) server careful
    options (table_name 'written');
create foreign table far_customers (id int, spend float8, churned int) server careful
    options (table_name 'customers');
create foreign table program (id int, spend float8, churned int) server files
    options (program 'cat {file}');
create foreign table file (id int, spend float8, churned int) server files
    options (filename {path});
create view far_away as select * from far;
create table parts (id int, spend float8, churned int) partition by range (id);
create table near partition of parts for values from (0) to (100);
create foreign table distant partition of parts for values from (100) to (1000) server loopback
    options (table_name 'written');

grant select on all tables in schema public to tree_reader;
grant usage on foreign server loopback, careful, files to tree_reader;
"""

# Each with what the message names.
REFUSED = {
    "policed": "lo_create",
    "select * from policed": "lo_create",
    "select * from customers where id in (select id from policed)": "lo_create",
    "notified": "pg_notify",
    "select c.* from customers c, (select grows(*) as g from customers) g": "lo_create",
    "select *, grows(*) over () as g from customers": "lo_create",
    "select id, spend::slow as spend, churned from customers": "pg_sleep",
    "select id, spend::slower as spend, churned from customers": "pg_sleep",
    "select *, (json_populate_record(null::pair, '{}')).b::float8 from customers": "pg_sleep",
    "select id, with_default(spend) as spend, churned from customers": "lo_create",
    "select id, with_body(spend) as spend, churned from customers": "pg_sleep",
    "far": "foreign table far",
    "far_away": "foreign table far",
    "select * from far_away": "foreign table far",
    "parts": "foreign table distant",
    "program": "foreign table program",
}
HONEST = {
    "unpoliced": 160,
    "halved": 80,
    "computed": 160,
    "slept": 160,
    "select * from slept": 160,
    "file": 160,
    "far_customers": 160,
    "select churned, spend, count(*) over (partition by id) as n from customers": 160,
    "select id, spend::needed as spend, churned from customers": 160,
}
PREPARE = "select rows from cerebro_prepare('d', %s, 'churned', replace => true)"


@pytest.fixture(scope="module", autouse=True)
def tables(connection: Connection) -> Iterator[None]:
    with TemporaryDirectory(prefix="cerebro-") as folder:
        Path(folder).chmod(0o755)
        set_up(connection, Path(folder) / "customers.tsv")
        yield


def set_up(connection: Connection, file: Path) -> None:
    file.write_text("".join(f"{i}\t{i}.5\t{i % 2}\n" for i in range(1, 201)))
    database, host = connection.info.dbname, connection.info.host
    # Since PostgreSQL 18 as they are read.
    generated = "virtual" if connection.info.server_version >= 180000 else "stored"
    setup = SETUP.format(
        database=f"'{database}'",
        host=f"'{host}'",
        file=file,
        path=f"'{file}'",
        generated=generated,
    )
    connection.execute(setup.encode())
    connection.execute("select cerebro_grant('tree_reader', 'train')")


@pytest.fixture
def tree_reader(dsn: str) -> Iterator[Connection]:
    """A session of a role whose rows policies decide about."""
    with psycopg.connect(dsn, user="tree_reader", autocommit=True) as session:
        yield session


def written(connection: Connection) -> object:
    return connection.execute(
        "select (select count(*) from pg_largeobject_metadata), (select count(*) from log)"
    ).fetchone()


@pytest.mark.parametrize("source", REFUSED)
def test_what_does_more_than_compute(
    connection: Connection, tree_reader: Connection, source: str
) -> None:
    before = written(connection)
    with pytest.raises(errors.InsufficientPrivilege) as raised:
        tree_reader.execute(PREPARE.encode(), [source])
    assert f"{REFUSED[source]}\n" in f"{raised.value.diag.message_primary}\n"
    assert written(connection) == before


@pytest.mark.parametrize("source", HONEST)
def test_what_only_computes(tree_reader: Connection, source: str) -> None:
    assert value(tree_reader, PREPARE, source) == HONEST[source]


def test_the_other_server_refuses_to_write(connection: Connection, tree_reader: Connection) -> None:
    before = written(connection)
    with pytest.raises(errors.SyntaxError, match="only reads"):
        tree_reader.execute(PREPARE.encode(), ["far_careful"])
    assert written(connection) == before


def test_the_hint_says_how_to_read_it(connection: Connection, tree_reader: Connection) -> None:
    with pytest.raises(errors.InsufficientPrivilege) as raised:
        tree_reader.execute(PREPARE.encode(), ["far"])
    statement = str(raised.value.diag.message_hint).partition(" has the other server")[0]
    with connection.transaction(force_rollback=True):
        connection.execute(statement.encode())
        with pytest.raises(errors.SyntaxError, match="only reads"):
            connection.execute(PREPARE.encode(), ["far"])
