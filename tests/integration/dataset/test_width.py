"""Sources as wide as the server's tables can be, of whatever kind of column."""

from __future__ import annotations

import numpy as np
import pytest
from elsewhere import prepare_elsewhere
from one_server import open_batches, prepare, read

from cerebro_db import tensors
from cerebro_db.dataset.chunks import PackedChunk
from cerebro_db.dataset.request.request import Request
from cerebro_db.testing.caller import CallerClient

# Of which a table or a view has at most 1,600, the label among them.
_WIDEST = 1_599

_TEXT = "'v' || (i + {k}) % 5"
_FREE = "'the ' || i || ' of ' || i * {k} % 11 || ' and ' || i % 3"
_BYTES = "decode(lpad(to_hex((i + {k}) % 251), 2, '0'), 'hex')"
_IMAGE = {"as": "image", "shape": [1, 1], "dtype": "uint8"}


def _source(value: str, width: int, rows: int = 40, target: str = "i % 2 = 0 as y") -> str:
    columns = ", ".join(f"{value.format(k=k)} as c{k}" for k in range(1, width + 1))
    return f"select {columns}, {target} from generate_series(1, {rows}) as i"


@pytest.mark.parametrize(
    ("value", "width", "encode", "kind"),
    [
        (_TEXT, 500, None, "onehot"),
        (_TEXT, _WIDEST, None, "onehot"),
        ("(" + _TEXT.replace("'v' || ", "") + ")::text::\"char\"", _WIDEST, None, "onehot"),
        (_TEXT, 300, "embedding", "embedding"),
        (_FREE, 300, None, "text"),
        ("array[i, (i + {k}) % 7]", _WIDEST, None, "vector"),
        (_BYTES, 300, _IMAGE, "image"),
        ("(i + {k}) % 7 + 0.5", _WIDEST, None, "number"),
        ("timestamp '2020-01-01' + (i + {k}) % 97 * interval '31 hours'", 400, None, "datetime"),
    ],
)  # fmt: skip
def test_any_kind_of_column(
    session: CallerClient, value: str, width: int, encode: object, kind: str
) -> None:
    stated = None if encode is None else {f"c{k}": encode for k in range(1, width + 1)}
    request = Request(_source(value, width), "y", encode=stated)
    here: list[PackedChunk] = []
    elsewhere: dict[object, bytes] = {}
    made = prepare(session, request, chunks=here)
    other = prepare_elsewhere(session, request, elsewhere)
    assert [feature.kind for feature in made.encoding.features] == [kind] * width
    assert other.encoding.columns == made.encoding.columns
    for chunk in here:
        found = tensors.unpack(elsewhere[chunk.validation, chunk.partition, chunk.seq])
        for name, array in tensors.unpack(chunk.payload).items():
            np.testing.assert_allclose(found[name], array, rtol=1e-5, atol=1e-5)
    with open_batches(session, made.encoding, request.source, key="y", labels=True) as rows:
        assert {len(values) for values in read(rows).values()} == {40}


@pytest.mark.parametrize("width", [2, 700])
def test_many_targets(session: CallerClient, width: int) -> None:
    """They are numbers, and each is standardised by itself."""
    targets = ", ".join(f"c{k}" for k in range(1, width + 1))
    request = Request(_source("i * {k} + 0.25", width), targets)
    here: list[PackedChunk] = []
    elsewhere: dict[object, bytes] = {}
    made = prepare(session, request, chunks=here)
    prepare_elsewhere(session, request, elsewhere)
    output = made.encoding.output
    assert output.units == width
    scaled = output.means[0] - 0.25
    due_means = [scaled * k + 0.25 for k in range(1, width + 1)]
    np.testing.assert_allclose(output.means, due_means, rtol=1e-9)
    for chunk in here:
        found = tensors.unpack(elsewhere[chunk.validation, chunk.partition, chunk.seq])
        due = tensors.unpack(chunk.payload)["targets"]
        np.testing.assert_allclose(found["targets"], due, rtol=1e-5, atol=1e-5)
        # All are multiples of the first.
        np.testing.assert_allclose(due, due[:, :1].repeat(width, axis=1), rtol=1e-4, atol=1e-5)


def test_texts_of_one_group_are_told_apart(session: CallerClient) -> None:
    """Some as categories, one as free text, one of a value in each row, one without any."""
    columns = ", ".join(f"'v' || i % {k} as c{k}" for k in range(2, 220))
    source = (
        f"select {columns}, {_FREE.format(k=3)} as free, 'id ' || i as own, null::text as none,"
        " i % 2 = 0 as y from generate_series(1, 400) as i"
    )
    made = prepare(session, Request(source, "y", encode={"c5": {"as": "onehot", "max": 2}}))
    kinds = {feature.column: feature for feature in made.encoding.features}
    assert [kinds[f"c{k}"].kind for k in (2, 16, 17, 219)] == ["onehot"] * 2 + ["embedding"] * 2
    assert [kinds[f"c{k}"].options["values"] for k in (2, 5, 16, 17)] == [2, 2, 16, 17]
    assert kinds["free"].kind == "text"
    assert {column.column: column.why.split()[0] for column in made.encoding.dropped} == {
        "own": "a",
        "none": "NULL",
    }
