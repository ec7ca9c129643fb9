"""Columns that teach nothing are left out, and why is said: ids, and what never changes."""

from __future__ import annotations

import numpy as np
import pytest
from elsewhere import prepare_elsewhere
from one_server import open_batches, prepare, read

from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.prepare import Prepared
from cerebro_db.dataset.request.request import Request
from cerebro_db.errors import DataError
from cerebro_db.testing.caller import CallerClient

_ROWS = "from generate_series(1, 200) as i"
_IMAGE = {"as": "image", "shape": [1, 2], "dtype": "uint8"}


def _made(session: CallerClient, columns: str, **request: object) -> Prepared:
    """Prepare columns beside one that varies; on segments it comes to the same."""
    source = f"select {columns}, (i * 7 % 13) / 3.0 as varies, i % 2 = 0 as y {_ROWS}"
    wanted = Request(source, "y", **request)  # type: ignore[arg-type]
    made = prepare(session, wanted)
    elsewhere = prepare_elsewhere(session, wanted, {})
    assert elsewhere.encoding.dropped == made.encoding.dropped
    assert elsewhere.notes == made.notes
    return made


def _why(made: Prepared) -> dict[str, str]:
    return {column.column: column.why for column in made.encoding.dropped}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "i * 7"),
        ("ID", "i * 7"),
        ("customer_id", "(i * 7)::bigint"),
        ("customerId", "i * 7"),
        ("date_key", "20200000 + i * 3"),
        ("order_id", "(i * 7)::numeric(20)"),
        # Numbers that float64 cannot tell apart.
        ("tweet_id", "1760000000000000000 + i * 600"),
        ("n", "i"),
        ("n", "1000 - i"),
        ("n", "i::numeric(9, 2)"),
    ],
)
def test_an_id_is_left_out(session: CallerClient, name: str, value: str) -> None:
    made = _made(session, f'{value} as "{name}"')
    why = _why(made)[name]
    assert why.startswith("a different integer in each of 200 rows")
    assert why.endswith(f'{{"{name}": "number"}} in encode keeps it')
    assert f'column "{name}" is left out: {why}' in made.notes
    kept = _made(session, f'{value} as "{name}"', encode={name: "number"})
    assert kept.encoding.columns == (name, "varies")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", "i * 7"),
        ("id", "i * 7 % 190"),
        ("id", "i + 0.5"),
        ("id", "nullif(i, 3)"),
        ("n", "i::float8"),
        ("idle", "i * 7"),
        ("keyed", "i * 7"),
        ("n", "case i when 3 then 4 else i end"),
    ],
)
def test_a_number_that_is_no_id_stays(session: CallerClient, name: str, value: str) -> None:
    assert _made(session, f"{value} as {name}").encoding.columns == (name, "varies")


def test_an_id_stays_where_it_is_named_or_alone(session: CallerClient) -> None:
    made = _made(session, "i as id", features=("id", "varies"))
    assert made.encoding.columns == ("id", "varies")
    alone = prepare(session, Request(f"select i as x, i % 2 = 0 as y {_ROWS}", "y"))
    assert alone.encoding.columns == ("x",)


def test_other_ids_are_kept_by_what_is_said(session: CallerClient) -> None:
    session.execute(f"create table own as select i as pk, 'c' || i as code, i % 2 as y {_ROWS}")
    session.execute("alter table own add primary key (pk), add z float8 default random()")
    made = prepare(session, Request("own", "y"))
    assert _why(made)["pk"].endswith('{"pk": "number"} in encode keeps it')
    assert _why(made)["code"].endswith('{"code": "category"} in encode keeps it')
    kept = prepare(session, Request("own", "y", encode={"pk": "number", "code": "category"}))
    assert kept.encoding.columns == ("pk", "code", "z")


@pytest.mark.parametrize(
    ("value", "encode", "why"),
    [
        ("5", None, "5 in all"),
        ("0.1::real", None, "0.1 in all"),
        ("true", None, "1 in all"),
        ("'same'::text", None, "'same' in all"),
        ("'same'::text", "embedding", "'same' in all"),
        ("'all of the same words'::text", "text", "the same text in all"),
        ("array[1, 2]", None, "the same array in all"),
        ("array[[1, 2], [3, 4]]", None, "the same array in all"),
        ("'\\x0102'::bytea", _IMAGE, "the same image in all"),
        ("date '2024-02-29'", None, "2024-02-29 in all"),
        ("timestamp '2024-02-29 12:30:00'", None, "2024-02-29 12:30:00 in all"),
    ],
)
def test_a_constant_column_is_left_out(
    session: CallerClient, value: str, encode: object, why: str
) -> None:
    made = _made(session, f"{value} as c", encode=None if encode is None else {"c": encode})
    assert made.encoding.columns == ("varies",)
    assert _why(made)["c"] == f"{why} {made.rows} training rows"


def test_constant_in_training_is_constant(session: CallerClient) -> None:
    source = (
        "select case when i > 150 then i else 5 end as discount, (i * 7 % 13) / 3.0 as varies,"
        f" i % 2 = 0 as y, i > 150 as held_out {_ROWS}"
    )
    made = prepare(session, Request(source, "y", validation="held_out"))
    assert _why(made) == {"discount": "5 in all 150 training rows"}


def _encoded(session: CallerClient, encoding: Encoding, source: str) -> np.ndarray:
    with open_batches(session, encoding, source) as rows:
        return encoding.encode(read(rows))["numeric"]


@pytest.mark.parametrize(
    ("trained", "later", "type_"),
    [
        ("case when i % 3 > 0 then 5 end", "5000", "number"),
        ("case when i % 3 > 0 then false end", "true", "number"),
        ("case when i % 3 > 0 then date '2024-02-29' end", "date '1999-12-31'", "datetime"),
        ("case when i % 3 > 0 then array[7, 7] end", "array[-1e9, 1e9]::int[]", "vector"),
    ],
)
def test_what_only_may_be_missing_tells_just_that(
    session: CallerClient, trained: str, later: str, type_: str
) -> None:
    made = _made(session, f"{trained} as c")
    assert made.encoding.features[0].kind == type_
    before = trained.replace("i % 3", "1")
    source = (
        f"select c, 1 as varies from (values (0, {before}), (1, {later}), (2, null)) as t (i, c)"
        " order by i"
    )
    known, other, missing = _encoded(session, made.encoding, source)
    np.testing.assert_array_equal(known, other)
    assert not np.array_equal(other, missing)


def test_constant_elements_of_vectors_are_zero(session: CallerClient) -> None:
    made = _made(session, "array[i * 7 % 11, 3, 4 - i % 5]::float8[] as v")
    near, far = _encoded(
        session,
        made.encoding,
        "select array[2, x, 3]::float8[] as v, 1 as varies"
        " from (values (3), (1000000)) as t (x) order by x",
    )
    np.testing.assert_array_equal(near, far)


def test_constant_parts_of_dates_are_left_out(session: CallerClient) -> None:
    made = _made(session, "timestamp '2024-03-01 12:00' + i % 28 * interval '1 day' as d")
    (feature, _) = made.encoding.features
    assert feature.options == {"parts": ["weekday", "day", "trend"], "bins": 24}
    assert feature.shape == (5,)


def test_nothing_but_constants(session: CallerClient) -> None:
    with pytest.raises(DataError, match="no feature columns are left") as caught:
        prepare(session, Request(f"select 5 as c, i % 2 = 0 as y {_ROWS}", "y"))
    assert "c: 5 in all 160 training rows" in caught.value.detail
