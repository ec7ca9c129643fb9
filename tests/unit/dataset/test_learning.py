"""Fitters that learn from batches apart and are merged learn what one fitter does."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cerebro_db.dataset.columns import Column, Values
from cerebro_db.dataset.features import FITTERS, Fitter
from cerebro_db.dataset.features import texts as texts_module
from cerebro_db.dataset.features.arrays import ArrayFitter, ArrayImageFitter, VectorFitter
from cerebro_db.dataset.features.dates import DateTimeFitter
from cerebro_db.dataset.features.ids import IdsFitter
from cerebro_db.dataset.features.images import ByteImageFitter
from cerebro_db.dataset.features.numbers import NumberFitter, UnstatedNumberFitter
from cerebro_db.dataset.features.texts import TextFitter
from cerebro_db.dataset.fitting import learning
from cerebro_db.errors import DataError

_NUMBER = Column("n", "real", "float4send")
_DATE = Column("d", "date", "date_send")
_ARRAY = Column("a", "real[]", "array_send", "float4send")
_IDS = Column("i", "int[]", "array_send", "int4send")
_BYTES = Column("b", "bytea", "byteasend")
_TEXT = Column("t", "text", "textsend")


@dataclass(frozen=True)
class _Batch:
    values: Values
    training: bool


def _batches(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[_Batch]]:
    """Batches of training and validation rows; any may be empty or all NULL."""
    return st.lists(st.builds(_Batch, values, st.sampled_from([True, True, False])), max_size=5)


# Shapes and lengths differ, and numbers are infinite, but not so often that nothing is learned.
_finite = st.floats(-1e6, 1e6, width=32)
_dirty = st.one_of([_finite] * 9 + [st.sampled_from([math.inf, 1e300, -1e300])])
_floats = st.one_of(
    st.lists(st.one_of(number, st.just(math.nan)), max_size=6).map(lambda v: np.array(v, float))
    for number in (_finite, _dirty)
)
_few = st.sampled_from([0.0, 1.0, 2.0, 7.0, 9.0])
_shapes = st.sampled_from([(2, 3)] * 8 + [(3, 2), (2,), (0,)])
_arrays = st.one_of(
    st.lists(st.none() | arrays(float, (2, 3), elements=_finite), max_size=5),
    st.lists(st.none() | arrays(float, (3,), elements=_finite), max_size=5),
    st.lists(st.none() | arrays(float, (0,)), max_size=5),
    st.lists(st.none() | arrays(float, _shapes, elements=_dirty), max_size=5),
)
_pixels = st.lists(
    st.none()
    | arrays(
        "<f4", st.sampled_from([4, 4, 4, 4, 3]), elements=st.floats(width=32, allow_nan=False)
    ).map(lambda image: image.tobytes())
    | st.just(b"12345"),
    max_size=5,
)
_images = st.lists(st.none() | st.binary(min_size=4, max_size=4), max_size=5)
# Some are negative or too large, some are NULL, and some arrays are no sequences.
_sequences = st.one_of(
    st.lists(
        st.none() | st.lists(own, max_size=4).map(lambda ids: np.array(ids, float)), max_size=5
    )
    for own in (st.integers(0, 9), st.sampled_from([*range(9), -3, 12, 2**62, math.inf]))
) | st.lists(arrays(float, st.sampled_from([(2,)] * 9 + [(1, 2)]), elements=st.just(1.0)))
_words = st.lists(st.none() | st.text("aä☃' B\"\\", max_size=9), max_size=5)

_KINDS: dict[str, tuple[Callable[[], Fitter], st.SearchStrategy[Any]]] = {
    "number": (lambda: NumberFitter(_NUMBER, {}, "why"), _floats),
    "unstated number": (lambda: UnstatedNumberFitter(_NUMBER, {}, "why"), _floats),
    "date": (lambda: DateTimeFitter(_DATE, {}, "why"), _floats),
    "vector": (lambda: VectorFitter(_ARRAY, {}, "why"), _arrays),
    "few numbers": (
        lambda: NumberFitter(_NUMBER, {"onehot": 4, "min_rows": 1}, "why"),
        st.lists(_few, max_size=6).map(lambda v: np.array(v, float)),
    ),
    "vector of few numbers": (
        lambda: VectorFitter(_ARRAY, {"onehot": 4, "min_rows": 1}, "why"),
        st.lists(st.none() | arrays(float, (2,), elements=_few), max_size=6),
    ),
    "array": (lambda: ArrayFitter(_ARRAY, {}, "why"), _arrays),
    "array image": (lambda: ArrayImageFitter(_ARRAY, {"shape": [3, 2]}, "why"), _arrays),
    "float image": (
        lambda: ByteImageFitter(_BYTES, {"shape": [2, 2], "dtype": "float32"}, "why"),
        _pixels,
    ),
    "byte image": (lambda: ByteImageFitter(_BYTES, {"shape": [2, 2]}, "why"), _images),
    "ids": (lambda: IdsFitter(_IDS, {"size": 10}, "why"), _sequences),
    "any ids": (lambda: IdsFitter(_IDS, {"unknown": 3}, "why"), _sequences),
    "text": (lambda: TextFitter(_TEXT, {}, "why"), _words),
    "hashed text": (lambda: TextFitter(_TEXT, {"method": "hash"}, "why"), _words),
}


def _together(fitter: Fitter, batches: Sequence[_Batch]) -> Fitter:
    for batch in batches:
        learning.learn([fitter], {fitter.column.name: batch.values}, training=batch.training)
    return fitter


def _apart(fitter: Fitter, batches: Sequence[_Batch]) -> Fitter:
    """Learn from each batch with a fitter of its own, of which only JSON is seen here."""
    document = _through_json(learning.fitters_to_json([fitter]))
    for batch in batches:
        (own,) = learning.fitters_from_json(document)
        learning.merge([fitter], _through_json(learning.partials([_together(own, [batch])])))
    return fitter


def _through_json(document: Any) -> Any:
    return json.loads(json.dumps(document, allow_nan=False))


def _outcome(fitter: Fitter) -> Any:
    """Return the feature, or the words of the error."""
    # Such columns are dropped.
    if fitter.nulls == fitter.rows:
        return fitter.rows
    try:
        return fitter.finish().to_json()
    except DataError as error:
        return error.message, error.detail, error.hint


def _flat(numbers: Sequence[Any]) -> list[float]:
    return [n for part in numbers for n in (part if isinstance(part, tuple) else (part,))]


def _assert_near(found: Any, due: Any) -> None:
    if not isinstance(due, dict):
        assert found == due
        return
    assert found.keys() == due.keys()
    for name, value in due.items():
        if name in ("edges", "robust") and value:
            np.testing.assert_allclose(_flat(found[name]), _flat(value), rtol=1e-6, atol=1e-6)
            continue
        near = name in ("mean", "scale", "means", "scales")
        assert found[name] == (pytest.approx(value, rel=1e-12) if near else value)


@pytest.mark.parametrize("kind", _KINDS)
@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_apart_and_merged_as_together(kind: str, data: st.DataObject) -> None:
    make, values = _KINDS[kind]
    batches = data.draw(_batches(values))
    together, apart = _together(make(), batches), _apart(make(), batches)
    assert (apart.rows, apart.nulls) == (together.rows, together.nulls)
    _assert_near(_outcome(apart), _outcome(together))


@given(data=st.data())
def test_partials_may_themselves_be_merged(data: st.DataObject) -> None:
    batches = data.draw(_batches(_arrays))
    cut = data.draw(st.integers(0, len(batches)))
    whole = _together(VectorFitter(_ARRAY, {}, ""), batches)
    halves = [_apart(VectorFitter(_ARRAY, {}, ""), part) for part in (batches[:cut], batches[cut:])]
    learning.merge([halves[0]], learning.partials([halves[1]]))
    one, other = _outcome(halves[0]), _outcome(whole)
    if isinstance(other, dict):
        np.testing.assert_allclose(one["means"], other["means"], rtol=1e-9, atol=1e-6)
        np.testing.assert_allclose(one["scales"], other["scales"], rtol=1e-6, atol=1e-6)
    else:
        assert one == other


def test_every_fitter_is_rebuilt_as_what_it_is() -> None:
    fitters = [make() for make, _ in _KINDS.values()]
    assert {type(fitter).__name__ for fitter in fitters} == set(FITTERS)
    rebuilt = learning.fitters_from_json(_through_json(learning.fitters_to_json(fitters)))
    for one, other in zip(rebuilt, fitters, strict=True):
        assert type(one) is type(other)
        assert (one.column, one.options, one.why) == (other.column, other.options, other.why)


def test_memory_stays_bounded_when_words_are_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts_module, "_COUNTED", 3)
    batches = [_Batch([f"often rare{number}"], True) for number in range(9)]
    fitter = _apart(TextFitter(_TEXT, {}, ""), batches)
    (partial,) = learning.partials([fitter])
    assert partial["words"]["often"] == 9
    assert len(partial["words"]) <= 3


def test_numbers_that_overflow_when_merged_are_refused() -> None:
    batches = [_Batch(np.array([value]), True) for value in (1e300, -1e300)]
    with pytest.raises(DataError, match="too large") as caught:
        _apart(NumberFitter(_NUMBER, {}, ""), batches).finish()
    assert caught.value.detail == "The largest is 1e+300, the least -1e+300."
