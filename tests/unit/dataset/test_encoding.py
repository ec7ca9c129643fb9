"""The encoding as a whole: its tensors, their names, and its way through JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cerebro_db.dataset.chunks import chunk_rows
from cerebro_db.dataset.columns import Columns
from cerebro_db.dataset.encoding import Dropped, Encoding
from cerebro_db.dataset.features.arrays import ArrayImage, Vector
from cerebro_db.dataset.features.categories import Embedding, OneHot
from cerebro_db.dataset.features.dates import DateTime
from cerebro_db.dataset.features.images import ByteImage
from cerebro_db.dataset.features.numbers import Number
from cerebro_db.dataset.features.texts import Text
from cerebro_db.errors import DataError
from cerebro_db.model.signature import Input, Output

_BINARY = Output("binary", ("y",), 1, ("no", "yes"), (3, 4))

_ALL = Encoding(
    (
        Number("age", "integer", "", True, 40.0, 0.1, False),
        OneHot("plan", "text", "", True, ("a", "b")),
        Embedding("city", "text", "", False, ("x", "ÿ☃")),
        Number("flag", "boolean", "", False, 0.0, 1.0, True),
        Text("targets", "text", "", True, 3, 5, ("hello", "you", "me")),
        DateTime("seen", "date", "", False, 0.0, 86_400.0, False),
        Vector("pair", "real[]", "", False, (1.0, 2.0), (0.5, 0.25)),
        Embedding("zip", "text", "", True, ("1",)),
        ArrayImage("numeric", "real[]", "", False, (1, 2, 1), 0.1, 3.3),
        ByteImage("numeric_", "bytea", "", False, (1, 2, 1), "uint8", 0.0, 1.0),
    ),
    (Dropped("id", "uuid", "an id"),),
    _BINARY,
)

_ROWS: Columns = {
    "age": np.array([40.0, np.nan]),
    "plan": ["b", None],
    "city": ["ÿ☃", "?"],
    "flag": np.array([1.0, 0.0]),
    "targets": ["you hello", None],
    "seen": np.array([86_400.0, 0.0]),
    "pair": [np.array([1.5, 2.0]), np.array([1.0, 2.25])],
    "zip": ["1", None],
    "numeric": [np.zeros((1, 2)), None],
    "numeric_": [b"\x01\x02", None],
}


def test_tensors() -> None:
    tensors = _ALL.encode(_ROWS)
    # age and whether it is missing, plan's two values and whether it is missing, flag, whether
    # the text is missing, seven parts of the date, the pair.
    numeric = tensors["numeric"]
    assert numeric.shape == (2, 2 + 3 + 1 + 1 + 7 + 2)
    assert numeric[0, :7].tolist() == [0, 0, 0, 1, 0, 1, 0]
    assert numeric[1, :7].tolist() == [0, 1, 0, 0, 1, 0, 1]
    assert numeric[:, 13].tolist() == [1.0, 0.0]
    assert numeric[:, 14:].tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert tensors["categorical"].tolist() == [[2, 1], [0, 2]]
    assert tensors["targets_"].tolist() == [[3, 2, 0], [0, 0, 0]]
    assert tensors["numeric_"].dtype == np.uint8
    assert tensors["numeric__"].dtype == np.float32


def test_the_signature_describes_the_tensors() -> None:
    tensors = _ALL.encode(_ROWS)
    inputs = _ALL.signature.inputs
    assert [item.name for item in inputs] == list(tensors)
    for item in inputs:
        assert tensors[item.name].shape[1:] == item.shape
        assert tensors[item.name].dtype == item.dtype
    assert inputs[1] == Input("categorical", "categorical", (2,), "int32", (3, 3))
    assert inputs[2] == Input("targets_", "text", (3,), "int32", (5,))
    assert _ALL.signature.output == _BINARY


def test_round_trip_through_json() -> None:
    again = Encoding.from_json(json.loads(json.dumps(_ALL.to_json())))
    assert again == _ALL
    tensors, others = _ALL.encode(_ROWS), again.encode(_ROWS)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(tensor, others[name])


def test_description() -> None:
    described = {row["column"]: row for row in _ALL.describe()}
    assert set(described["age"]) == {"column", "type", "kind", "why", "width", "options"}
    assert described["age"]["width"] == 2
    assert described["id"] == {
        "column": "id", "type": "uuid", "kind": "skip", "why": "an id", "width": 0, "options": {},
    }  # fmt: skip
    json.dumps(list(described.values()))


def test_rows_alone_and_together_are_the_same_bits() -> None:
    together = _ALL.encode(_ROWS)
    for row in range(2):
        alone = _ALL.encode({name: values[row : row + 1] for name, values in _ROWS.items()})
        for name, tensor in alone.items():
            np.testing.assert_array_equal(tensor[0], together[name][row])


def test_targets() -> None:
    def targets(output: Output, columns: Columns) -> np.ndarray:
        return Encoding((), (), output).encode_target(columns)

    binary = targets(_BINARY, {"y": ["yes", "no"]})
    assert (binary.dtype, binary.tolist()) == (np.float32, [1.0, 0.0])
    classes = targets(Output("multiclass", ("y",), 3, ("a", "b", "c")), {"y": ["c", "a"]})
    assert (classes.dtype, classes.tolist()) == (np.int32, [2, 0])
    labels = targets(Output("multilabel", ("y",), 2, ("a", "b")), {"y": [["b"], [], ["a", "b"]]})
    assert (labels.dtype, labels.tolist()) == (np.float32, [[0, 1], [0, 0], [1, 1]])
    regression = Output("regression", ("u", "v"), 2, means=(1.0, 0.0), scales=(2.0, 1.0))
    values = targets(regression, {"u": np.array([3.0]), "v": np.array([7.0])})
    assert (values.dtype, values.tolist()) == (np.float32, [[1.0, 7.0]])
    with pytest.raises(DataError, match="training did not see"):
        targets(_BINARY, {"y": ["maybe"]})
    with pytest.raises(DataError, match='"v" holds NaN'):
        targets(regression, {"u": np.array([3.0]), "v": np.array([np.inf])})


@pytest.mark.parametrize(
    ("shape", "rows"),
    [((1, 1, 1), 65_536), ((28, 28, 1), 4_096), ((128, 128, 3), 256), ((2_000, 2_000, 3), 4)],
)
def test_rows_of_a_chunk(shape: tuple[int, ...], rows: int) -> None:
    image = ByteImage("i", "bytea", "", False, shape, "uint8", 0.0, 1.0)
    assert chunk_rows(Encoding((image,), (), _BINARY)) == rows
