"""Arrays as safetensors documents: what the library writes is what is read, without a copy."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from safetensors.numpy import load, save

from cerebro_db.errors import DataError
from cerebro_db.tensors import Tensors, notes_of, pack, unpack

_TYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]

any_tensors = st.dictionaries(
    st.text().filter(lambda name: name != "__metadata__"),
    st.sampled_from(_TYPES).flatmap(
        lambda kind: arrays(np.dtype(kind), array_shapes(min_dims=0, min_side=0))
    ),
)


@given(any_tensors)
def test_the_bytes_are_those_of_the_library(tensors: Tensors) -> None:
    ours, theirs = pack(tensors), save(tensors)
    assert _body(ours) == _body(theirs)
    assert len(ours) == len(theirs)
    for found in (load(ours), unpack(ours), unpack(theirs)):
        assert set(found) == set(tensors)
        for name, array in tensors.items():
            assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
            assert found[name].tobytes() == array.tobytes()


@given(any_tensors, st.randoms(use_true_random=False))
def test_equal_arrays_give_equal_bytes(tensors: Tensors, shuffled: random.Random) -> None:
    names = list(tensors)
    shuffled.shuffle(names)
    assert pack({name: np.array(tensors[name], order="F") for name in names}) == pack(tensors)


def test_nothing_is_copied_and_the_order_is_that_of_the_bytes() -> None:
    payload = pack({"y": np.ones(3, "f4"), "x": np.zeros(1000, "f4"), "z": np.ones(1)})
    found, whole = unpack(payload), np.frombuffer(payload, np.uint8)
    assert list(found) == ["z", "x", "y"]
    assert all(np.shares_memory(array, whole) for array in found.values())
    assert not any(array.flags.writeable for array in found.values())


def test_notes_stand_beside_the_arrays() -> None:
    notes = {"graph": "{}", "ä": "worth it"}
    payload = pack({"x": np.zeros(2)}, notes)
    assert notes_of(payload) == notes
    assert list(unpack(payload)) == list(load(payload)) == ["x"]
    assert notes_of(pack({"x": np.zeros(2)})) == {}


@pytest.mark.parametrize("length", [0, 7, 8, 30, -1])
def test_a_document_that_was_cut_is_refused(length: int) -> None:
    with pytest.raises(DataError, match="damaged"):
        unpack(pack({"x": np.arange(9.0)})[:length])


@pytest.mark.parametrize(
    "manifest",
    [
        b"[]",
        b"7",
        b"{}",
        b'{"x": 7}',
        b'{"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 7]}}',
        b'{"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}',
        b'{"x": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}',
        b'{"x": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}',
        b'{"x": {"dtype": "F32", "shape": "ab", "data_offsets": [0, 8]}}',
        b'{"x": {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]}}',
        b'{"x": {"dtype": "F32", "shape": [-1, -2], "data_offsets": [0, 8]}}',
        b'{"x": {"dtype": "O", "shape": [1], "data_offsets": [0, 8]}}',
        b'{"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], "more": 1}}',
    ],
)
def test_a_manifest_that_is_none_is_refused(manifest: bytes) -> None:
    with pytest.raises(DataError, match="damaged"):
        unpack(len(manifest).to_bytes(8, "little") + manifest + bytes(8))


def _body(payload: bytes) -> bytes:
    return payload[8 + int.from_bytes(payload[:8], "little") :]
