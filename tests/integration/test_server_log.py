"""Rows, weights and encodings stay out of the server's log, whatever is logged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from fix_fit import QUICK
from fix_server import Connection, server_script

from cerebro_db.engines.sessions.loopback import Loopback, connect

EVERYTHING = (
    "log_statement=all",
    "log_min_duration_statement=0",
    "log_parameter_max_length=-1",
    "log_parameter_max_length_on_error=-1",
    "log_error_verbosity=verbose",
    "session_preload_libraries=auto_explain",
    "auto_explain.log_min_duration=0",
    "auto_explain.log_verbose=on",
    "auto_explain.log_analyze=on",
    "auto_explain.log_nested_statements=on",
)
TABLE = """
create table animals as
select
    i as id, (array['wolverine', 'pangolin', 'axolotl'])[i % 3 + 1] as animal,
    i * 0.125::float8 as weight, array[i, i + 1, i + 2]::float4[] as sizes,
    (array['nocturnal', 'diurnal'])[i % 2 + 1] as habit
from generate_series(1, 300) i
"""
CALLS = (
    "select * from cerebro_prepare('animals', 'animals', 'habit', partitions => 2)",
    f"select * from cerebro_fit('r', 'animals', {QUICK})",
    f"select * from cerebro_fit('own', 'select animal, weight from animals', 'weight', {QUICK})",
    "select cerebro_submit('queued', 'animals', 'habit', epochs => 1)",
    "select cerebro_run_queue()",
    "select cerebro_predict_table('r', 'animals', 'id', 'predicted')",
    "select cerebro_evaluate('r', 'animals')",
    "select count(cerebro_predict('r', a)) from animals a",
    "select cerebro_clone('r', 1, from_scratch => true)",
    "select cerebro_drop('queued')",
)
# What only rows, labels and what was learned of them hold.
WORDS = ("wolverine", "pangolin", "axolotl", "nocturnal", "diurnal")
# Which settings of the server there are, and what is to be logged, sessions say before all else.
SETTINGS = re.compile(r"client_connection_check_interval|\$1 = '(log|panic)'$")
BYTES = re.compile(r"\\x[0-9a-f]{64}|[0-9a-f]{200}")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """The folder of a server that logs all that it can."""
    with TemporaryDirectory(prefix="cerebro-") as parent:
        folder = Path(parent) / "server"
        Path(parent).chmod(0o755)
        try:
            server_script("start", str(folder), *EVERYTHING)
            yield folder
        finally:
            server_script("stop", str(folder))


@pytest.fixture(scope="module")
def caller(folder: Path) -> Iterator[Connection]:
    dsn = server_script("start", str(folder)).stdout.strip()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create extension cerebro_db cascade")
        connection.execute(TABLE.encode())
        yield connection


def test_nothing_of_what_is_trained_is_logged(folder: Path, caller: Connection) -> None:
    log = folder / "log"
    before = log.stat().st_size
    for call in CALLS:
        caller.execute(call.encode())
    with log.open("rb") as file:
        file.seek(before)
        lines = file.read().decode().splitlines()
    assert any('insert into "cerebro_data"."_chunks_1"' in line for line in lines)
    assert any("cerebro_fit('r'" in line for line in lines)
    told = [line for line in lines if any(word in line for word in WORDS)]
    assert told == []
    assert [line for line in lines if BYTES.search(line)] == []
    given = [line for line in lines if "parameters: $1" in line or "Query Parameters" in line]
    assert [line for line in given if not SETTINGS.search(line)] == []


@pytest.mark.parametrize("name", ["cerebro_db worker", "cerebro_db control"])
def test_what_a_session_of_ours_is_given_is_not_logged(
    folder: Path, caller: Connection, name: str
) -> None:
    """Not by a statement, and not by one that fails."""
    log = folder / "log"
    before = log.stat().st_size
    with connect(Loopback(caller.info.dsn.encode(), 1), name) as session:
        session.execute("select length(%s::text)", ["wolverine"])
        with pytest.raises(psycopg.errors.DivisionByZero):
            session.execute("select length(%s::text) / 0", ["wolverine"])
    with log.open("rb") as file:
        file.seek(before)
        text = file.read().decode()
    assert "select length($1::text) / 0" in text
    assert "wolverine" not in text
