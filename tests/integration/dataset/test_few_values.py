"""Few whole numbers are told apart, rare values are not: by default, as stated, in prediction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from elsewhere import prepare_elsewhere
from one_server import prepare

from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.features.arrays import Vector
from cerebro_db.dataset.features.categories import Embedding, OneHot
from cerebro_db.dataset.features.numbers import Number
from cerebro_db.dataset.request.request import Request
from cerebro_db.dataset.row.decoder import RowDecoder
from cerebro_db.testing.caller import CallerClient

_ROWS = "from generate_series(1, 4000) as i"


def _made(session: CallerClient, column: str, **encode: Any) -> Encoding:
    """Prepare 4,000 rows for training of a column; on segments it comes to the same."""
    source = f"select {column} as c, i * 1.5 as other, i % 2 = 0 as y {_ROWS}"
    wanted = Request(source, "y", encode=encode or None, validation="0")
    made = prepare(session, wanted).encoding
    elsewhere = prepare_elsewhere(session, wanted, {}).encoding
    assert [feature.why for feature in elsewhere.features] == [f.why for f in made.features]
    assert (elsewhere.meanings, elsewhere.dropped) == (made.meanings, made.dropped)
    return made


@pytest.mark.parametrize("type_", ["smallint", "bigint", "real", "numeric(6, 2)", "float8"])
def test_few_whole_numbers_are_numbers_and_categories(session: CallerClient, type_: str) -> None:
    encoding = _made(session, f"(i % 24)::{type_}")
    feature = encoding.features[0]
    assert isinstance(feature, Number)
    assert feature.values == tuple(range(24))
    assert feature.why == f"type {_written(type_)}, 24 values told apart"
    (described, _) = encoding.describe()
    assert (described["kind"], described["width"]) == ("number", 25)
    assert described["options"]["onehot"] == 24
    (item,) = encoding.signature.inputs
    assert [bool(edges) for edges in item.edges] == [True] + [False] * 24 + [True]
    rows = encoding.encode({"c": np.array([3.0, 24.0, np.nan]), "other": np.zeros(3)})["numeric"]
    np.testing.assert_array_equal(rows[0, 1:25], np.arange(24) == 3)
    # A value that training did not see is a number, and a missing one is the mean.
    assert not rows[1:, 1:25].any()
    assert rows[1, 0] == pytest.approx((24 - 11.5) / feature.scale, rel=1e-3)
    assert rows[2, 0] == 0


@pytest.mark.parametrize("type_", ["int", "float8", "numeric"])
def test_few_whole_elements_of_arrays_are_numbers_and_categories(
    session: CallerClient, type_: str
) -> None:
    column = f"case when i % 10 > 0 then array[i % 5, i, i % 2, i % 3]::{type_}[] end"
    encoding = _made(session, column)
    feature = encoding.features[0]
    assert isinstance(feature, Vector)
    assert feature.values == ((0, 1, 2, 3, 4), (), (), (0, 1, 2))
    assert feature.why.endswith("1 dimension, 8 values told apart")
    (described, _) = encoding.describe()
    # And whether it is missing.
    assert (described["width"], described["options"]["onehot"]) == (4 + 8 + 1, 8)
    (item,) = encoding.signature.inputs
    edges = [True, *[False] * 5, True, True, True, *[False] * 3, False]
    assert [bool(own) for own in item.edges] == [*edges, True]
    rows = feature.encode([np.array([3.0, 9.0, 1.0, 2.0]), None, np.array([9.0, 9.0, 9.0, 1.0])])
    np.testing.assert_array_equal(rows[:, 1:6], np.eye(5)[[3, 0, 0]] * [[1], [0], [0]])
    np.testing.assert_array_equal(rows[:, 9:12], np.eye(3)[[2, 0, 1]] * [[1], [0], [1]])
    scaled = [(3 - feature.means[0]) / feature.scales[0], 0]
    np.testing.assert_allclose(rows[:2, 0], scaled, rtol=1e-6)
    assert feature.shape == rows.shape[1:]


@pytest.mark.parametrize(
    ("column", "encode", "width"),
    [
        ("array[i % 5, i]", {"c": "vector"}, 2),
        ("array[i % 5, i]", {"*": {"onehot": 0}}, 2),
        ("array[i % 40, i]", {}, 2),
        ("array[i % 40, i]", {"c": {"as": "vector", "onehot": 50}}, 42),
        # As long as this, it is more of a picture.
        ("array_fill(i % 5, array[33])", {}, 33),
        ("array[array[i % 5, i], array[1, i % 3]]", {}, 4),
        ("array[i % 5, i]", {"c": {"as": "vector", "onehot": 5, "bins": "target"}}, 7),
    ],
)
def test_elements_are_told_apart_as_it_is_said(
    session: CallerClient, column: str, encode: dict[str, Any], width: int
) -> None:
    (described, _) = _made(session, column, **encode).describe()
    assert described["width"] == width


def _written(type_: str) -> str:
    return {"float8": "double precision", "numeric(6, 2)": "numeric(6,2)"}.get(type_, type_)


@pytest.mark.parametrize(
    ("column", "encode"),
    [
        ("i % 40", {}),
        ("i % 24 + 0.5", {}),
        ("i % 2", {}),
        ("i % 24", {"c": "number"}),
        ("i % 24", {"*": {"onehot": 0}}),
        ("i % 24 * interval '1 hour'", {"c": "number"}),
        ("case when i <= 30 then i % 4 else 9 end", {}),
    ],
)
def test_other_numbers_are_numbers_alone(
    session: CallerClient, column: str, encode: dict[str, Any]
) -> None:
    feature = _made(session, column, **encode).features[0]
    assert isinstance(feature, Number)
    assert feature.shape == (1,)


def test_more_values_are_told_apart_if_that_is_said(session: CallerClient) -> None:
    for encode in ({"c": {"as": "number", "onehot": 50}}, {"*": {"onehot": 50}}):
        assert _made(session, "i % 40", **encode).features[0].shape == (41,)


def test_rare_values_are_unknown_together(session: CallerClient) -> None:
    """One in 200 rows is asked for: 20 of 4,000."""
    value = "case when i <= 3900 then 'often ' || i % {} else 'rare ' || i % 20 end"
    few, many = (_made(session, value.format(kinds)).features[0] for kinds in (5, 40))
    assert isinstance(few, OneHot)
    assert few.vocabulary == tuple(f"often {k}" for k in range(5))
    assert "25 distinct values" in few.why
    assert few.why.endswith("of which those in 20 rows or more are told apart: 5")
    assert isinstance(many, Embedding)
    assert many.sizes == (1 + 40,)
    assert many.encode(["rare 3", "often 0", "never seen"]).tolist() == [[0], [1], [0]]
    all_of_them = _made(session, value.format(40), c={"as": "category", "min_rows": 1})
    assert all_of_them.features[0].sizes == (1 + 60,)
    assert _made(session, value.format(40), **{"*": {"min_rows": 1}}).features[0].sizes == (61,)


def test_nothing_but_rare_values_is_left_out(session: CallerClient) -> None:
    encoding = _made(session, "'N' || i / 4")
    (dropped,) = encoding.dropped
    assert dropped.why == (
        "1,001 distinct values in 4,000 training rows, none of them in 20 or more;"
        ' {"c": {"as": "category", "min_rows": 1}} in encode keeps it'
    )
    kept = _made(session, "'N' || i / 4", c={"as": "category", "min_rows": 1})
    assert kept.features[0].sizes == (1 + 1_001,)
    # So does a kind alone.
    assert _made(session, "'N' || i / 4", c="embedding").features[0].sizes == (1 + 1_001,)
    # What may be missing tells just that.
    missing = _made(session, "case when i % 3 > 0 then 'N' || i / 4 end").features[0]
    assert (missing.shape, missing.indicator) == ((0,), True)


def test_rows_alone_are_encoded_as_together(session: CallerClient) -> None:
    """Of a number with columns for its values beside a category, in binary and in JSON."""
    session.execute(
        "create table mixed as select i % 24 as hour, nullif(i % 7, 3) as day,"
        " array[i % 5, i] as pair,"
        f" 'often ' || i % 30 as kind, i * 1.5 as other, i % 2 = 0 as y {_ROWS}"
    )
    encoding = prepare(session, Request("mixed", "y")).encoding
    session.execute(
        "insert into mixed values (25, 9, array[7, 7], 'new', 3, true),"
        " (3, null, null, null, 3, true)"
    )
    decoder = RowDecoder(session, encoding)
    for condition in ("hour = 25", "kind is null", "other = 15"):
        for value in ("input", "to_jsonb(input)"):
            query = f"select record_send(row({value})) as payload from mixed as input"
            (payload,) = session.fetch(f"{query} where {condition}")
            found = decoder.encode(payload["payload"])
            columns = decoder.decode(payload["payload"])
            assert found is not None
            assert columns is not None
            for name, tensor in encoding.encode(columns).items():
                np.testing.assert_array_equal(found[name], tensor)
    # hour, its 24 values, day, its 6 values, whether it is missing, pair, 5 values of its first,
    # other.
    assert found["numeric"].shape == (1, 1 + 24 + 1 + 6 + 1 + 2 + 5 + 1)
    assert found["numeric"][0, 1:25].tolist() == [float(k == 10) for k in range(24)]
