"""A row takes two paths to its tensors, staged in bulk and decoded alone: to the same bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from every_type import ENCODE
from one_server import open_batches, prepare, read
from psycopg import sql

from cerebro_db.dataset.columns import Columns
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.request.request import Request
from cerebro_db.dataset.row.decoder import RowDecoder
from cerebro_db.errors import InvalidArgument, UndefinedColumn
from cerebro_db.testing.caller import CallerClient

_HOSTILE = ["select", "Mixed Case", 'quo"te', "naïve ☃", "x" * 63, "floats", "position", "{}", "$1"]


def _prepared(session: CallerClient, request: Request) -> Encoding:
    return prepare(session, request).encoding


def _assert_same(one: Any, other: Any) -> None:
    if isinstance(one, np.ndarray | np.floating):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    else:
        assert one == other


def _rows(session: CallerClient, source: str) -> list[dict[str, Any]]:
    return session.fetch(
        "select record_send(row(input)) as payload, row_to_json(row(input))::text as document"
        f" from {source} as input order by id"
    )


@pytest.mark.parametrize("source", ["every_type", "(select * from every_type)"])
def test_one_row_is_encoded_as_in_bulk(every_type: CallerClient, source: str) -> None:
    session = every_type
    encoding = _prepared(session, Request("every_type", "label", encode=ENCODE))
    assert [column.column for column in encoding.dropped] == ["id"]
    with open_batches(
        session, encoding, "select * from every_type order by id", key="id"
    ) as staged:
        bulk = read(staged)
    tensors = encoding.encode(bulk)
    decoder = RowDecoder(session, encoding)
    rows = _rows(session, source)
    assert len(rows) == len(bulk["twice"]) == 300
    for position, row in enumerate(rows):
        columns: Columns | None = decoder.decode(row["payload"], row["document"])
        assert columns is not None
        for name, values in columns.items():
            _assert_same(values[0], bulk[name][position])
        for name, tensor in encoding.encode(columns).items():
            _assert_same(tensor[0], tensors[name][position])


@pytest.mark.parametrize("kind", ["to_json", "to_jsonb"])
def test_json_is_encoded_as_the_row_that_it_was_made_of(
    every_type: CallerClient, kind: str
) -> None:
    session = every_type
    encoding = _prepared(session, Request("every_type", "label", encode=ENCODE))
    decoder = RowDecoder(session, encoding)
    rows = session.fetch(
        f"select record_send(row(t)) as payload, record_send(row({kind}(t))) as json"
        " from every_type t order by id"
    )
    for row in rows:
        expected, found = decoder.decode(row["payload"]), decoder.decode(row["json"])
        assert expected is not None
        assert found is not None
        assert expected.keys() == found.keys()
        for name, values in expected.items():
            _assert_same(found[name][0], values[0])
        tensors = decoder.encode(row["json"])
        assert tensors is not None
        for name, tensor in encoding.encode(expected).items():
            _assert_same(tensors[name], tensor)


def test_hostile_names(session: CallerClient) -> None:
    items = ", ".join(
        f'i * {n} + 0.5 as "{c.replace(chr(34), chr(34) * 2)}"' for n, c in enumerate(_HOSTILE, 1)
    )
    session.execute(
        f'create table "Hostile ""{{}}" as select i as id, i % 2 as "Label, too", {items}'
        " from generate_series(1, 100) i"
    )
    source = '"Hostile ""{}"'
    encoding = _prepared(session, Request(source, "Label, too", features=tuple(_HOSTILE)))
    assert encoding.columns == tuple(_HOSTILE)
    assert encoding.output.columns == ("Label, too",)
    with open_batches(session, encoding, source, labels=True) as staged:
        tensors = encoding.encode(read(staged))
    decoder = RowDecoder(session, encoding)
    for position, row in enumerate(_rows(session, source)):
        columns = decoder.decode(row["payload"])
        assert columns is not None
        _assert_same(encoding.encode(columns)["numeric"][0], tensors["numeric"][position])


def test_a_changed_table_is_noticed(session: CallerClient) -> None:
    session.execute(
        "create table t as select i as id, i % 2 = 0 as y, i::real as x, -i as z"
        " from generate_series(1, 99) i"
    )
    encoding = _prepared(session, Request("t", "y", features=("x", "z")))
    decoder = RowDecoder(session, encoding)

    def first_row() -> Columns | None:
        return decoder.decode(_rows(session, "t")[0]["payload"])

    assert first_row() == {"x": [1.0], "z": [-1.0]}
    session.execute("alter table t drop column y, add column more text default 'm'")
    assert first_row() == {"x": [1.0], "z": [-1.0]}
    session.execute("alter table t alter column z type text")
    with pytest.raises(InvalidArgument, match='"z" has another type'):
        first_row()
    session.execute("alter table t drop column z")
    with pytest.raises(UndefinedColumn, match='"z" does not exist'):
        first_row()


def test_inputs_that_are_no_row(session: CallerClient) -> None:
    session.execute("create table t as select i % 2 = 0 as y, i as x from generate_series(1, 99) i")
    decoder = RowDecoder(session, _prepared(session, Request("t", "y")))

    def decode(expression: str) -> Columns | None:
        payload = session.fetch(f"select record_send(row({expression})) as payload")[0]["payload"]
        return decoder.decode(payload)

    assert decode("null::t") is None
    assert decode("row(null, 7)::t") == {"x": [7.0]}
    with pytest.raises(InvalidArgument, match="not a row") as caught:
        decode("1")
    assert caught.value.detail == "Its type is integer."
    with pytest.raises(InvalidArgument, match="no names"):
        decode("row(1, 2)")


def test_keys_keep_their_type(session: CallerClient) -> None:
    session.execute(
        "create table t as select i % 2 = 0 as y, i as x, '2020-01-01'::date + i as k"
        " from generate_series(1, 99) i"
    )
    encoding = _prepared(session, Request("t", "y", features=("x",)))
    with open_batches(session, encoding, "t", key="k") as found:
        keys = sql.SQL("unnest({})").format(found.batch_keys)
        for query in found.each_batch([sql.SQL("{} as k").format(keys)]):
            session.execute(f"create table kept as {query.as_string(None)}")
    rows = session.fetch(
        "select count(*) as n, bool_and(pg_typeof(k) = 'date'::regtype) as dates"
        " from kept join t using (k)"
    )
    assert rows == [{"n": 99, "dates": True}]
