"""The SQL surface: names, arguments, defaults, comments, and who may do what."""

from __future__ import annotations

import pytest
from fix_server import Connection

SEARCH = (
    "run text, source text, target text DEFAULT NULL::text,"
    """ model jsonb DEFAULT '{}'::jsonb, space jsonb DEFAULT '{}'::jsonb,"""
    """ search jsonb DEFAULT '{}'::jsonb, epochs integer DEFAULT NULL::integer,"""
    " metric text DEFAULT NULL::text, workers integer DEFAULT NULL::integer,"
    " seed bigint DEFAULT 0, options jsonb DEFAULT '{}'::jsonb"
)
LEADERBOARD = (
    "TABLE(rank integer, config integer, params jsonb, metric text, value double precision,"
    " loss double precision, validation_loss double precision, epochs integer,"
    " seconds double precision, status text)"
)

# As promised to users: any change here is a change of the product's interface.
VERBS = {
    "cerebro_prepare": (
        "dataset text, source text, target text, features text[] DEFAULT NULL::text[],"
        " task text DEFAULT NULL::text, validation text DEFAULT '0.2'::text,"
        " partitions integer DEFAULT NULL::integer, encode jsonb DEFAULT '{}'::jsonb,"
        " replace boolean DEFAULT false, options jsonb DEFAULT '{}'::jsonb",
        "TABLE(dataset text, task text, rows bigint, validation_rows bigint, partitions integer,"
        " features integer, bytes bigint)",
    ),
    "cerebro_fit": (SEARCH, LEADERBOARD),
    "cerebro_submit": (SEARCH, "bigint"),
    "cerebro_run_queue": ("most integer DEFAULT NULL::integer", "integer"),
    "cerebro_wait": ("run text", "text"),
    "cerebro_resume": ("run text, config integer DEFAULT NULL::integer", LEADERBOARD),
    "cerebro_stop": ("run text, config integer DEFAULT NULL::integer", "void"),
    "cerebro_cancel": ("run text", "void"),
    "cerebro_clone": (
        "run text, config integer, params jsonb DEFAULT '{}'::jsonb,"
        " from_scratch boolean DEFAULT false",
        "integer",
    ),
    "cerebro_add": (
        """run text, space jsonb, search jsonb DEFAULT '{"method": "grid"}'::jsonb""",
        "integer",
    ),
    "cerebro_predict": ("run text, input anyelement", "text"),
    "cerebro_score": ("run text, input anyelement", "double precision"),
    "cerebro_proba": ("run text, input anyelement", "jsonb"),
    "cerebro_describe": (
        "run text, description text DEFAULT NULL::text, tags text[] DEFAULT NULL::text[]",
        "void",
    ),
    "cerebro_predict_table": ("run text, source text, key text, output text", "bigint"),
    "cerebro_predictions": (
        "run text, config integer DEFAULT NULL::integer",
        "TABLE(key text, fold integer, prediction text, score double precision,"
        " probabilities jsonb)",
    ),
    "cerebro_evaluate": ("run text, source text", "jsonb"),
    "cerebro_model": ("name text, definition jsonb", "void"),
    "cerebro_drop": ("name text, kind text DEFAULT 'run'::text", "void"),
    "cerebro_share": ("name text, role regrole, kind text DEFAULT 'run'::text", "void"),
    "cerebro_unshare": ("name text, role regrole, kind text DEFAULT 'run'::text", "void"),
    "cerebro_register_code": (
        "name text, kind text, source text, replace boolean DEFAULT false",
        "void",
    ),
    "cerebro_grant": ("role regrole, level text", "void"),
    "cerebro_revoke": ("role regrole", "void"),
}

# Verbs with arguments beside those that they were released with.
BULK = "run text, source text, key text, output text"
OVERLOADS = {
    ("cerebro_resume", "run text, config integer, epochs integer", LEADERBOARD),
    ("cerebro_predict", "run text, input anyelement, config integer", "text"),
    ("cerebro_score", "run text, input anyelement, config integer", "double precision"),
    ("cerebro_proba", "run text, input anyelement, config integer", "jsonb"),
    ("cerebro_evaluate", "run text, source text, config integer", "jsonb"),
    ("cerebro_predict_table", f"{BULK}, replace boolean", "bigint"),
    ("cerebro_predict_table", f"{BULK}, config integer", "bigint"),
    ("cerebro_predict_table", f"{BULK}, replace boolean, config integer", "bigint"),
}

VIEWS = {
    "audit",
    "code",
    "configs",
    "datasets",
    "decisions",
    "grants",
    "hops",
    "leaderboard",
    "learning_curves",
    "models",
    "progress",
    "runs",
    "workers",
}

MEMBERS = """
select classid, objid, pg_describe_object(classid, objid, 0) as name
from pg_depend
where refclassid = 'pg_extension'::regclass
    and refobjid = (select oid from pg_extension where extname = 'cerebro_db')
    and deptype = 'e'
"""


def test_verbs_are_as_promised(connection: Connection) -> None:
    rows = connection.execute(
        "select proname, pg_get_function_arguments(oid), pg_get_function_result(oid)"
        " from pg_proc where pronamespace = 'public'::regnamespace and proname like 'cerebro%'"
    ).fetchall()
    assert {row for row in rows if row in OVERLOADS} == OVERLOADS
    released = [row for row in rows if row not in OVERLOADS]
    assert {row[0]: row[1:] for row in released} == VERBS
    assert len(released) == len(VERBS)


def test_views_are_as_promised(connection: Connection) -> None:
    rows = connection.execute(
        r"select viewname from pg_views where schemaname = 'cerebro' and viewname not like '\_%'"
    ).fetchall()
    assert {row[0] for row in rows} == VIEWS


def test_every_object_has_a_comment(connection: Connection) -> None:
    missing = connection.execute(
        f"select name from ({MEMBERS}) m where obj_description(objid, classid::regclass::name)"
        " is null and name not like 'type %' and name not like 'rule %'".encode()
    ).fetchall()
    assert missing == []


def test_every_column_of_the_views_has_a_comment(connection: Connection) -> None:
    missing = connection.execute(
        "select relname, attname from pg_attribute a join pg_class c on c.oid = attrelid"
        " where relnamespace = 'cerebro'::regnamespace and relkind = 'v' and attnum > 0"
        r" and relname not like '\_%' and col_description(c.oid, attnum) is null"
    ).fetchall()
    assert missing == []


def test_every_column_of_the_views_has_a_type_for_people(connection: Connection) -> None:
    rows = connection.execute(
        "select distinct atttypid::regtype::text from pg_attribute"
        " join pg_class c on c.oid = attrelid"
        " where relnamespace = 'cerebro'::regnamespace and relkind = 'v' and attnum > 0"
        r" and relname not like '\_%'"
    ).fetchall()
    assert {row[0] for row in rows} <= {
        "text",
        "text[]",
        "regrole",
        "integer",
        "bigint",
        "double precision",
        "boolean",
        "jsonb",
        "timestamp with time zone",
        "interval",
    }


def test_public_may_do_nothing(connection: Connection) -> None:
    connection.execute("create role nobody_special")
    functions = connection.execute(
        f"select name from ({MEMBERS}) m where classid = 'pg_proc'::regclass"
        " and has_function_privilege('nobody_special', objid, 'execute')".encode()
    ).fetchall()
    relations = connection.execute(
        "select relname from pg_class where relnamespace = 'cerebro'::regnamespace"
        " and relkind in ('r', 'v')"
        " and has_table_privilege('nobody_special', oid, 'select, insert, update, delete')"
    ).fetchall()
    schema = connection.execute(
        "select has_schema_privilege('nobody_special', 'cerebro', 'usage'),"
        " has_schema_privilege('nobody_special', 'cerebro_data', 'usage')"
    ).fetchone()
    assert (functions, relations, schema) == ([], [], (False, False))


def test_security_definer_functions_pin_their_search_path(connection: Connection) -> None:
    rows = connection.execute(
        f"select p.proname, p.proconfig from ({MEMBERS}) m join pg_proc p on p.oid = m.objid"
        " where classid = 'pg_proc'::regclass and p.prosecdef".encode()
    ).fetchall()
    assert {name for name, _ in rows} >= {"_loopback", "_end_idle", "_set_level"}
    assert {settings[0] for _, settings in rows} == {"search_path=pg_catalog, pg_temp"}


@pytest.mark.parametrize("schema", ["public", "my schema"])
def test_the_verbs_live_in_any_schema(server: str, new_database: object, schema: str) -> None:
    import psycopg

    assert callable(new_database)
    with psycopg.connect(new_database("template1"), autocommit=True) as connection:
        connection.execute(f'create schema if not exists "{schema}"'.encode())
        connection.execute(f'create extension cerebro_db schema "{schema}" cascade'.encode())
        connection.execute("create table t (a int, b float8)")
        connection.execute("insert into t select i % 2, i from generate_series(1, 200) i")
        row = connection.execute(
            f"select task, rows from \"{schema}\".cerebro_prepare('d', 't', 'a')".encode()
        ).fetchone()
        assert row == ("binary", 160)
        connection.execute("drop extension cerebro_db cascade")
        left = connection.execute(
            "select count(*) from pg_class where relname like '%chunks%'"
            " union all select count(*) from pg_proc where proname like '%cerebro%'"
        ).fetchall()
        assert left == [(0,), (0,)]
