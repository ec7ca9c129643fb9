"""No verb uses what somebody has put in the place of the server's own objects: see shadows.py.

The extension is created, and every verb called, in a database where public comes first and is full
of traps, and by a session whose pg_temp is full of them. What a test itself says is thus but names,
literals and calls.
"""

from __future__ import annotations

import json

import keras
import psycopg
import pytest
from fix_fit import QUICK
from fix_server import NewDatabase
from shadows import SPRUNG, set_temporary_traps, set_traps
from test_surface import VIEWS

from cerebro_db import training

ROW = "select 1 as id, 1.5::pg_catalog.float8 as size, 'größe'::pg_catalog.text as kind"

# In this order, each of what those before it have left.
CALLS = [
    "select * from cerebro_prepare('points', 'points', 'label')",
    "select * from cerebro_prepare('chosen', 'select * from points', 'label', '{kind}')",
    f"select * from cerebro_fit('first', 'points', 'label', {QUICK})",
    f"select * from cerebro_fit('second', 'select * from seen', 'label', {QUICK})",
    f"select cerebro_submit('third', 'points', null, {QUICK})",
    "select cerebro_stop('third')",
    "select * from cerebro_resume('third')",
    f"select cerebro_submit('fourth', 'points', null, {QUICK})",
    "select cerebro_run_queue()",
    "select cerebro_wait('fourth')",
    """select cerebro_add('third', '{"learning_rate": [0.1]}')""",
    """select cerebro_clone('third', 1, '{"learning_rate": 0.2}', from_scratch => true)""",
    "select * from cerebro_resume('third')",
    "select cerebro_model('recurrent', $model$)",
    """select * from cerebro_fit(
        'recurrent', 'select size, label from points', 'label', epochs => 1,
        model => '{"name": "recurrent"}', space => '{"learning_rate": [0.01]}'
    )""",
    "select cerebro_predict('first', p) from points p",
    "select cerebro_score('first', p) from points p",
    "select cerebro_proba('first', p) from seen p",
    f"select cerebro_predict('first', p) from ({ROW}) p",
    "select cerebro_predict('recurrent', p) from points p",
    "select cerebro_predict_table('first', 'points', 'id', 'predicted')",
    "select cerebro_predict_table('first', 'select * from seen', 'id', 'predicted_too')",
    "select cerebro_predict_table('recurrent', 'seen', 'id', 'public.predicted_by_worker')",
    "select cerebro_evaluate('first', 'points')",
    "select cerebro_evaluate('first', 'select * from seen')",
    "select cerebro_model('small', '{\"family\": \"mlp\"}')",
    "select cerebro_register_code('error', 'metric', "
    r"E'higher_is_better = False\ndef error(truth, found): return 1.0')",
    "select cerebro_share('first', 'guest')",
    "select cerebro_unshare('first', 'guest')",
    "select cerebro_grant('guest', 'train')",
    "select cerebro_revoke('guest')",
    "select cerebro._doctor()",
    *(f"table cerebro.{view}" for view in VIEWS),
    *(f"select cerebro_drop('{run}')" for run in ("first", "third", "fourth", "recurrent")),
    f"select cerebro_submit('cancelled', 'select * from seen', 'label', {QUICK})",
    "select cerebro_cancel('cancelled')",
    "select cerebro_drop('cancelled')",
    "select cerebro_drop('second')",
    *(f"select cerebro_drop('{name}', 'dataset')" for name in ("points", "chosen")),
    *(f"select cerebro_drop('{name}', 'model')" for name in ("small", "recurrent")),
    "select cerebro_drop('error', 'code')",
    *(f"drop table {name}" for name in ("predicted", "predicted_too", "predicted_by_worker")),
]

TABLES = """
create table points as
    select i as id, i::float8 as size, 'größe ' || i % 3 as kind, i % 2 as label
    from generate_series(1, 300) i;
create view seen as select id, size, kind, label from points;
"""


def recurrent() -> str:
    """A model that only its framework computes, in a worker."""
    training.warm_up()
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((1,), name="numeric"), layers.Reshape((1, 1)), layers.GRU(2), layers.Dense(1)]
    )
    return json.dumps({"keras": json.loads(model.to_json())})


@pytest.fixture(scope="module")
def trapped(new_database: NewDatabase) -> str:
    """Connection string of a database with traps, in which the extension was created after them."""
    dsn = new_database("template1")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create extension plpython3u")
        connection.execute(TABLES.encode())
        connection.execute("create role guest")
        set_traps(connection)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create extension cerebro_db schema public")
    return dsn


def test_the_traps_are_set(trapped: str) -> None:
    for use in (
        "select 1 + 1",
        "select lower('A')",
        "select array_agg(1)",
        "select 'a'::text",
        "select 'a' like 'b'",
        "select relname from pg_class",
    ):
        with (
            psycopg.connect(trapped, autocommit=True) as connection,
            pytest.raises(psycopg.Error, match=SPRUNG),
        ):
            connection.execute(use.encode())


def test_no_setting_of_the_callers_is_read(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        columns = connection.execute(
            "select column_name from information_schema.columns"
            " where table_schema = 'cerebro' and table_name in ('settings', 'connection')"
        ).fetchall()
        assert len(columns) > 10
        doctor = connection.execute("select cerebro._doctor()").fetchall()
        for name in [*(str(column) for (column,) in columns), "path", "python", "module", "role"]:
            connection.execute(f"set cerebro.{name} = '/tmp'".encode())
        assert connection.execute("select cerebro._doctor()").fetchall() == doctor
        connection.execute(TABLES.encode())
        for call in CALLS[:4]:
            connection.execute(call.encode())


@pytest.mark.parametrize("where", ["public", "pg_temp"])
def test_no_trap_is_sprung(trapped: str, where: str) -> None:
    with psycopg.connect(trapped, autocommit=True) as connection:
        if where == "pg_temp":
            set_temporary_traps(connection)
            connection.execute("set search_path to public")
        for call in CALLS:
            try:
                connection.execute(call.replace("$model$", f"'{recurrent()}'").encode())
            except psycopg.Error as error:
                pytest.fail(f"{call}: {error}")
        path = connection.execute("show search_path").fetchall()
        assert path == [("public, pg_catalog" if where == "public" else "public",)]
