"""A database with runs, dumped and restored: leaderboard, predictions and new searches go on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
from fix_server import Connection, NewDatabase

from cerebro_db.testing.data import load_tumours_into

FIT = """select cerebro_fit(%s, %s, null, model => '{"family": "linear"}', epochs => 1,
    space => '{"learning_rate": [0.1, 0.01]}')"""


def test_dump_and_restore(
    dsn: str, connection: Connection, new_database: NewDatabase, tmp_path: Path
) -> None:
    load_tumours_into(connection)
    connection.execute("select cerebro_prepare('rows', 'tumours', 'diagnosis')")
    connection.execute(FIT, ["before", "rows"])
    connection.execute("create role passing")
    connection.execute("update cerebro._models set owner = 'passing'")
    connection.execute("select cerebro_model('m', '{\"family\": \"mlp\"}')")
    connection.execute("update cerebro._models set owner = 'passing'")
    connection.execute("insert into cerebro.connection values ('connect_timeout=5')")
    questions = (
        "select * from cerebro.leaderboard where run = 'before' order by rank",
        "select cerebro_score('before', t) from tumours t order by id limit 5",
    )
    before = [connection.execute(question.encode()).fetchall() for question in questions]

    dump = tmp_path / "dump"
    subprocess.run(["pg_dump", "--format=custom", f"--file={dump}", dsn], check=True)
    connection.execute("drop role passing")
    copy = new_database("template0")
    subprocess.run(
        ["pg_restore", "--exit-on-error", "--no-owner", f"--dbname={copy}", dump], check=True
    )

    with psycopg.connect(copy, autocommit=True) as restored:
        after = [restored.execute(question.encode()).fetchall() for question in questions]
        assert after == before
        restored.execute(FIT, ["after", "rows"])
        names = restored.execute("select run from cerebro.runs order by started").fetchall()
        assert names == [("before",), ("after",)]
        assert restored.execute("select count(*) from cerebro._models").fetchone() == (1,)
