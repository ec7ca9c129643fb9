"""A row takes two paths to its tensors, staged in bulk and decoded alone: to the same bits."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from psycopg import sql

from cerebro_db.dataset import Encoding, Request, RowDecoder, prepare, stage_for
from cerebro_db.dataset.columns import Columns
from cerebro_db.errors import InvalidArgument, UndefinedColumn
from cerebro_db.session.client import ClientSession

_HOSTILE = ["select", "Mixed Case", 'quo"te', "naïve ☃", "x" * 63, "floats", "position", "{}", "$1"]

_TABLE = """
create type mood as enum ('sad', 'ok', 'glad d''or');
create domain positive as int check (value > 0);
create domain pair as real[];
create table every_type (
    dropped int,
    id serial primary key,
    small smallint, whole int, big bigint, single real, twice double precision,
    exact numeric(30, 9), limited positive, flag boolean,
    day date, moment timestamp, instant timestamptz,
    words text, code varchar(9), padded char(6), mood mood, ident uuid, name name, letter "char",
    count_code int,
    vector float8[], ints int[], exacts numeric(9, 3)[], domain_vector pair, picture smallint[],
    pixels bytea, story text, label text
);
alter table every_type drop column dropped;
"""

_ENCODE = {
    "ident": "embedding",
    "name": {"as": "embedding", "max": 20},
    "letter": "onehot",
    "count_code": "category",
    "pixels": {"as": "image", "shape": [2, 3]},
    "story": {"as": "text", "words": 50},
    "picture": {"as": "image"},
}


@pytest.fixture
def every_type(session: ClientSession) -> ClientSession:
    """A table with a column of every type and 300 random rows, a tenth of the values NULL."""
    session.connection.execute(_TABLE)
    # Not UTC, to show that the encoding does not depend on the session's time zone.
    session.execute("set timezone to 'America/New_York'")
    session.execute("set datestyle to 'German'")
    draw = random.Random(1)
    names = [
        row["name"]
        for row in session.fetch(
            "select attname::text as name from pg_attribute"
            " where attrelid = 'every_type'::regclass and attnum > 2 and not attisdropped"
            " order by attnum"
        )
    ]
    for number in range(300):
        row = {name: _value(draw, name) if draw.random() > 0.1 else None for name in names}
        row["label"] = ("yes", "no", "perhaps")[number % 3] if number != 7 else None
        session.connection.execute(
            sql.SQL("insert into every_type ({}) values ({})").format(
                sql.SQL(", ").join(map(sql.Identifier, names)),
                sql.SQL(", ").join(sql.Literal(row[name]) for name in names),
            )
        )
    return session


def _value(draw: random.Random, name: str) -> Any:
    word = draw.choice(["café", "Ünïcode ☃", "plain", "", "with space ", "a'b\"c"])
    match name:
        case "small" | "limited" | "count_code":
            return draw.randint(1, 30)
        case "whole":
            return draw.randint(-(2**31), 2**31 - 1)
        case "big":
            return draw.randint(-(2**63), 2**63 - 1)
        case "single" | "twice":
            return draw.gauss(0, 1) * 10 ** draw.randint(-20, 20)
        case "exact":
            return f"{draw.randint(-(10**18), 10**18)}.{draw.randint(0, 10**9 - 1):09d}"
        case "flag":
            return draw.random() < 0.5
        case "day" | "moment" | "instant":
            day = f"{draw.randint(1, 4000):04d}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
            clock = f"{draw.randint(0, 23):02d}:{draw.randint(0, 59):02d}"
            clock += f":07.{draw.randint(0, 999999):06d}"
            era = " BC" if draw.random() < 0.1 else ""
            return day + era if name == "day" else f"{day} {clock}{era}"
        case "mood":
            return draw.choice(["sad", "ok", "glad d'or"])
        case "ident":
            return f"{draw.randint(0, 30):032x}"
        case "letter" | "padded":
            return draw.choice("abc")
        case "vector" | "ints" | "exacts" | "domain_vector":
            return "{" + ",".join(str(draw.randint(-999, 999)) for _ in range(3)) + "}"
        case "picture":
            return "{{" + "},{".join(f"{draw.randint(0, 9)},7" for _ in range(4)) + "}}"
        case "pixels":
            return draw.randbytes(6)
        case "story":
            return " ".join(draw.choices(["The", "quick,", "brown", "fox's", "JUMP", "☃"], k=9))
        case "code":
            return word[:9]
    return word


def _prepared(session: ClientSession, request: Request) -> Encoding:
    return prepare(session, request, default_partitions=2, write=lambda chunk: None).encoding


def _assert_same(one: Any, other: Any) -> None:
    if isinstance(one, np.ndarray | np.floating):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    else:
        assert one == other


def _rows(session: ClientSession, source: str) -> list[dict[str, Any]]:
    return session.fetch(
        "select record_send(row(input)) as payload, row_to_json(row(input))::text as document"
        f" from {source} as input order by id"
    )


@pytest.mark.parametrize("source", ["every_type", "(select * from every_type)"])
def test_one_row_is_encoded_as_in_bulk(every_type: ClientSession, source: str) -> None:
    session = every_type
    encoding = _prepared(session, Request("every_type", "label", encode=_ENCODE))
    assert [column.column for column in encoding.dropped] == ["id"]
    with stage_for(session, encoding, "select * from every_type order by id", key="id") as staged:
        bulk = staged.read(0, staged.rows)
    tensors = encoding.encode(bulk)
    decoder = RowDecoder(session, encoding)
    rows = _rows(session, source)
    assert len(rows) == staged.rows == 300
    for position, row in enumerate(rows):
        columns: Columns | None = decoder.decode(row["payload"], row["document"])
        assert columns is not None
        for name, values in columns.items():
            _assert_same(values[0], bulk[name][position])
        for name, tensor in encoding.encode(columns).items():
            _assert_same(tensor[0], tensors[name][position])


def test_text_in_the_clients_encoding(session: ClientSession) -> None:
    session.execute(
        "create table t as select i as id, i % 3 as y, U&'caf\\00e9' || i % 2 as code"
        " from generate_series(1, 99) i"
    )
    decoder = RowDecoder(session, _prepared(session, Request("t", "y", features=("code",))))
    for client_encoding in ("UTF8", "LATIN1", "WIN1252", "UTF8"):
        session.execute(f"set client_encoding to {client_encoding}")
        columns = decoder.decode(_rows(session, "t")[0]["payload"])
        assert columns == {"code": ["café1"]}


def test_hostile_names(session: ClientSession) -> None:
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
    with stage_for(session, encoding, source, labels=True) as staged:
        tensors = encoding.encode(staged.read(0, 100))
    decoder = RowDecoder(session, encoding)
    for position, row in enumerate(_rows(session, source)):
        columns = decoder.decode(row["payload"])
        assert columns is not None
        _assert_same(encoding.encode(columns)["numeric"][0], tensors["numeric"][position])


def test_a_changed_table_is_noticed(session: ClientSession) -> None:
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


def test_inputs_that_are_no_row(session: ClientSession) -> None:
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


def test_keys_keep_their_type(session: ClientSession) -> None:
    session.execute(
        "create table t as select i % 2 = 0 as y, i as x, '2020-01-01'::date + i as k"
        " from generate_series(1, 99) i"
    )
    encoding = _prepared(session, Request("t", "y", features=("x",)))
    with stage_for(session, encoding, "t", key="k") as staged:
        session.execute(
            f"create table scored as select s.key, p.score from {staged.table} s"
            " join unnest($1::bigint[], $2::float8[]) as p(position, score)"
            " on p.position = s.position",
            list(range(99)),
            [float(x) for x in staged.read(0, 99)["x"]],
        )
    rows = session.fetch(
        "select count(*) as n, bool_and(pg_typeof(s.key) = 'date'::regtype) as dates"
        " from scored s join t on t.k = s.key and t.x = s.score"
    )
    assert rows == [{"n": 99, "dates": True}]
