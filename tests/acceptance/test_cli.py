"""The command line, as a person runs it."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from fix_server import TEMPLATE, Connection, NewDatabase

from cerebro_db.testing.data import load_tumours_into

PROGRAM = Path(sys.executable).with_name("cerebro-db")


def cerebro_db(*arguments: str, dsn: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(PROGRAM), *arguments, *(["--dsn", dsn] if dsn else [])]
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture(scope="module", autouse=True)
def tumours(connection: Connection) -> None:
    load_tumours_into(connection)


def test_fit_leaderboard_predict_and_watch(dsn: str, connection: Connection) -> None:
    done = cerebro_db(
        "fit", "cli", "tumours", "diagnosis", "--epochs", "2", "--workers", "1",
        "--model", '{"family": "linear"}', "--space", '{"learning_rate": [0.01, 0.1]}',
        dsn=dsn,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "leaderboard of cli" in done.stdout
    assert done.stdout.count("finished") == 2
    assert "epoch 1/2: loss" in done.stderr
    assert "the best so far" in done.stderr

    done = cerebro_db("leaderboard", "cli", dsn=dsn)
    assert done.returncode == 0
    assert "learning_rate=0.1" in done.stdout
    assert "finished" in cerebro_db("leaderboard", dsn=dsn).stdout

    done = cerebro_db("predict", "cli", "tumours", "id", "cli_out", dsn=dsn)
    assert (done.returncode, done.stdout) == (0, "569 rows predicted into cli_out\n")
    assert connection.execute("select count(*) from cli_out").fetchone() == (569,)
    for config in ("1", "2"):
        done = cerebro_db(
            "predict", "cli", "tumours", "id", "cli_out", "--replace", "--config", config, dsn=dsn
        )
        assert done.returncode == 0, done.stderr
        wrong = "abs(score - cerebro_score('cli', t, %s)) > 1e-5"
        query = f"select count(*) from cli_out o join tumours t using (id) where {wrong}"
        assert connection.execute(query.encode(), [int(config)]).fetchone() == (0,)
    done = cerebro_db("predict", "cli", "tumours", "id", "cli_3", "--config", "3", dsn=dsn)
    assert done.returncode == 1
    assert "no configuration 3" in done.stderr

    done = cerebro_db("watch", "cli", dsn=dsn)
    assert done.returncode == 0
    assert "cli: finished, 2 of 2 configurations, 100 %" in done.stdout
    assert "4/4" in done.stdout


def test_watching_a_run_that_is_not_there_ends(dsn: str) -> None:
    done = cerebro_db("watch", "clii", dsn=dsn)
    assert done.returncode == 1
    assert 'Did you mean "cli"?' in done.stderr


def test_errors_are_for_people(dsn: str) -> None:
    done = cerebro_db("fit", "x", "tumors", "diagnosis", dsn=dsn)
    assert done.returncode == 1
    assert 'error: cerebro_db: table or view "tumors" does not exist' in done.stderr
    assert 'hint: Did you mean "tumours"?' in done.stderr
    assert "Traceback" not in done.stderr
    assert cerebro_db("fit", "x", "tumours", "y", "--space", "{", dsn=dsn).returncode == 2
    done = cerebro_db("leaderboard", dsn="host=/nowhere")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_interrupt_cancels_the_run(dsn: str, connection: Connection) -> None:
    program = subprocess.Popen(
        [str(PROGRAM), "fit", "endless", "tumours", "diagnosis", "--epochs", "100000",
         "--workers", "1", "--space", '{"learning_rate": [0.01]}', "--dsn", dsn],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert program.stderr is not None
    for line in program.stderr:
        if "epoch 1/" in line:
            break
    program.send_signal(signal.SIGINT)
    _, rest = program.communicate(timeout=60)
    assert program.returncode == 130, rest
    for _ in range(100):
        row = connection.execute("select status from cerebro.runs where run = 'endless'").fetchone()
        if row == ("cancelled",):
            break
        time.sleep(0.1)
    assert row == ("cancelled",)


def test_doctor(dsn: str, bare_dsn: str) -> None:
    done = cerebro_db("doctor", dsn=dsn)
    assert done.returncode == 0, done.stdout
    for subject in (
        "server: PostgreSQL",
        "extension: version",
        "] tensorflow: 2.",
        "] jax: 0.",
        "] torch: 2.",
    ):
        assert subject in done.stdout
    assert "connection: works" in done.stdout
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    python = ".".join(platform.python_version_tuple()[:2])
    (line,) = (line for line in done.stdout.splitlines() if "] platform: " in line)
    assert line.startswith(f"[ ok ] platform: {system} on {platform.machine()}, PostgreSQL ")
    assert f", Python {python}, TensorFlow 2." in line
    assert " passed on " in line
    assert "[mend]" not in done.stdout
    done = cerebro_db("doctor", dsn=bare_dsn)
    assert done.returncode == 1
    assert "create extension plpython3u; create extension cerebro_db" in done.stdout


def test_doctor_says_where_it_cannot_run(new_database: NewDatabase) -> None:
    dsn = new_database("template1")
    with psycopg.connect(dsn) as connection:
        # As on a service that lets nobody have PL/Python.
        connection.execute("set allow_system_table_mods = on")
        connection.execute("alter view pg_available_extensions rename to all_extensions")
        connection.execute(
            "create view pg_catalog.pg_available_extensions as"
            " select * from pg_catalog.all_extensions where name <> 'plpython3u'"
        )
    done = cerebro_db("doctor", dsn=dsn)
    assert done.returncode == 1
    assert "[ ok ] server: PostgreSQL" in done.stdout
    assert "[mend] PL/Python: this server offers no plpython3u" in done.stdout
    assert "docs/platforms.md" in done.stdout


def test_doctor_says_why_the_package_cannot_be_loaded(new_database: NewDatabase) -> None:
    dsn = new_database(TEMPLATE)
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "create or replace function cerebro._python_path() returns text language sql"
            " as $$ select 'python3.14: No such file or directory.'::text $$"
        )
    done = cerebro_db("doctor", dsn=dsn)
    assert done.returncode == 1
    (line,) = (line for line in done.stdout.splitlines() if "] the server's Python: " in line)
    assert line.startswith("[mend]")
    assert line.endswith("can write: python3.14: No such file or directory.")
    assert "Install it again" in done.stdout
