"""Rows that come as JSON, as applications have them: answered as the rows that they stand for."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from fix_fit import QUICK, fit
from fix_server import Connection
from psycopg.types.json import Json, Jsonb

from cerebro_db.testing.calls import error_of

VERBS = ("cerebro_predict", "cerebro_score", "cerebro_proba")

# One customer; ``income`` is the column in which training knew NULLs.
ROW: dict[str, Any] = {
    "months": 3,
    "bill": 12.5,
    "ratio": 0.1,
    "active": True,
    "since": "2026-02-03",
    "seen": "2026-02-03T04:05:06+01:00",
    "contract": "yearly",
    "scores": [0.5, 2, 1.25],
    "income": 100,
}
FEATURES = ", ".join(ROW)


@pytest.fixture(scope="module", autouse=True)
def customers(connection: Connection) -> None:
    connection.execute(
        """create domain document as jsonb;
        create table customers as
        select
            i as id,
            (i % 60)::int as months,
            (i % 97 * 1.01)::numeric(8, 2) as bill,
            (i * 0.1)::real as ratio,
            i % 4 = 0 as active,
            date '2026-01-01' + i % 300 as since,
            timestamptz '2026-01-01 00:00+00' + i * interval '97 minutes' as seen,
            (array['monthly', 'yearly', 'naïve ☃'])[1 + i % 3] as contract,
            array[i % 5, i % 7, i % 11]::float8[] as scores,
            case when i % 10 > 0 then i % 9 end as income,
            i % 60 < 25 as churned
        from generate_series(1, 600) i"""
    )
    fit(connection, "mixed", f"select {FEATURES}, churned from customers", "churned", QUICK)
    fit(connection, "numbers", "select months, bill, churned from customers", "churned", QUICK)


def answer(connection: Connection, row: Any, run: str = "mixed", type_: str = "jsonb") -> Any:
    found = connection.execute(
        f"select cerebro_score(%s, %s::{type_})".encode(),
        [run, None if row is None else json.dumps(row)],
    ).fetchone()
    assert found is not None
    return found[0]


@pytest.mark.parametrize("run", ["mixed", "numbers"])
@pytest.mark.parametrize("verb", VERBS)
def test_json_is_answered_as_its_row(connection: Connection, verb: str, run: str) -> None:
    found = connection.execute(
        f"""select count(*), count(distinct a.row::text), bool_and(
            a.row::text = a.json::text and a.row::text = a.jsonb::text
            and a.row::text = a.domain::text)
        from customers c, lateral (
            select {verb}('{run}', c) as row, {verb}('{run}', to_json(c)) as json,
                {verb}('{run}', to_jsonb(c)) as jsonb,
                {verb}('{run}', to_jsonb(c)::document) as domain
        ) a""".encode()
    ).fetchone()
    assert found is not None
    assert found[0] == 600
    assert found[1] > 1
    assert found[2]


def test_parameters_of_clients_are_rows(connection: Connection) -> None:
    expected = answer(connection, ROW)
    for wrap in (Json, Jsonb):
        for prepare in (False, True):
            found = connection.execute(
                "select cerebro_score('mixed', %s)", [wrap(ROW)], prepare=prepare
            ).fetchone()
            assert found == (expected,)


def test_a_column_of_documents_is_predicted(connection: Connection) -> None:
    connection.execute("create table documents as select to_jsonb(c) as row from customers c")
    found = connection.execute(
        "select count(cerebro_predict('mixed', row)) from documents"
    ).fetchone()
    assert found == (600,)


def test_further_keys_are_ignored(connection: Connection) -> None:
    more = ROW | {"note": {"any": ["thing"]}, "churned": None, "MONTHS": "x", "": 1}
    assert answer(connection, more) == answer(connection, ROW)


def test_null_is_null(connection: Connection) -> None:
    for type_ in ("json", "jsonb", "document"):
        assert answer(connection, None, type_=type_) is None


def test_a_key_that_is_not_there_is_null_where_training_knew_nulls(connection: Connection) -> None:
    less = {name: value for name, value in ROW.items() if name != "income"}
    assert answer(connection, less) == answer(connection, ROW | {"income": None})
    assert answer(connection, less) != answer(connection, ROW)


@pytest.mark.parametrize("name", [name for name in ROW if name != "income"])
def test_a_key_that_is_not_there_is_an_error_where_training_knew_none(
    connection: Connection, name: str
) -> None:
    less = {own: value for own, value in ROW.items() if own != name}
    less[name[:-1]] = 1
    error = error_of(connection, f"select cerebro_score('mixed', '{json.dumps(less)}'::jsonb)")
    assert error.sqlstate == "42703"
    assert f'"{name}" does not exist in the row' in str(error.diag.message_primary)
    assert f'Did you mean "{name[:-1]}"?' in str(error.diag.message_hint)
    # NULL where it is stated.
    assert answer(connection, ROW | {name: None}) is not None


SAME = [
    ("months", 3, [3.0, "3", " 3 "]),
    ("bill", 12.5, ["12.50", "1.25e1", 12.504, 12.499]),
    ("ratio", 0.1, ["0.1", 0.10000000000000001]),
    ("active", True, ["true", "T", "yes", "on", 1, "1"]),
    ("active", False, ["false", "f", "no", "off", 0]),
    ("since", "2026-02-03", ["2026-02-03T04:05:06Z", "20260203", "Feb 3, 2026", "3 February 2026"]),
    (
        "seen",
        "2026-02-03T04:05:06+01:00",
        ["2026-02-03 03:05:06Z", "2026-02-03T03:05:06.000000+00", "Tue Feb 3 03:05:06 2026 UTC"],
    ),
    ("scores", [0.5, 2, 1.25], [["0.5", 2.0, "1.25"]]),
    ("contract", "5", [5]),
]


@pytest.mark.parametrize(("name", "value", "others"), SAME)
def test_values_mean_what_their_columns_type_makes_of_them(
    connection: Connection, name: str, value: Any, others: list[Any]
) -> None:
    expected = answer(connection, ROW | {name: value})
    for other in others:
        assert answer(connection, ROW | {name: other}) == expected, other


def test_a_time_without_a_zone_is_one_of_the_session(connection: Connection) -> None:
    with connection.transaction(force_rollback=True):
        connection.execute("set local timezone to 'America/New_York'")
        there = answer(connection, ROW | {"seen": "2026-02-03T04:05:06"})
        assert there == answer(connection, ROW | {"seen": "2026-02-03T04:05:06-05:00"})


WRONG = [
    ("months", [3.5, "three", True, [3], {"n": 3}, 2**31, "3.5", "", "0x10", "1_000"]),
    ("bill", ["much", False, [1], 10**7, "1,5"]),
    ("ratio", ["x", True, 1e39]),
    ("active", ["maybe", 2, 0.5, [True]]),
    ("since", ["2026-02-30", "someday", 20260203, True, ["2026-02-03"]]),
    ("seen", ["2026-02-03T25:00:00Z", "nonsense", 1770000000]),
    ("contract", [["yearly"], {"is": "yearly"}]),
    ("scores", ["0.5", 1, [[1, 2], [3]], ["a", 1, 2], [True, 1, 2], {"0": 1}]),
]


@pytest.mark.parametrize(("name", "values"), WRONG)
def test_a_value_of_another_type_names_its_column(
    connection: Connection, name: str, values: list[Any]
) -> None:
    for value in values:
        row = json.dumps(ROW | {name: value})
        error = error_of(connection, f"select cerebro_score('mixed', '{row}'::jsonb)")
        assert error.sqlstate == "22023", value
        assert f'column "{name}"' in str(error.diag.message_primary)
        assert error.diag.message_hint


REFUSED = [
    ({"scores": [1, 2]}, "22000", "scores"),
    ({"scores": [1, 2, None]}, "22000", "scores"),
    ({"ratio": "Infinity"}, "22000", "ratio"),
    ({"ratio": "nan"}, "22000", "ratio"),
    ({"since": "infinity"}, "22000", "since"),
]


@pytest.mark.parametrize(("change", "sqlstate", "says"), REFUSED)
def test_what_a_row_could_hold_is_refused_as_in_a_row(
    connection: Connection, change: dict[str, Any], sqlstate: str, says: str
) -> None:
    row = json.dumps(ROW | change)
    with pytest.raises(psycopg.errors.DataException) as caught:
        connection.execute(f"select cerebro_score('mixed', '{row}'::jsonb)".encode())
    assert caught.value.sqlstate == sqlstate
    assert f'"{says}"' in str(caught.value)


@pytest.mark.parametrize("document", ["null", "5", '"a"', "[]", '[{"months": 3}]', "true"])
@pytest.mark.parametrize("type_", ["json", "jsonb"])
def test_what_is_no_object_is_no_row(connection: Connection, document: str, type_: str) -> None:
    error = error_of(connection, f"select cerebro_score('mixed', '{document}'::{type_})")
    assert error.sqlstate == "22023"
    assert "no JSON object" in str(error.diag.message_primary)


@pytest.mark.parametrize(
    ("document", "sqlstate"),
    [("'{\"months\": ' || repeat('9', 5000) || '}'", "22023"),
     ("'{\"a\": ' || repeat('[', 12000) || repeat(']', 12000) || '}'", "54000"),
     ("'{\"months\": ' || repeat('9', 400) || '}'", "22023")],
)  # fmt: skip
def test_hostile_documents_are_refused(
    connection: Connection, document: str, sqlstate: str
) -> None:
    error = error_of(connection, f"select cerebro_score('mixed', ({document})::json)")
    assert error.sqlstate == sqlstate


def test_text_comes_in_the_clients_encoding(connection: Connection) -> None:
    one = "select cerebro_score('mixed', to_jsonb(c)) from customers c where id = 2"
    expected = connection.execute(one.encode()).fetchone()
    with connection.transaction(force_rollback=True):
        connection.execute("set local client_encoding to 'GB18030'")
        assert connection.execute(one.encode()).fetchone() == expected
        connection.execute("update customers set contract = 'unknown' where id = 2")
        assert connection.execute(one.encode()).fetchone() != expected
