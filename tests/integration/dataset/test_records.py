"""Rows that are aggregated in batches of any order and decoded without a session of their own: what
an engine does whose rows stay where they are. To the same datasets as on one server.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from elsewhere import Elsewhere, prepare_elsewhere
from every_type import ENCODE
from one_server import open_batches, prepare, read
from psycopg import sql

from cerebro_db import tensors
from cerebro_db.dataset import batches
from cerebro_db.dataset.chunks import Extent, PackedChunk
from cerebro_db.dataset.request.request import Request
from cerebro_db.errors import DataError
from cerebro_db.testing.caller import CallerClient

_SOURCE = "select *, case when id % 9 > 0 then array[code, words] end as tags from every_type"


def _request(target: str) -> Request:
    encode = ENCODE if target == "tags" else ENCODE | {"tags": "skip"}
    return Request(_SOURCE, target, encode=encode)


_TARGETS = pytest.mark.parametrize("target", ["label", "tags", "twice, small"])


@_TARGETS
def test_records_of_batches_and_of_rows_hold_the_same(
    every_type: CallerClient, target: str
) -> None:
    session = every_type
    encoding = prepare(session, _request(target)).encoding
    source = f"select * from ({_SOURCE}) as source order by id"
    for_elsewhere = partial(batches.open_batches, read=Elsewhere.stage)
    # It has no snowmen; and a record is not to depend on it.
    session.execute("set client_encoding to latin1")
    with open_batches(session, encoding, source, labels=True, key="id") as here:
        due = read(here)
        for query in here.each_batch([sql.SQL("{} as keys").format(here.batch_keys)]):
            keys = session.fetch(query.as_string(None))[0]["keys"]
    with for_elsewhere(session, encoding, source, labels=True, key="id") as elsewhere:
        ((_, found),) = elsewhere.records("position < 0", Extent(False, 0, 0, elsewhere.rows))
        statement = f"select key from {elsewhere.table} where position < $1 order by position"
        order = [keys.index(row["key"]) for row in session.fetch(statement, elsewhere.rows)]
    session.execute("set client_encoding to utf8")
    assert list(found) == list(due)
    assert sorted(order) == list(range(len(keys)))
    for name, values in due.items():
        assert len(found[name]) == len(values) == len(keys)
        for position, one in zip(order, found[name], strict=True):
            np.testing.assert_array_equal(one, values[position])


@_TARGETS
def test_the_same_dataset(every_type: CallerClient, target: str) -> None:
    here: list[PackedChunk] = []
    elsewhere: dict[Any, bytes] = {}
    one = prepare(every_type, _request(target), chunks=here)
    other = prepare_elsewhere(every_type, _request(target), elsewhere)
    assert (other.rows, other.validation_rows, other.notes, other.bytes) == (
        one.rows,
        one.validation_rows,
        one.notes,
        one.bytes,
    )
    _assert_near(other.encoding.to_json(), one.encoding.to_json())
    for chunk in here:
        found = tensors.unpack(elsewhere[chunk.validation, chunk.partition, chunk.seq])
        due = tensors.unpack(chunk.payload)
        assert found.keys() == due.keys()
        for name, array in due.items():
            # Statistics are merged in another order.
            np.testing.assert_allclose(found[name], array, rtol=1e-6, atol=1e-6)


def test_what_is_wrong_in_one_batch_is_found(session: CallerClient) -> None:
    source = (
        "select i % 2 as y, array_fill(1.5, array[case when i = 7 then 3 else 2 end]) as ragged"
        " from generate_series(1, 100) i"
    )
    with pytest.raises(DataError, match="differ in shape") as caught:
        prepare_elsewhere(session, Request(source, "y"), {})
    assert caught.value.detail.endswith("99 of 2, 1 of 3.")


def _assert_near(found: Any, due: Any) -> None:
    match due:
        case dict():
            assert list(found) == list(due)
            for name, value in due.items():
                _assert_near(found[name], value)
        case list() | tuple():
            for one, other in zip(found, due, strict=True):
                _assert_near(one, other)
        case float():
            assert found == pytest.approx(due, rel=1e-12)
        case _:
            assert found == due
