"""Rows are staged, learned from and packed in batches: whatever their number and size, to the same
dataset, and without a statement or a call for each row.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any

import numpy as np
import pytest
from every_type import ENCODE
from one_server import prepare

from cerebro_db import tensors
from cerebro_db.dataset.chunks import PackedChunk
from cerebro_db.dataset.request.request import Request
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.source.relation import opened
from cerebro_db.dataset.source.text import parse_source
from cerebro_db.dataset.values.array_bytes import array_of, arrays_of, header_bytes
from cerebro_db.engines.postgres import staged as staged_batches
from cerebro_db.engines.postgres import staging
from cerebro_db.engines.postgres.staging import stage
from cerebro_db.session import Row
from cerebro_db.testing.caller import CallerClient

_MIXED = (
    "select i, i::real as x, nullif(i % 7, 0) as gaps, array[i, -i] as pair, 'c' || i % 20 as code,"
    " case when i % 3 > 0 then 'kind ' || i % 5 end as kind, i % 2 = 0 as y"
    " from generate_series(1, {}) i"
)


class CountingSession(CallerClient):
    """Counts the statements that it is given."""

    def __init__(self, session: CallerClient) -> None:
        super().__init__(session.connection)
        self.statements = 0

    def fetch(self, statement: str, *parameters: Any) -> list[Row]:
        self.statements += 1
        return super().fetch(statement, *parameters)


@contextmanager
def calls_counted() -> Iterator[dict[str, int]]:
    """Count the calls of the package's own functions, generators resumed included."""
    counts = {"calls": 0}

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and "/cerebro_db/dataset/" in frame.f_code.co_filename:
            counts["calls"] += 1

    sys.setprofile(note)
    try:
        yield counts
    finally:
        sys.setprofile(None)


def test_neither_statements_nor_calls_grow_with_the_rows(session: CallerClient) -> None:
    def cost(rows: int) -> tuple[int, int]:
        counting = CountingSession(session)
        with calls_counted() as counts:
            prepare(counting, Request(_MIXED.format(rows), "y"))
        return counting.statements, counts["calls"]

    prepare(session, Request(_MIXED.format(500), "y"))
    few, many = cost(20_000), cost(60_000)
    assert many[0] == few[0]
    # Some more blocks are decoded, of thousands of rows each.
    assert many[1] - few[1] < 1_000


def _payloads(session: CallerClient, request: Request) -> list[bytes]:
    chunks: list[PackedChunk] = []
    prepare(session, request, chunks=chunks)
    return [chunk.payload for chunk in chunks]


def test_a_sort_that_does_not_fit_into_memory(
    session: CallerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request(_MIXED.format(5_000), "y")
    due = _payloads(session, request)
    monkeypatch.setattr(staging, "_SORTING", staging._SORTING | {"work_mem": "64kB"})
    assert _payloads(session, request) == due


@pytest.mark.parametrize(("bits", "block"), [(0, 1), (4, 1), (4, 1 << 30), (14, 10_000)])
@pytest.mark.parametrize("target", ["label", "twice, small"])
def test_the_size_of_batches_and_blocks_does_not_matter(
    every_type: CallerClient, monkeypatch: pytest.MonkeyPatch, target: str, bits: int, block: int
) -> None:
    def made() -> list[dict[str, np.ndarray]]:
        request = Request("every_type", target, encode=ENCODE, partitions=3)
        return [tensors.unpack(payload) for payload in _payloads(every_type, request)]

    due = made()
    monkeypatch.setattr(staging, "_SHUFFLED_BITS", bits)
    monkeypatch.setattr(staged_batches, "_BLOCK_BYTES", block)
    for found, chunk in zip(made(), due, strict=True):
        assert found.keys() == chunk.keys()
        for name, array in chunk.items():
            # Statistics are merged in another order.
            np.testing.assert_allclose(found[name], array, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("type_", "held_out", "element"),
    [("real", "", 4), ("smallint", "", 4), ("int", "", 8), ("real", "select 0.1::float8 as x", 8)],
)
def test_numbers_are_staged_as_narrow_as_is_exact(
    session: CallerClient, type_: str, held_out: str, element: int
) -> None:
    session.execute(f"create table t as select i::{type_} as x from generate_series(1, 9) i")
    with ExitStack() as sources:
        t = sources.enter_context(opened(session, parse_source("t")))
        others = sources.enter_context(opened(session, parse_source(held_out))) if held_out else 0.0
        selection = Selection(t, ((t.columns[0], "number"),), validation=others)
        staged = sources.enter_context(stage(session, selection))
        batches = session.fetch(f"select rows, length(floats) as bytes from {staged.table}")
    assert sum(batch["rows"] for batch in batches) == 9 + bool(held_out)
    for batch in batches:
        assert batch["bytes"] == header_bytes(2) + batch["rows"] * element


@pytest.mark.parametrize(
    ("type_", "literal", "due"),
    [
        ("float4", "{1.5,-2,NULL,NaN,Infinity}", [1.5, -2, np.nan, np.inf, np.inf]),
        ("float8", "{1e300,NULL}", [1e300, np.nan]),
        ("float8", "{NULL,NULL,NULL}", [np.nan] * 3),
        ("float8", "{16777217}", [16_777_217]),
        ("float8", "[3:4][0:1]={{1,2},{NULL,4}}", [[1, 2], [np.nan, 4]]),
        ("float4", "{" + ",".join(["NULL", "1"] * 20) + "}", [np.nan, 1] * 20),
        ("float8", "{}", []),
    ],
)
def test_arrays_as_the_server_keeps_them(
    session: CallerClient, type_: str, literal: str, due: list[Any]
) -> None:
    statement = f"select cerebro._array_bytes($1::text::{type_}[]) as payload"
    found = array_of(session.fetch(statement, literal)[0]["payload"], null=np.nan)
    assert found.dtype == {"float4": np.float32, "float8": np.float64}[type_]
    np.testing.assert_array_equal(found, np.array(due))


@pytest.mark.parametrize(
    "rows",
    [
        ["{1,2}", "{3,4}"],
        ["{1,2}", None, "{3,NULL}"],
        ["{1,2}", "{3}", "{}"],
        ["{{1,2}}", "{1,2}"],
        [None, None],
    ],
)
def test_arrays_of_many_rows(session: CallerClient, rows: list[str | None]) -> None:
    payloads = [
        session.fetch("select cerebro._array_bytes($1::text::real[]) as payload", row)[0]["payload"]
        for row in rows
    ]
    found = arrays_of(payloads)
    assert len(found) == len(rows)
    for payload, array in zip(payloads, found, strict=True):
        if payload is None:
            assert array is None
        else:
            np.testing.assert_array_equal(array, array_of(payload, null=np.inf))
            assert array.dtype == np.float64
