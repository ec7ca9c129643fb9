"""Labels that are arrays of 0 and 1: classes by their position, and nothing else without a word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from elsewhere import prepare_elsewhere
from one_server import open_batches, prepare, read

from cerebro_db import tensors
from cerebro_db.dataset.chunks import PackedChunk
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.request.request import Request
from cerebro_db.errors import CerebroError, DataError, InvalidArgument, UnsupportedType
from cerebro_db.model.signature import TARGETS, Output
from cerebro_db.testing.caller import CallerClient

TYPES = ("int[]", "smallint[]", "bigint[]", "real[]", "float8[]", "numeric[]", "boolean[]")

# Row x is of class x % 3, or of all classes that divide x.
ONE_HOT = "array[(x % 3 = 0)::int, (x % 3 = 1)::int, (x % 3 = 2)::int]"
MULTI_HOT = "array[(x % 2 = 0)::int, (x % 3 = 0)::int, (x % 5 = 0)::int]"


def source(label: str, type_: str = "int[]", rows: int = 300) -> str:
    return f"select x, ({label})::{type_} as y from generate_series(1, {rows}) as x"


def made(session: CallerClient, query: str, **options: Any) -> tuple[Output, dict[int, Any]]:
    """Prepare a source; return its output and the target of each row."""
    chunks: list[PackedChunk] = []
    found = prepare(session, Request(query, "y", features=("x",), **options), chunks=chunks)
    x = found.encoding.features[0]
    targets: dict[int, Any] = {}
    for chunk in chunks:
        rows = tensors.unpack(chunk.payload)
        numbers = (round(float(v) * x.scale + x.mean) for v in rows["numeric"][:, 0])
        targets |= dict(zip(numbers, rows[TARGETS].tolist(), strict=True))
    return found.encoding.output, targets


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("task", [None, "multiclass", "classification"])
def test_one_hot_arrays_are_classes(session: CallerClient, type_: str, task: str | None) -> None:
    output, targets = made(session, source(ONE_HOT, type_), task=task)
    assert (output.task, output.classes, output.units) == ("multiclass", ("1", "2", "3"), 3)
    assert output.counts == (80, 80, 80)
    assert targets == {x: x % 3 for x in range(1, 301)}


@pytest.mark.parametrize("type_", ["int[]", "boolean[]", "real[]"])
def test_two_positions_are_binary(session: CallerClient, type_: str) -> None:
    label = "array[(x % 4 > 0)::int, (x % 4 = 0)::int]"
    output, targets = made(session, source(label, type_))
    assert (output.task, output.classes, output.units) == ("binary", ("1", "2"), 1)
    assert targets == {x: float(x % 4 == 0) for x in range(1, 301)}
    output, _ = made(session, source(label, type_), task="multiclass")
    assert (output.task, output.units) == ("multiclass", 2)


@pytest.mark.parametrize("type_", ["int[]", "boolean[]", "real[]"])
@pytest.mark.parametrize("task", [None, "multilabel"])
def test_arrays_of_several_ones_are_several_labels(
    session: CallerClient, type_: str, task: str | None
) -> None:
    output, targets = made(session, source(MULTI_HOT, type_), task=task)
    assert (output.task, output.classes) == ("multilabel", ("1", "2", "3"))
    expected = {x: [float(x % 2 == 0), float(x % 3 == 0), float(x % 5 == 0)] for x in range(1, 301)}
    assert targets == expected
    training = 240
    assert sum(output.counts) == pytest.approx((1 / 2 + 1 / 3 + 1 / 5) * training, rel=0.2)


def test_encode_names_the_classes(session: CallerClient) -> None:
    names = ["cat", "dog", "bird"]
    encode = {"y": {"as": "onehot", "names": names}}
    output, _ = made(session, source(ONE_HOT), encode=encode)
    assert output.classes == tuple(names)
    output, _ = made(session, source(MULTI_HOT), encode=encode)
    assert output.classes == tuple(names)
    wrong: list[tuple[Any, str]] = [
        ({"as": "onehot", "names": ["cat", "dog"]}, "names 2 classes"),
        ({"as": "onehot", "names": ["cat", "cat", "dog"]}, "must name the classes"),
        ({"as": "onehot"}, "must name the classes"),
        ("onehot", "must name the classes"),
        ({"as": "onehot", "names": [1, 2, 3]}, "must name the classes"),
    ]
    for stated, says in wrong:
        with pytest.raises(InvalidArgument, match=says):
            made(session, source(ONE_HOT), encode={"y": stated})
    with pytest.raises(InvalidArgument, match="states the positive class only"):
        made(session, source("x % 2 = 0", "text"), encode=encode)
    with pytest.raises(InvalidArgument, match="which are its values"):
        made(session, source("array[x % 7, 9]"), encode=encode)


REFUSED: dict[str, tuple[str, str, type[CerebroError], str]] = {
    "lengths": ("array[1] || array_fill(0, array[x % 3])", "int[]", DataError, "from 1 to 3"),
    "none is 1": (
        "array[0, (x % 3 = 0)::int, 0]",
        "int[]",
        DataError,
        "from 0 to 1",
    ),
    "NULL": ("array[1, case when x > 1 then 0 end]", "int[]", DataError, "NULL"),
    "matrix": ("array[array[1, 0], array[0, 0]]", "int[]", DataError, "2 dimensions"),
    "one element": ("array[x % 2]", "int[]", DataError, "one element"),
    "empty": ("'{}'", "int[]", DataError, "one element"),
    "shares": ("array[0.25, 0.75]", "real[]", UnsupportedType, "other numbers"),
    "texts": ("array[x % 2, 1 - x % 2, 0]", "text[]", DataError, "by their names"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_says_no_class_is_refused(session: CallerClient, case: str) -> None:
    label, type_, error, detail = REFUSED[case]
    with pytest.raises(error) as caught:
        made(session, source(label, type_))
    assert detail in caught.value.detail
    assert '"y"' in caught.value.message
    assert caught.value.hint


def test_tasks_that_do_not_fit(session: CallerClient) -> None:
    for task, label, error in (
        ("binary", ONE_HOT, InvalidArgument),
        ("multiclass", MULTI_HOT, DataError),
        ("regression", ONE_HOT, InvalidArgument),
    ):
        with pytest.raises(error):
            made(session, source(label), task=task)
    with pytest.raises(DataError, match="constant"):
        made(session, source("array[0, 1, 0]"))


def test_sets_of_integers_are_labels_as_before(session: CallerClient) -> None:
    """NULL in them is no label, whatever their dimensions."""
    label = "array[array[x % 4, null], array[7, x % 4]]"
    output, targets = made(session, source(label))
    assert (output.task, output.classes) == ("multilabel", ("0", "1", "2", "3", "7"))
    assert targets[6] == [0, 0, 1, 0, 1]


def test_where_positions_begin_changes_nothing(session: CallerClient) -> None:
    label = "case when x % 2 = 0 then '{0,1}' else '[0:1]={1,0}' end"
    output, targets = made(session, source(label))
    assert output.task == "binary"
    assert targets == {x: float(x % 2 == 0) for x in range(1, 301)}


def test_other_rows_are_read_alike_and_checked(session: CallerClient) -> None:
    encoding: Encoding = prepare(session, Request(source(ONE_HOT), "y", features=("x",))).encoding
    kept = Encoding.from_json(encoding.to_json())
    for type_ in TYPES:
        with open_batches(session, kept, source(ONE_HOT, type_, 50), labels=True) as rows:
            columns = read(rows)
        expected = [x % 3 for x in range(1, 51)]
        assert sorted(kept.encode_target(columns).tolist()) == sorted(expected)
    for label in ("array[0, 1]", "array[1, 1, 0]", "array[0, 0, 0]", "array[0, 2, 0]",
                  "array[0, null, 1]", "array[array[0, 1, 0]]"):  # fmt: skip
        with open_batches(session, kept, source(label, rows=3), labels=True) as rows:
            columns = read(rows)
        with pytest.raises(DataError, match="did not see"):
            kept.encode_target(columns)


@pytest.mark.parametrize("label", [ONE_HOT, MULTI_HOT])
def test_rows_that_stay_where_they_are(session: CallerClient, label: str) -> None:
    request = Request(source(label), "y", features=("x",))
    here: list[PackedChunk] = []
    elsewhere: dict[Any, bytes] = {}
    one = prepare(session, request, chunks=here)
    other = prepare_elsewhere(session, request, elsewhere)
    assert other.encoding.output == one.encoding.output
    for chunk in here:
        found = tensors.unpack(elsewhere[chunk.validation, chunk.partition, chunk.seq])
        np.testing.assert_array_equal(found[TARGETS], tensors.unpack(chunk.payload)[TARGETS])


def test_a_stated_split_has_training_rows_of_each_position(session: CallerClient) -> None:
    query = f"select *, x % 3 = 2 or x > 250 as late from ({source(ONE_HOT)}) as rows"
    with pytest.raises(DataError, match="without a training row: '3'"):
        made(session, query, validation="late")
