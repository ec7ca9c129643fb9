"""What a source may do: compute, from the user's tables, in the user's session and as the user."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from fix_fit import QUICK
from fix_server import Connection

TABLES = """
create table customers as
    select i as id, i::float8 as spend, i % 2 as churned from generate_series(1, 200) i;
create table log (at timestamptz, what text);
create sequence counter;
create role analyst;
create schema other;
create table other.rates as select 1.5::float8 as rate;

create function writes(x float8) returns float8 language plpgsql as
    $$ begin insert into public.log values (now(), 'read'); return x; end $$;
create function creates(x float8) returns float8 language plpgsql as
    $$ begin execute 'create table public.made (a int)'; return x; end $$;
create function counts(x float8) returns float8 language plpgsql as
    $$ begin perform nextval('public.counter'); return x; end $$;
create function promotes(x float8) returns float8 language plpgsql as
    $$ begin reset role; execute 'alter role analyst superuser'; return x; end $$;
create function unlocks(x float8) returns float8 language plpgsql as
    $$ begin set transaction_read_only = off; return public.writes(x); end $$;
create function resets(x float8) returns float8 language plpgsql as
    $$ begin reset role; return x; end $$;
create function poses(x float8) returns float8 language plpgsql as
    $$ begin set session authorization postgres; return x; end $$;
create function tells(x float8) returns float8 language plpgsql as
    $$ begin raise notice 'pid %', pg_backend_pid(); return x; end $$;
create function rated(x float8) returns float8 language plpgsql as
    $$ begin return x * (select rate from rates); end $$;

create type mood as enum ('good', 'bad');
create function written(mood) returns text language plpgsql as
    $$ begin insert into public.log values (now(), 'cast'); return 'good'; end $$;
create cast (mood as text) with function written(mood);
create table moods as
    select id, (array['good', 'bad'])[id % 3 % 2 + 1]::mood as mood, churned from customers;

create view sleeps as select id, spend, churned from customers, pg_sleep(0);
create view slept as select * from sleeps;
create view written as select id, writes(spend) as spend, churned from customers;
create view mine as select id, spend, churned from customers
    where exists (select from pg_roles where rolname = current_user);
create view told as select id, tells(spend) as spend, churned from customers;
create view reset_by_view as select id, resets(spend) as spend, churned from customers;

grant usage on schema other to public;
grant select on all tables in schema public, other to public;
grant select on counter to public;
"""

# Each with its SQLSTATE and a part of the message.
NO_SELECTS = {
    "with w as (insert into log values (now(), 'a') returning 1) select * from customers": (
        "42601",
        "only reads",
    ),
    "with w as (delete from customers returning *) select * from w": ("42601", "only reads"),
    "select * from customers for update": ("42601", "only reads"),
    "select * into copied from customers": ("42601", "only reads"),
    "copy customers to program 'true'": ("42601", "SELECT"),
    "do $$begin end$$": ("42601", "SELECT"),
    "explain analyze select * from customers": ("42601", "SELECT"),
    "select * from customers; drop table customers": ("42601", "one SELECT"),
    "select * from customers --\r) as c; drop table customers; --": ("42601", "as a SELECT"),
}
REFUSED = {
    "select * from written": ("42601", "only reads"),
    "select id, writes(spend) as spend, churned from customers": ("42601", "only reads"),
    "select id, creates(spend) as spend, churned from customers": ("42601", "only reads"),
    "select id, counts(spend) as spend, churned from customers": ("42601", "only reads"),
    "select id, promotes(spend) as spend, churned from customers": ("42601", "only reads"),
    "select id, unlocks(spend) as spend, churned from customers": ("25001", "read-write"),
    "select id, nextval('counter')::float8 as spend, churned from customers": ("42501", "nextval"),
    "select c.* from customers c, pg_sleep(1)": ("42501", "pg_sleep"),
    "select * from customers where pg_sleep(1) is not null": ("42501", "pg_sleep"),
    'select * from customers where U&"pg\\005fsleep"(1) is not null': ("42501", "pg_sleep"),
    "select * from customers where pg_sleep_for('1 s') is not null": ("42501", "pg_sleep_for"),
    "slept": ("42501", "pg_sleep"),
    "select * from slept": ("42501", "pg_sleep"),
    "select c.* from customers c, dblink('', 'select 1') as d (x int)": ("42501", "dblink"),
    "select c.* from customers c where pg_read_file('/etc/passwd') <> ''": (
        "42501",
        "pg_read_file",
    ),
    "select * from customers where set_config('role', 'none', false) = ''": (
        "42501",
        "set_config",
    ),
    "select * from customers where pg_terminate_backend(id)": ("42501", "pg_terminate_backend"),
    "select * from customers where lo_import('/etc/passwd') > 0": ("42501", "lo_import"),
    "pg_authid": ("42501", "pg_authid"),
    "pg_catalog.pg_authid": ("42501", "pg_authid"),
    "select c.* from customers c, pg_authid": ("42501", "pg_authid"),
    "select c.* from customers c where exists (select from pg_shadow)": ("42501", "pg_shadow"),
    "select c.* from customers c, information_schema.tables": ("42501", "tables"),
}

# What only whoever has set a role can be done to, and whom they lose it to.
REGAINED = {
    "select id, resets(spend) as spend, churned from customers": ("42501", "changed the role"),
    "select id, poses(spend) as spend, churned from customers": ("42501", "changed the role"),
    "reset_by_view": ("42501", "changed the role"),
    "select id, promotes(spend) as spend, churned from customers": ("42601", "only reads"),
}

HONEST = [
    "customers",
    "mine",
    "told",
    "select * from mine",
    "select id, random() as spend, churned from customers",
    "select id, tells(spend) as spend, churned from customers",
    "select id, rated(spend) as spend, churned from customers",
    "with c as (select * from customers) select * from c order by id limit 150",
    "select id, spend, churned from customers -- all of them",
]

# What some servers have, and others have not.
DRAWN = {
    "random": "random()",
    "gen_random_uuid": "gen_random_uuid()",
    "random_normal": "random_normal()",
    "array_shuffle": "array_shuffle(array[1, 2])",
    "array_sample": "array_sample(array[1, 2], 1)",
    "uuidv4": "uuidv4()",
    "uuidv7": "uuidv7()",
}

VERBS = {
    "prepare": "select * from cerebro_prepare('d', %s, 'churned')",
    "fit": f"select * from cerebro_fit('r', %s, 'churned', {QUICK})",
    "submit": "select cerebro_submit('r', %s, 'churned')",
    "validation": "select * from cerebro_prepare('d', 'customers', 'churned', validation => %s)",
    "predict_table": "select cerebro_predict_table('churn', %s, 'id', 'written_by_us')",
    "evaluate": "select cerebro_evaluate('churn', %s)",
}

STATE = """
select
    (select count(*) from customers), (select count(*) from log), (select last_value from counter),
    (select string_agg(rolname || rolsuper, ',' order by rolname) from pg_roles),
    (select string_agg(relname, ',' order by relname) from pg_class
        where relkind in ('r', 'v', 'S') and relname not like 'pg_toast%'),
    current_user, session_user, current_setting('search_path'),
    current_setting('transaction_read_only')
"""


@pytest.fixture(scope="module", autouse=True)
def tables(connection: Connection) -> None:
    connection.execute("create extension dblink")
    connection.execute(TABLES.encode())
    fit = f"select * from cerebro_fit('churn', 'customers', 'churned', {QUICK})"
    connection.execute(fit.encode())
    connection.execute("select cerebro_grant('analyst', 'train')")
    connection.execute("select cerebro_share('churn', 'analyst')")
    connection.execute("grant create on schema public to analyst")


@pytest.fixture
def caller(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as session:
        yield session


def refused(caller: Connection, verb: str, cases: dict[str, tuple[str, str]]) -> None:
    before = caller.execute(STATE.encode()).fetchall()
    for source, (sqlstate, message) in cases.items():
        with pytest.raises(psycopg.Error) as raised:
            call(caller, verb, source)
        assert raised.value.sqlstate == sqlstate, (source, raised.value)
        assert message in str(raised.value), (source, raised.value)
        assert caller.execute(STATE.encode()).fetchall() == before, source


def call(caller: Connection, verb: str, source: str) -> None:
    caller.execute(VERBS[verb].encode(), [source])


@pytest.mark.parametrize("verb", VERBS)
def test_sources_that_do_more_than_read_are_refused(caller: Connection, verb: str) -> None:
    refused(caller, verb, REFUSED)


@pytest.mark.parametrize("verb", VERBS)
def test_sources_that_are_no_select_are_refused(caller: Connection, verb: str) -> None:
    refused(caller, verb, NO_SELECTS)


def test_no_other_statement_hides_in_a_string(caller: Connection) -> None:
    """Where backslashes escape in strings, the server would read two statements here."""
    caller.execute("set standard_conforming_strings to off")
    hidden = r"select '\' as x, ') as c; drop table customers; select * from (select 1 --' as y"
    refused(caller, "prepare", {hidden: ("42703", "The columns in the source are: x, y.")})


def test_what_a_source_calls_is_known_whatever_backslashes_mean(caller: Connection) -> None:
    caller.execute("set standard_conforming_strings to off")
    refused(caller, "prepare", REFUSED)


def test_casts_of_users_run_as_what_only_reads(caller: Connection) -> None:
    """In what follows the reading of a source, too: the label, and tables read page by page."""
    honest = (
        "select id, mood = 'good' as good, (array['good', 'bad'])[id % 2 + 1] as mood, churned"
        " from moods"
    )
    caller.execute(f"select cerebro_fit('moody', $${honest}$$, 'churned', {QUICK})".encode())
    before = caller.execute("table log").fetchall()
    for verb in (
        "cerebro_prepare('d', 'moods', 'churned')",
        "cerebro_prepare('d', 'moods', 'mood')",
        "cerebro_predict_table('moody', 'more_moods', 'id', 'written_by_us')",
        "cerebro_evaluate('moody', 'more_moods')",
    ):
        caller.execute("create temporary table more_moods as select *, true as good from moods")
        with pytest.raises(psycopg.errors.SyntaxError, match="only reads"):
            caller.execute(f"select {verb}".encode())
        assert caller.execute("table log").fetchall() == before, verb
        caller.execute("drop table more_moods")
    caller.execute("select cerebro_drop('moody')")


def test_a_view_in_the_place_of_a_table_is_read_as_a_view(dsn: str, caller: Connection) -> None:
    """The table is locked while the verb looks at it, and is another when it can be read."""
    with psycopg.connect(dsn) as other, psycopg.connect(dsn, autocommit=True) as watcher:
        other.execute("create table swapped as select id, spend, churned from customers")
        other.commit()
        other.execute("lock table swapped in access exclusive mode")
        failed: list[psycopg.Error] = []

        def evaluate() -> None:
            try:
                call(caller, "evaluate", "swapped")
            except psycopg.Error as error:
                failed.append(error)

        thread = threading.Thread(target=evaluate)
        thread.start()
        waits = "select count(*) from pg_locks where pid = %s and not granted"
        while watcher.execute(waits, [caller.info.backend_pid]).fetchone() == (0,):
            assert thread.is_alive()
            time.sleep(0.05)
        other.execute("alter table swapped rename to before")
        other.execute(
            "create view swapped as select ctid, id, writes(spend) as spend, churned from customers"
        )
        other.commit()
        thread.join()
        assert [error.sqlstate for error in failed] == ["42601"]
        assert "only reads" in str(failed[0])
        assert watcher.execute("select count(*) from log").fetchone() == (0,)
        other.execute("drop view swapped; drop table before")


@pytest.mark.parametrize("verb", VERBS)
def test_a_role_that_was_set_is_not_left(caller: Connection, verb: str) -> None:
    caller.execute("set role analyst")
    refused(caller, verb, REGAINED)


def test_the_users_sql_runs_in_the_callers_session_alone(caller: Connection) -> None:
    told: set[str] = set()
    caller.add_notice_handler(
        lambda notice: (
            told.add(str(notice.message_primary))
            if str(notice.message_primary).startswith("pid ")
            else None
        )
    )
    for verb in VERBS:
        for source in ("told", "select id, tells(spend) as spend, churned from customers"):
            told.clear()
            call(caller, verb, source)
            assert told == {f"pid {caller.info.backend_pid}"}, (verb, source)
            undo(caller)


def test_sources_that_only_read_work_as_the_caller(caller: Connection) -> None:
    """With the names that the caller's search path gives them, and rows that nobody else sees."""
    with caller.transaction(force_rollback=True):
        caller.execute("set local search_path to other, public")
        caller.execute("create temporary table rates as select 2.0::float8 as rate")
        caller.execute("insert into customers values (201, 1.0, 1)")
        for source in HONEST:
            for verb in VERBS:
                call(caller, verb, source)
                undo(caller)
        # The rate of pg_temp.
        call(caller, "predict_table", "select rated(1) as id, 1 as spend")
        found = caller.execute("select id from written_by_us").fetchall()
        assert found == [(2.0,)]
        assert caller.execute("show search_path").fetchall() == [("other, public",)]


def test_what_only_draws_is_read(caller: Connection) -> None:
    there = caller.execute(
        "select distinct proname from pg_proc where proname = any(%s)", [[*DRAWN]]
    )
    calls = ", ".join(f"{DRAWN[name]} as {name}" for (name,) in there)
    assert "gen_random_uuid()" in calls
    call(caller, "prepare", f"select id, {calls}, churned from customers")
    undo(caller)


def undo(caller: Connection) -> None:
    """Remove what a verb has made."""
    caller.execute("drop table if exists written_by_us")
    for run in caller.execute("select run from cerebro.runs where run = 'r'").fetchall():
        caller.execute("select cerebro_drop(%s)", run)
    for name in caller.execute("select dataset from cerebro.datasets").fetchall():
        if name != ("churn",):
            caller.execute("select cerebro_drop(%s, 'dataset')", name)
