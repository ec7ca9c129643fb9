"""Labels that are the same number are the same class, however they are written."""

from __future__ import annotations

import pytest
from fix_fit import QUICK, fit
from fix_server import Connection

# A feature, and a label that is 0 in two ways and 1 in two.
ROWS = """
create table signed as
select id, id % 17 as x,
    (array[0.0, -0.0, 1.0, 1.00])[1 + id % 4]::float8 * (array[1, -1, 1, 1])[1 + id % 4] as twice
from generate_series(1, 200) as id
"""


@pytest.mark.parametrize("type_", ["float8", "real", "numeric"])
def test_minus_zero_is_zero(connection: Connection, type_: str) -> None:
    connection.execute("drop table if exists signed")
    connection.execute(ROWS)
    connection.execute(f"alter table signed alter column twice type {type_}".encode())
    if type_ != "numeric":
        spelled = connection.execute("select count(distinct twice::text) from signed").fetchone()
        assert spelled == (3,)
    connection.execute("delete from signed where id % 4 = 1 and id > 100")
    run = f"signed_{type_}"
    fit(connection, run, "select x, twice from signed", "twice", QUICK)
    row = connection.execute(
        "select task from cerebro.datasets where dataset = %s", [run]
    ).fetchone()
    assert row == ("binary",)
    found = connection.execute(
        f"select distinct cerebro_predict('{run}', t) from signed t".encode()
    ).fetchall()
    assert {str(label) for (label,) in found} <= {"0", "1"}
    for source in ("signed", "select * from signed where id % 4 = 1"):
        assert connection.execute(
            "select (cerebro_evaluate(%s, %s)->>'rows')::int > 20", [run, source]
        ).fetchone() == (True,)
