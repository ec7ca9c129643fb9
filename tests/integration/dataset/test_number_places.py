"""Rows are read at once where their numbers lie: to the same bits as value by value."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest
from one_server import prepare

from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.request.request import Request
from cerebro_db.dataset.row.decoder import RowDecoder
from cerebro_db.dataset.row.number_places import NumberPlaces
from cerebro_db.errors import DataError
from cerebro_db.testing.caller import CallerClient

_FEATURES = ("small", "whole", "big", "single", "twice", "flag", "hour")
_SCALED = {
    "big": {"as": "number", "scale": "robust"},
    "twice": {"as": "number", "scale": "quantile"},
}


@pytest.fixture
def measured(session: CallerClient) -> CallerClient:
    """The session, with a table of numbers among columns of other lengths."""
    draw = random.Random(3)
    session.execute(
        """create table measured (
            note text, small smallint, flag boolean, whole int, tag varchar, single real,
            big bigint, ident uuid, twice double precision, hour int, y text)"""
    )
    for number in range(200):
        session.execute(
            "insert into measured values ($1::text, $2::smallint, $3::boolean, $4::int, $5::text,"
            " $6::real, $7::bigint, gen_random_uuid(), $8::float8, $9::int, $10::text)",
            "x" * draw.randrange(300) if draw.random() > 0.2 else None,
            draw.randrange(-30_000, 30_000),
            draw.random() > 0.5,
            draw.randrange(-(2**31), 2**31),
            "ü" * draw.randrange(3),
            draw.gauss(0, 1e3),
            draw.randrange(-(2**63), 2**63),
            draw.gauss(0, 1e-3),
            draw.randrange(6),
            "ab"[number % 2] if number > 20 else None,
        )
    return session


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[bool]:
    """Count how often the places suited a row (True), or had to pass."""
    counted: Counter[bool] = Counter()
    read = NumberPlaces.read

    def counting(self: NumberPlaces, row: bytes) -> np.ndarray | None:
        values = read(self, row)
        counted[values is not None] += 1
        return values

    monkeypatch.setattr(NumberPlaces, "read", counting)
    return counted


def _payloads(session: CallerClient, query: str) -> list[bytes]:
    rows = session.fetch(f"select record_send(row(input)) as payload from {query}")
    return [row["payload"] for row in rows]


def _check(session: CallerClient, encoding: Encoding, payloads: list[bytes]) -> None:
    decoder, plain = RowDecoder(session, encoding), RowDecoder(session, encoding)
    for payload in payloads:
        tensors, columns = decoder.encode(payload), plain.decode(payload)
        assert tensors is not None
        assert columns is not None
        for name, tensor in encoding.encode(columns).items():
            assert tensors[name].dtype == tensor.dtype
            np.testing.assert_array_equal(tensors[name], tensor)


@pytest.mark.parametrize("indicator", [False, True], ids=["all there", "NULL was trained"])
@pytest.mark.parametrize("encode", [None, _SCALED], ids=["standardised", "scaled otherwise"])
def test_rows_are_read_to_the_same_bits(
    measured: CallerClient, reads: Counter[bool], indicator: bool, encode: object
) -> None:
    if indicator:
        measured.execute("update measured set whole = null where small % 10 = 0")
    request = Request("measured", "y", features=_FEATURES, encode=encode)  # type: ignore[arg-type]
    encoding = prepare(measured, request).encoding
    assert encoding.only_numbers
    assert encoding.signature.inputs[0].shape == (7 + 6 + indicator,)
    _check(measured, encoding, _payloads(measured, "measured as input where whole is not null"))
    # Two columns of text, each met empty, long and NULL, take a few rows to be known for it.
    assert reads[True] > reads[False] > 0
    assert reads[False] < 10


def test_null_and_infinite_numbers_are_seen(measured: CallerClient, reads: Counter[bool]) -> None:
    encoding = prepare(measured, Request("measured", "y", features=_FEATURES)).encoding
    measured.execute("update measured set whole = null where small % 2 = 0")
    _check(measured, encoding, _payloads(measured, "measured as input"))
    assert reads[True] > 0
    decoder = RowDecoder(measured, encoding)
    there, *_ = _payloads(measured, "measured as input where whole is not null limit 1")
    assert decoder.encode(there) is not None
    for value in ("NaN", "Infinity", "-Infinity"):
        measured.execute(f"update measured set twice = '{value}' where whole is not null")
        (payload,) = _payloads(measured, "measured as input where whole is not null limit 1")
        with pytest.raises(DataError, match="twice"):
            decoder.encode(payload)


def test_an_altered_table_is_read_anew(measured: CallerClient, reads: Counter[bool]) -> None:
    encoding = prepare(measured, Request("measured", "y", features=_FEATURES)).encoding
    decoder = RowDecoder(measured, encoding)
    query = "(select * from measured limit 0) as none right join measured as input on true limit 3"
    before = [decoder.encode(payload) for payload in _payloads(measured, query)]
    measured.execute("alter table measured alter column twice type real, drop column small")
    measured.execute("alter table measured add column small smallint not null default 7")
    after = [decoder.encode(payload) for payload in _payloads(measured, query)]
    number = [feature.column for feature in encoding.features].index("small")
    for one, other in zip(before, after, strict=True):
        assert one is not None
        assert other is not None
        same = np.arange(encoding.signature.inputs[0].shape[0]) != number
        np.testing.assert_allclose(one["numeric"][:, same], other["numeric"][:, same], rtol=1e-6)
        assert one["numeric"][0, number] != other["numeric"][0, number]


def test_a_null_row_is_none(measured: CallerClient) -> None:
    encoding = prepare(measured, Request("measured", "y", features=_FEATURES)).encoding
    decoder = RowDecoder(measured, encoding)
    there, *_ = _payloads(measured, "measured as input limit 1")
    (null,) = _payloads(measured, "(select null::measured as input) as own")
    assert decoder.encode(there) is not None
    assert decoder.encode(null) is None
