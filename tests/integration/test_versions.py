"""Extension and package of different versions: every way in says so, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from fix_fit import QUICK, fit
from fix_server import Connection, NewDatabase
from psycopg.errors import ObjectNotInPrerequisiteState

import cerebro_db

VERBS = {
    "cerebro_prepare": "select cerebro_prepare('d', 't', 'b')",
    "cerebro_fit": f"select cerebro_fit('r', 't', 'b', {QUICK})",
    "cerebro_predict": "select cerebro_predict('run', t) from t",
    "cerebro_score": "select cerebro_score('run', t) from t",
    "cerebro_proba": "select cerebro_proba('run', t) from t",
    "cerebro_predict_table": "select cerebro_predict_table('run', 't', 'a', 'o')",
    "cerebro_evaluate": "select cerebro_evaluate('run', 't')",
    "cerebro_model": """select cerebro_model('m', '{"family": "mlp"}')""",
    "cerebro_drop": "select cerebro_drop('run')",
    "_doctor": "select cerebro._doctor()",
}
# Later than the first version.
MORE = {
    "cerebro_submit": f"select cerebro_submit('r', 't', 'b', {QUICK})",
    "cerebro_run_queue": "select cerebro_run_queue()",
    "_keep_warm": "select cerebro._keep_warm()",
    "cerebro_wait": "select cerebro_wait('run')",
    "cerebro_predictions": "select cerebro_predictions('run')",
    "cerebro_resume": "select cerebro_resume('run')",
    "cerebro_stop": "select cerebro_stop('run')",
    "cerebro_cancel": "select cerebro_cancel('run')",
    "cerebro_clone": "select cerebro_clone('run', 1)",
    "cerebro_describe": "select cerebro_describe('run', 'what it is for')",
    "cerebro_add": """select cerebro_add('run', '{"learning_rate": [0.5]}')""",
    "cerebro_share": "select cerebro_share('run', 'postgres')",
    "cerebro_unshare": "select cerebro_unshare('run', 'postgres')",
    "cerebro_grant": "select cerebro_grant('pg_monitor', 'predict')",
    "cerebro_revoke": "select cerebro_revoke('pg_monitor')",
    "cerebro_register_code": """select cerebro_register_code('l', 'loss', 'def l(t, p): 0')""",
    "_start_worker": "select cerebro._start_worker(1, 0, 'tensorflow')",
}
TABLE = "create table t as select a, a % 2 = 0 as b, a * 1.5 as c from generate_series(1, 60) a"


@pytest.fixture(scope="module")
def trained(connection: Connection) -> Connection:
    """The module's connection, with a run that this session has predicted with."""
    connection.execute(TABLE)
    fit(connection, "run", "t", "b", QUICK)
    connection.execute("select cerebro_score('run', t) from t")
    return connection


@contextmanager
def version(connection: Connection, name: str) -> Iterator[None]:
    """Have the extension say another version inside of a with block."""
    with connection.transaction(force_rollback=True):
        connection.execute(
            "update pg_extension set extversion = %s where extname = 'cerebro_db'", [name]
        )
        yield


def test_every_verb_is_tried(connection: Connection) -> None:
    rows = connection.execute("select proname from pg_proc where proname like 'cerebro\\_%'")
    assert {str(name) for (name,) in rows.fetchall()} == {
        name for name in VERBS | MORE if not name.startswith("_")
    }


@pytest.mark.parametrize("verb", VERBS | MORE)
def test_an_older_extension_is_to_be_updated(trained: Connection, verb: str) -> None:
    with version(trained, "0.1.9"), pytest.raises(ObjectNotInPrerequisiteState) as raised:
        trained.execute((VERBS | MORE)[verb].encode())
    diag = raised.value.diag
    assert diag.message_primary == (
        "cerebro_db: the extension and the package of cerebro_db do not fit together"
    )
    assert diag.message_detail == (
        "The extension in this database is version 0.1.9, the package in this session "
        f"{cerebro_db.__version__}."
    )
    assert diag.message_hint == "As a superuser: alter extension cerebro_db update"


@pytest.mark.parametrize("verb", VERBS)
def test_a_session_with_an_older_package_is_to_connect_again(
    trained: Connection, verb: str
) -> None:
    with version(trained, "1000.0.0"), pytest.raises(ObjectNotInPrerequisiteState) as raised:
        trained.execute(VERBS[verb].encode())
    assert str(raised.value.diag.message_hint).startswith("Connect again: ")


@pytest.mark.parametrize("verb", VERBS)
def test_the_first_release_is_to_be_updated(first_release: Connection, verb: str) -> None:
    with pytest.raises(ObjectNotInPrerequisiteState) as raised:
        first_release.execute(VERBS[verb].encode())
    assert raised.value.diag.message_hint == "As a superuser: alter extension cerebro_db update"


@pytest.fixture(scope="module")
def first_release(new_database: NewDatabase) -> Iterator[Connection]:
    """A database with extension 0.1.0, as after make install."""
    with psycopg.connect(new_database("template1"), autocommit=True) as connection:
        connection.execute("create extension plpython3u")
        connection.execute("create extension cerebro_db version '0.1.0'")
        connection.execute(TABLE)
        yield connection
