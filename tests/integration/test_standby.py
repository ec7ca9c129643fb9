"""A hot standby: what it says of runs that train on the primary, and what can be done with it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from fix_fit import QUICK, fit
from fix_server import Connection, server_script
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cerebro_db.testing.callers import calling, eventually, status, units

ENDLESS = QUICK.replace("epochs => 1", "epochs => 100000, workers => 1")
LONG = """model => '{"family": "mlp", "hidden": [8], "batch_size": 1, "dropout": 0.1}',
    space => '{"learning_rate": [0.01, 0.001]}', epochs => 40, workers => 1"""
# A layer that only its framework computes, in a worker.
RECURRENT = """model => '{"keras": {"class_name": "Sequential", "config": {"layers": [
    {"class_name": "Reshape", "config": {"target_shape": [-1, 1]}},
    {"class_name": "GRU", "config": {"units": 3}},
    {"class_name": "Dense", "config": {"units": "${outputs}"}}]}}}',
    space => '{"learning_rate": [0.01]}', epochs => 1"""
PREDICT = """
select a, cerebro_predict(%(run)s, t), cerebro_score(%(run)s, t), cerebro_proba(%(run)s, t)
from customers t order by a limit 5
"""
FINAL_STATES = """
select config, rank, encode(sha256(state), 'hex')
from cerebro._kept_states
where run = (select id from cerebro._runs where name = %s)
order by config, units
"""


@pytest.fixture(scope="module", autouse=True)
def customers(connection: Connection) -> None:
    """Rows, a run that predicts by numpy and one that predicts by its framework."""
    connection.execute(
        "create table customers as"
        " select a, a % 2 = 0 as b, a * 1.5 as c from generate_series(1, 60) a"
    )
    fit(connection, "done", "select b, c from customers", "b", QUICK)
    fit(connection, "recurrent", "select b, c from customers", "b", RECURRENT)


@contextmanager
def standby_of(dsn: str) -> Iterator[str]:
    """Give the connection string of a database on a standby that is made of its server."""
    primary = conninfo_to_dict(dsn)
    with TemporaryDirectory(prefix="cerebro-") as parent:
        folder = Path(parent) / "standby"
        (folder / "socket").mkdir(parents=True)
        backup = ["pg_basebackup", "--write-recovery-conf", "--checkpoint=fast"]
        where = [f"--pgdata={folder}/data", f"--dbname={make_conninfo(**primary)}"]
        subprocess.run([*backup, *where], check=True)
        if os.geteuid() == 0:
            for path in (folder.parent, folder, *folder.rglob("*")):
                shutil.chown(path, "postgres", "postgres")
        try:
            started = server_script("start", str(folder)).stdout.strip()
            yield make_conninfo(started, dbname=primary["dbname"])
        finally:
            server_script("stop", str(folder))


@pytest.fixture(scope="module")
def standby(dsn: str, customers: None) -> Iterator[str]:
    """Connection string of the module's database on a standby of the private server."""
    with standby_of(dsn) as conninfo:
        yield conninfo


def test_a_run_that_trains_on_the_primary(dsn: str, connection: Connection, standby: str) -> None:
    with (
        psycopg.connect(standby, autocommit=True) as looking,
        calling(dsn, lambda caller: fit(caller, "r", "customers", "b", ENDLESS)) as trains,
    ):
        eventually(lambda: units(looking, "r") > 2)
        assert status(looking, "r") == "running"
        wait = "select cerebro_wait('r')"
        with calling(standby, lambda caller: caller.execute(wait).fetchone()) as waits:
            connection.execute("select cerebro_cancel('r')")
            trains.finish()
            waits.finish()
        assert tuple(waits.result) == ("cancelled",)
        assert status(looking, "r") == "cancelled"


@pytest.mark.parametrize("run", ["done", "recurrent"])
def test_it_predicts_as_the_primary(connection: Connection, standby: str, run: str) -> None:
    with psycopg.connect(standby, autocommit=True) as looking:
        found = looking.execute(PREDICT.encode(), {"run": run}).fetchall()
    assert found == connection.execute(PREDICT.encode(), {"run": run}).fetchall()
    assert len(found) == 5


@pytest.mark.parametrize(
    "call",
    [
        "cerebro_prepare('new', 'customers', 'b')",
        f"cerebro_fit('new', 'customers', 'b', {QUICK})",
        f"cerebro_submit('new', 'customers', 'b', {QUICK})",
        "cerebro_resume('r')",
        "cerebro_run_queue()",
        "cerebro_stop('done')",
        "cerebro_cancel('done')",
        "cerebro_clone('done', 1)",
        """cerebro_add('done', '{"learning_rate": [0.1]}')""",
        "cerebro_describe('done', 'x')",
        """cerebro_model('m', '{"family": "mlp"}')""",
        "cerebro_register_code('f', 'loss', 'def f(truth, logits): return truth')",
        "cerebro_share('done', 'pg_monitor')",
        "cerebro_unshare('done', 'pg_monitor')",
        "cerebro_grant('pg_monitor', 'predict')",
        "cerebro_revoke('pg_monitor')",
        "cerebro_predict_table('done', 'customers', 'a', 'predicted')",
        "cerebro_evaluate('done', 'customers')",
        "cerebro_drop('done')",
    ],
)
def test_what_writes_is_refused(standby: str, call: str) -> None:
    with (
        psycopg.connect(standby, autocommit=True) as looking,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction) as raised,
    ):
        looking.execute(f"select * from {call}".encode())
    assert "work here" in str(raised.value.diag.message_hint)


def test_all_views_can_be_read(standby: str) -> None:
    with psycopg.connect(standby, autocommit=True) as looking:
        views = looking.execute(
            "select viewname from pg_views where schemaname = 'cerebro'"
        ).fetchall()
        assert len(views) > 12
        for (view,) in views:
            looking.execute(f"table cerebro.{view}".encode())


@pytest.mark.parametrize("durability", ["async", "epoch"])
def test_when_it_is_promoted_a_run_goes_on_to_the_same_weights(
    dsn: str, connection: Connection, durability: str
) -> None:
    run = f"long {durability}"
    more = f"""{LONG}, options => '{{"durability": "{durability}"}}'"""
    with standby_of(dsn) as conninfo, psycopg.connect(conninfo, autocommit=True) as promoted:
        with calling(dsn, lambda caller: fit(caller, run, "customers", "b", more)) as trains:
            eventually(lambda: units(promoted, run) > 12)
            promoted.execute("select pg_promote()")
            assert status(promoted, run) == "interrupted"
            trains.finish()
        board = promoted.execute("select status, epochs from cerebro_resume(%s)", [run])
        assert board.fetchall() == [("finished", 40)] * 2
        found = promoted.execute(FINAL_STATES.encode(), [run]).fetchall()
    assert {config for config, _, _ in found} == {1, 2}
    assert found == connection.execute(FINAL_STATES.encode(), [run]).fetchall()
