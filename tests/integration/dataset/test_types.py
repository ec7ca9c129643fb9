"""Types that are common and were refused, and what becomes of those that still have no encoding."""

from __future__ import annotations

import numpy as np
import psycopg
import pytest
from elsewhere import prepare_elsewhere
from one_server import open_batches, prepare, read

from cerebro_db import tensors
from cerebro_db.dataset.chunks import PackedChunk
from cerebro_db.dataset.request.request import Request
from cerebro_db.dataset.row.decoder import RowDecoder
from cerebro_db.errors import DataError, UndefinedColumn, UnsupportedType
from cerebro_db.testing.caller import CallerClient

_ROWS = "from generate_series(1, 120) as i"

MEASURES = {
    "price": "((i * 37 % 101 - 50) * 1.25)::numeric::money",
    "large": "(9000000000 - i * 37 % 101)::numeric::money",
    "span": "make_interval(years => i % 5 - 2, months => i % 13 - 6, days => i % 40 - 20,"
    " secs => i * 1.7 - 100)",
    "clock": "time '00:00:01.5' + i * interval '11 minutes'",
    "zoned": "(time '00:00' + i * interval '11 minutes')::text::time at time zone 'Asia/Tokyo'",
}


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("locale", ["C", "en_US.UTF-8", "ja_JP.UTF-8"])
def test_measures_are_numbers(session: CallerClient, name: str, locale: str) -> None:
    """Read in bulk, on segments and in one row, in whatever currency: to the same bits."""
    try:
        with session.connection.transaction():
            session.execute(f"set lc_monetary to '{locale}'")
    except psycopg.errors.InvalidParameterValue:
        # The machine has no such locale; the server's own differs from C in nothing else.
        session.execute("set lc_monetary to 'C'")
    session.execute(
        f"create table t as select i as id, nullif({MEASURES[name]}, null) as value,"
        f" i % 2 = 0 as y {_ROWS}"
    )
    request = Request("t", "y", features=("value",))
    here: list[PackedChunk] = []
    made = prepare(session, request, chunks=here)
    elsewhere: dict[object, bytes] = {}
    prepare_elsewhere(session, request, elsewhere)
    (feature,) = made.encoding.features
    assert feature.kind == "number"
    for chunk in here:
        found = tensors.unpack(elsewhere[chunk.validation, chunk.partition, chunk.seq])
        due = tensors.unpack(chunk.payload)["numeric"]
        np.testing.assert_allclose(found["numeric"], due, rtol=1e-5, atol=1e-5)
    with open_batches(session, made.encoding, "select * from t order by id") as rows:
        bulk = read(rows)["value"]
    decoder = RowDecoder(session, made.encoding)
    rows = session.fetch("select record_send(row(t)) as payload from t order by id")
    alone = [decoder.decode(row["payload"])["value"][0] for row in rows]
    np.testing.assert_array_equal(alone, bulk)
    objects = session.fetch(
        "select record_send(row(to_json(t)::jsonb)) as payload from t order by id"
    )
    as_json = [decoder.decode(row["payload"])["value"][0] for row in objects]
    np.testing.assert_array_equal(as_json, bulk)


def test_json_is_text(session: CallerClient) -> None:
    session.execute(
        "create table t as select i as id, json_build_object('a', i % 3) as j,"
        f" jsonb_build_object('b', i % 5) as b, i % 2 = 0 as y {_ROWS}"
    )
    made = prepare(session, Request("t", "y"))
    kinds = {feature.column: feature.options["values"] for feature in made.encoding.features}
    assert kinds == {"j": 3, "b": 5}
    (row,) = session.fetch("select record_send(row(t)) as payload from t where id = 7")
    columns = RowDecoder(session, made.encoding).decode(row["payload"])
    assert columns == {"j": ['{"a" : 1}'], "b": ['{"b": 2}']}


def test_other_types_are_left_out_unless_they_are_named(session: CallerClient) -> None:
    columns = "point(i, 1) as place, array['a'] as tags, '\\x00'::bytea as photo"
    source = f"select {columns}, i / 7.0 as x, i % 2 = 0 as y {_ROWS}"
    made = prepare(session, Request(source, "y"))
    assert made.encoding.columns == ("x",)
    notes = [note for note in made.notes if "has no encoding" in note]
    assert [note.split('"')[1] for note in notes] == ["place", "tags", "photo"]
    assert '"as": "image"' in notes[2]
    with pytest.raises(UnsupportedType, match="columns have types") as caught:
        prepare(session, Request(source, "y", features=("place", "x", "tags")))
    assert caught.value.detail == '"place" is point, "tags" is text[].'


@pytest.mark.parametrize("array", ["'{}'::int[]", "'{}'::float8[]"])
def test_arrays_without_elements_are_left_out(session: CallerClient, array: str) -> None:
    source = f"select {array} as empty, i / 7.0 as x, i % 2 = 0 as y {_ROWS}"
    made = prepare(session, Request(source, "y"))
    assert made.encoding.columns == ("x",)
    assert f'column "empty" is left out: no element in any of {120} arrays' in made.notes
    assert prepare_elsewhere(session, Request(source, "y"), {}).notes == made.notes


def test_nondeterministic_collations(session: CallerClient) -> None:
    """Features, labels and labels in arrays are compared byte by byte, as rows to predict are."""
    session.execute(
        "create collation folded"
        " (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
    )
    session.execute(
        "create table t as select (array['a', 'A', 'b'])[i % 3 + 1] collate folded as code,"
        " ('the ' || i || ' of ' || i % 7 || ' or so') collate folded as free,"
        " (array['yes', 'YES', 'no'])[i % 3 + 1] collate folded as y,"
        f" array[(array['p', 'P'])[i % 2 + 1] collate folded] as tags {_ROWS}"
    )
    request = Request("t", "y", encode={"tags": "skip"})
    made = prepare(session, request)
    by_name = {feature.column: feature for feature in made.encoding.features}
    assert by_name["code"].options == {"values": 3}
    assert by_name["free"].kind == "text"
    assert made.encoding.output.classes == ("YES", "no", "yes")
    assert prepare_elsewhere(session, request, {}).encoding.output == made.encoding.output
    tags = Request("t", "tags", features=("code",))
    assert prepare(session, tags).encoding.output.classes == ("P", "p")
    with open_batches(session, made.encoding, "t", labels=True, key="code") as rows:
        assert set(read(rows)["code"]) == {"a", "A", "b"}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("case when i = 9 then 1e200 else i end::float8", "too large"),
        ("case when i = 9 then 1e400::numeric else i end", "NaN or infinity"),
        ("case when i = 9 then 'infinity'::date else date '2020-01-01' + i end", "NaN or infinity"),
        ("case when i = 9 then date '5874897-12-31' else date '2020-01-01' + i end", None),
        ("case when i = 9 then timestamp '294276-12-31' else timestamp '2020-01-01' end", None),
        ("case when i = 9 then date '4713-01-01 BC' else date '2020-01-01' + i end", None),
    ],
)
def test_the_edges_of_types(session: CallerClient, value: str, says: str | None) -> None:
    """Either they are encoded, or the error names the column."""
    request = Request(f"select {value} as edge, i / 7.0 as x, i % 2 = 0 as y {_ROWS}", "y")
    if says is None:
        assert prepare(session, request).encoding.columns == ("edge", "x")
        return
    with pytest.raises(DataError, match=says) as caught:
        prepare(session, request)
    assert '"edge"' in caught.value.message


def test_the_hint_names_the_feature_that_is_missing(session: CallerClient) -> None:
    session.execute(
        f"create table t as select i / 7.0 as months, i / 3.0 as spend, i % 2 = 0 as y {_ROWS}"
    )
    encoding = prepare(session, Request("t", "y")).encoding
    with (
        pytest.raises(UndefinedColumn) as caught,
        open_batches(session, encoding, "select spend, months as month from t"),
    ):
        pass
    assert caught.value.hint.startswith('Add "months"')
    assert 'If it is "month" there, select that as "months".' in caught.value.hint
    row = session.fetch("select record_send(row(o)) as payload from (select 1.5 as spend) as o")
    document = '{"f1": {"spend": 1.5}}'
    with pytest.raises(UndefinedColumn, match='"months" does not exist in the row') as caught:
        RowDecoder(session, encoding).decode(row[0]["payload"], document)
    assert caught.value.hint.startswith('Add "months"')
