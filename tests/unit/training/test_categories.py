"""Categories in networks: widths by column, and unknown values, trained by dropping some."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from small_datasets import BINARY, CODES, NUMERIC, WIDTHS, make_chunks, run_unit, spec_of

from cerebro_db.dataset.features.categories import width_by_values
from cerebro_db.model.families._base import embedded_widths
from cerebro_db.model.network import graph_of
from cerebro_db.model.signature import Input
from cerebro_db.model.spec import FamilyArchitecture, Spec
from cerebro_db.tensors import unpack
from cerebro_db.training import UnitKey
from cerebro_db.training.keras import layers as own


def test_codes_are_dropped_in_training_alone() -> None:
    layer = own.CodeDropout("unknown")
    layer.rate = tf.constant(0.3)
    codes = tf.constant(np.random.default_rng(0).integers(1, 9, size=(2_000, 3)), tf.int32)
    np.testing.assert_array_equal(layer(codes, training=False), codes)
    dropped = np.asarray(layer(codes, training=True))
    zero = dropped == 0
    assert 0.27 < zero.mean() < 0.33
    np.testing.assert_array_equal(dropped[~zero], np.asarray(codes)[~zero])
    assert (np.asarray(layer(codes, training=True)) != dropped).any()


def test_unknown_values_are_trained() -> None:
    """What stands for unknown values moves although no row has one, if some are dropped."""
    assert _unknown_moves({"family": "mlp"})
    assert not _unknown_moves({"family": "mlp", "unknown": 0})


def _unknown_moves(definition: dict[str, Any]) -> bool:
    spec = spec_of(definition, (NUMERIC, WIDTHS), BINARY)
    chunks = make_chunks(spec.signature, [600])
    chunks[0]["categorical"] = np.maximum(chunks[0]["categorical"], 1)
    first, then = (_unknown(run_unit(spec, UnitKey(0, 0, 0, 0), None, c)) for c in ([], chunks))
    moved = [bool((one != other).all()) for one, other in zip(first, then, strict=True)]
    assert len(set(moved)) == 1
    return moved[0]


def _unknown(result: Any) -> list[np.ndarray]:
    """Return the vectors of unknown values: of the columns of width 4, and of the one of 8."""
    arrays = unpack(result.state)
    narrow = next(a for a in arrays.values() if a.shape == (10, 4))
    wide = next(a for a in arrays.values() if a.shape == (9, 8))
    return [narrow[0], narrow[6], wide[0]]


@pytest.mark.parametrize(
    ("item", "stated", "widths"),
    [
        (WIDTHS, {}, [4, 4, 8]),
        (WIDTHS, {"embedding_dim": 5}, [5, 5, 5]),
        (CODES, {}, [16, 16]),
    ],
)
def test_vectors_have_the_widths_of_their_columns(
    item: Input, stated: dict[str, Any], widths: list[int]
) -> None:
    spec = spec_of({"family": "mlp", **stated}, (NUMERIC, item), BINARY)
    assert isinstance(spec.architecture, FamilyArchitecture)
    assert embedded_widths(item, spec.architecture.parameters["embedding_dim"]) == widths
    layers = graph_of(spec).architecture.keras["config"]["layers"]
    (embeddings,) = [one for one in layers if one["class_name"] == "ColumnEmbeddings"]
    (joined,) = [one for one in layers if one["class_name"] == "Concatenate"]
    assert embeddings["config"]["sizes"] == list(item.sizes)
    assert joined


def test_datasets_of_earlier_releases_are_read_as_before() -> None:
    """A configuration as 0.2 has stored it, and one that its run makes now."""
    made = spec_of({"family": "mlp"}, (NUMERIC, CODES), BINARY)
    assert isinstance(made.architecture, FamilyArchitecture)
    assert made.architecture.parameters["unknown"] == 0
    values = {name: v for name, v in made.architecture.parameters.items() if name != "unknown"}
    stored = replace(made, architecture=FamilyArchitecture("mlp", values | {"embedding_dim": 16}))
    before = graph_of(Spec.from_json(stored.to_json()))
    assert before.architecture == graph_of(made).architecture
    assert not any(
        layer["class_name"] == "CodeDropout"
        for layer in before.architecture.keras["config"]["layers"]
    )


def test_widths_grow_with_values() -> None:
    found = [width_by_values(values) for values in (1, 17, 40, 100, 300, 1_000, 10_000)]
    assert found == [2, 8, 16, 16, 32, 64, 64]
