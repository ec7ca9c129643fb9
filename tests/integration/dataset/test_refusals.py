"""What ``prepare`` refuses, and that each refusal says what was found and what to do."""

# One refusal a line.
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from one_server import open_batches, prepare, read

from cerebro_db.dataset.chunks import PackedChunk
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.request.request import Request
from cerebro_db.dataset.row.decoder import RowDecoder
from cerebro_db.errors import (
    CerebroError,
    DataError,
    InvalidArgument,
    InvalidSource,
    UndefinedColumn,
    UndefinedSource,
    UnsupportedType,
)
from cerebro_db.testing.caller import CallerClient


@pytest.fixture
def customers(session: CallerClient) -> CallerClient:
    session.execute(
        "create table customers as select i as id, i % 2 = 0 as churned, i::real as spend,"
        " 'plan ' || i % 3 as plan, '{}'::json as extra, '\\x00'::bytea as photo,"
        " point(i, 2) as place, null::text as unlabelled, 7 as same,"
        " case when i = 5 then 'NaN'::real when i = 8 then '-infinity' else i end as dirty,"
        " array_fill(1.5, array[i % 2 + 2]) as ragged, array[1, nullif(i, 3)] as holes"
        " from generate_series(1, 100) i"
    )
    return session


_SOUND: dict[str, Any] = {
    "source": "customers",
    "target": "churned",
    "features": ("spend", "plan"),
}


@pytest.mark.parametrize(
    ("change", "error", "message", "detail", "hint"),
    [
        ({"source": "custmers"}, UndefinedSource, '"custmers" does not exist', "search path", '"customers"?'),
        ({"source": "public.custmers"}, UndefinedSource, "public.custmers", 'schema "public"', '"public.customers"?'),
        ({"source": '"Customers"'}, UndefinedSource, '"Customers"', "search path", '"customers"?'),
        ({"source": "select 1 as a; select 2"}, InvalidSource, "one SELECT", "2 statements", "view"),
        ({"source": ""}, InvalidSource, "one SELECT", "0 statements", "view"),
        ({"source": "drop table customers"}, InvalidSource, "only reads", "DROP", "SELECT"),
        ({"source": "with d as (delete from customers returning *) select * from d"}, InvalidSource, "only reads", "DELETE", "SELECT"),
        ({"source": "select from where ("}, InvalidSource, "cannot be read", ".", "view"),
        ({"target": "churn"}, UndefinedColumn, '"churn" does not exist', "spend, plan", '"churned"?'),
        ({"features": ("spent",)}, UndefinedColumn, '"spent" does not exist', "columns", '"spend"?'),
        ({"features": ("spend", "churned")}, InvalidArgument, "cannot be a feature", "target column", "features"),
        ({"features": ("place", "spend", "photo")}, UnsupportedType, "columns have types", '"place" is point, "photo" is bytea', '"place": "skip", "photo": "skip"'),
        ({"features": ("photo",)}, UnsupportedType, "photo", "bytea", '"shape"'),
        ({"features": ("place",)}, UnsupportedType, "place", "point", "Cast"),
        ({"features": ()}, DataError, "no feature columns", "column", "columns"),
        ({"encode": {"spend": "skip", "plan": "skip"}}, DataError, "no feature columns", "spend: stated", "encode"),
        ({"features": ("unlabelled",)}, DataError, "no feature columns", "NULL in all 80", "encode"),
        ({"features": ("dirty",)}, DataError, "dirty", "2 rows", "NULL"),
        ({"features": ("ragged",)}, DataError, "differ in shape", "50 of 3, 50 of 2", "skip"),
        ({"features": ("holes",)}, DataError, "holes", "1 row", "NULL"),
        ({"target": "dirty"}, DataError, "dirty", "2 rows", "NULL"),
        ({"target": "same"}, DataError, "constant", "7", "different"),
        ({"target": "same", "task": "regression"}, DataError, "constant", "7", "different"),
        ({"target": "unlabelled"}, DataError, "empty", "100 rows, all with a NULL", "labelled"),
        ({"source": "select * from customers where false"}, DataError, "empty", "no rows", "labelled"),
        ({"source": "select spend, plan, id::text as churned from customers"}, DataError, "label of its own", "100 distinct", "target"),
        ({"target": "place"}, UnsupportedType, "place", "point", "Cast"),
        ({"target": "ragged"}, UnsupportedType, "ragged", "numeric[]", "columns of their own"),
        ({"target": "id, plan"}, InvalidArgument, "must be numbers", "plan", "array"),
        ({"task": "multi"}, InvalidArgument, "unknown task", "multiclass", "multi"),
        ({"task": "regression"}, InvalidArgument, "does not fit", "boolean", "binary"),
        ({"target": "plan", "task": "binary", "features": ("id",)}, DataError, "two classes", "3 distinct", "multiclass"),
        ({"partitions": 81}, DataError, "fewer training rows", "80 training rows", "80"),
        ({"partitions": 0}, InvalidArgument, "at least 1", "0", "out"),
        ({"validation": "1.5"}, InvalidArgument, "fraction", "1.5", "0.2"),
        ({"validation": "nan"}, InvalidArgument, "fraction", "nan", "0.2"),
        ({"validation": "plan"}, InvalidArgument, "must be boolean", "text", "true"),
        ({"validation": "custmers"}, InvalidArgument, "neither", "spend", '"customers"?'),
        ({"validation": "select churned, spend from customers"}, UndefinedColumn, '"plan"', "churned, spend", "spend"),
        ({"validation": "select churned, plan, plan as spend from customers"}, InvalidArgument, "differs in type", "text in validation", "Cast"),
        ({"source": "select *, true as held_out from customers", "validation": "held_out"}, DataError, "no rows for training", "All 100", "fewer"),
        ({"encode": []}, InvalidArgument, "JSON object", "array", "column"),
        ({"encode": {"spent": "skip"}}, UndefinedColumn, '"spent"', "spend", '"spend"?'),
        ({"encode": {"plan": "catgory"}}, InvalidArgument, '"catgory"', "plan", '"category"?'),
        ({"encode": {"plan": {"max": 5}}}, InvalidArgument, "name a kind", "without", "as"),
        ({"encode": {"plan": 5}}, InvalidArgument, "name a kind", "5", "as"),
        ({"encode": {"plan": {"as": "text", "lenght": 5}}}, InvalidArgument, '"lenght"', "plan", '"length"?'),
        ({"encode": {"plan": {"as": "text", "length": 0}}}, InvalidArgument, "1 to 10,000", "0", "option"),
        ({"encode": {"spend": {"as": "number", "scale": "robst"}}}, InvalidArgument, '"standard" or "robust" or "quantile"', '"robst"', "option"),
        ({"encode": {"spend": {"as": "number", "bins": 1}}}, InvalidArgument, "from 2 to 256", "1 for column", "option"),
        ({"encode": {"plan": {"as": "category", "min_rows": 0}}}, InvalidArgument, "from 1 to", "0 for column", "option"),
        ({"encode": {"*": "robust"}}, InvalidArgument, "object of options", "'robust'", "scale"),
        ({"encode": {"*": {"scal": "robust"}}}, InvalidArgument, '"scal"', "all columns", '"scale"?'),
        ({"encode": {"*": {"onehot": 1.5}}}, InvalidArgument, "0 to 1,000", "all columns", "option"),
        ({"encode": {"plan": "ids"}}, UnsupportedType, "as ids", "text", "kind"),
        ({"encode": {"plan": {"as": "ids", "size": 9, "unknown": 9}}}, InvalidArgument, "below", "9 of 9", "from 0"),
        ({"encode": {"plan": {"as": "ids", "size": 0}}}, InvalidArgument, "1 to 1,048,576", "0", "option"),
        ({"encode": {"plan": "number"}}, UnsupportedType, "as number", "text", "kind"),
        ({"features": ("photo",), "encode": {"photo": {"as": "image", "shape": [2, 2]}}}, DataError, "shape", "not 4 bytes", "dtype"),
    ],
)  # fmt: skip
def test_refusals(
    customers: CallerClient,
    change: dict[str, Any],
    error: type[CerebroError],
    message: str,
    detail: str,
    hint: str,
) -> None:
    written: list[PackedChunk] = []
    with pytest.raises(error) as caught:
        prepare(customers, Request(**_SOUND | change), chunks=written)
    assert type(caught.value) is error
    assert message in caught.value.message
    assert detail in caught.value.detail
    assert hint in caught.value.hint
    assert not written
    left = customers.fetch("select relname::text from pg_class where relname ~ '^_cerebro_'")
    assert left == []


def test_an_error_of_the_source_passes_through(customers: CallerClient) -> None:
    request = Request("select 1 / (id - 50) as x, churned from customers", "churned")
    with pytest.raises(psycopg.errors.DivisionByZero):
        prepare(customers, request)


@pytest.fixture
def trained(customers: CallerClient) -> Encoding:
    request = Request(**_SOUND)
    return prepare(customers, request).encoding


def test_prediction_needs_the_columns_of_training(
    customers: CallerClient, trained: Encoding
) -> None:
    for source, key, error, message in (
        ("select spend, id from customers", None, UndefinedColumn, '"plan" does not exist'),
        ("select spend::text, plan from customers", None, InvalidArgument, "has another type"),
        ("customers", "idd", UndefinedColumn, "key column"),
    ):
        with (
            pytest.raises(error, match=message),
            open_batches(customers, trained, source, key=key),
        ):
            pass


def test_nan_is_refused_when_predicting_too(customers: CallerClient, trained: Encoding) -> None:
    query = "select 'NaN'::float8 as spend, 'plan 1'::text as plan"
    with (
        open_batches(customers, trained, query) as staged,
        pytest.raises(DataError, match='"spend" holds NaN'),
    ):
        trained.encode(read(staged))
    row = customers.fetch(
        "select record_send(row(t)) as payload, row_to_json(row(t))::text as document"
        f" from ({query}) t"
    )[0]
    columns = RowDecoder(customers, trained).decode(**row)
    assert columns is not None
    with pytest.raises(DataError, match='"spend" holds NaN'):
        trained.encode(columns)


def test_a_label_that_training_did_not_see(customers: CallerClient) -> None:
    request = Request("customers", "plan", features=("spend",))
    encoding = prepare(customers, request).encoding
    with open_batches(
        customers, encoding, "select 1 as spend, 'plan 9'::text as plan", labels=True
    ) as s:
        rows = read(s)
    with pytest.raises(DataError, match="training did not see") as caught:
        encoding.encode_target(rows)
    assert "'plan 9'" in caught.value.detail
