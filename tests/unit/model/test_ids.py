"""An Embedding reads ids, wherever it stands, and has a vector for each."""

from __future__ import annotations

from typing import Any

import pytest

from cerebro_db.errors import InvalidArgument
from cerebro_db.model import Spec, resolve
from cerebro_db.model.code import Code
from cerebro_db.model.signature import Input, Output, Signature

BINARY = Output("binary", ("y",), 1, ("no", "yes"), (30, 10))
NUMERIC = Input("numeric", "numeric", (6,), "float32")
PHOTO = Input("photo", "image", (2, 3, 1), "uint8")
SCAN = Input("scan", "image", (2, 3, 1), "float32")
# 38 words, one id for those that are unknown, one for padding.
WORDS = Input("words", "text", (6,), "int32", (40,))
CODES = Input("categorical", "categorical", (2,), "int32", (10, 25))


def layer(class_name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "config": config}


def close(*layers: dict[str, Any], source: Input, code: Code | None = None) -> Spec:
    """Close a Sequential of these layers for a dataset with one input."""
    ends = [layer("Flatten"), layer("Dense", units="${outputs}")]
    config = {"class_name": "Sequential", "config": {"layers": [*layers, *ends]}}
    return resolve(
        {"keras": config},
        {},
        Signature((source,), BINARY),
        lambda name: {},
        lambda name, kind: code,
    )


def embedding(vectors: Any) -> dict[str, Any]:
    return layer("Embedding", input_dim=vectors, output_dim=4)


@pytest.mark.parametrize("source", [NUMERIC, PHOTO, SCAN])
@pytest.mark.parametrize("vectors", [1_000, "${vocabulary}"])
def test_numbers_are_no_ids(source: Input, vectors: Any) -> None:
    with pytest.raises(InvalidArgument, match="no ids") as refusal:
        close(embedding(vectors), source=source)
    assert f'"{source.name}"' in refusal.value.detail or f"{source.name} (" in refusal.value.detail
    assert "encode" in refusal.value.hint


@pytest.mark.parametrize(("source", "ids"), [(WORDS, 40), (CODES, 25)])
def test_every_id_has_a_vector(source: Input, ids: int) -> None:
    for vectors in (ids, ids + 1, "${vocabulary}"):
        close(embedding(vectors), source=source)
    # Of 38 words and of 24 values: one that forgets what is unknown, one that forgets padding too.
    for vectors in (ids - 1, ids - 2):
        with pytest.raises(InvalidArgument, match=f"too few vectors: it needs {ids}$") as refusal:
            close(embedding(vectors), source=source)
        assert f"are 0 to {ids - 1}" in refusal.value.detail
        assert f"input_dim of {ids}" in refusal.value.hint


@pytest.mark.parametrize(
    ("before", "ids"),
    [
        ([layer("Reshape", target_shape=[2, 3])], 40),
        ([layer("Reshape", target_shape=[3, 2]), layer("Permute", dims=[2, 1])], 40),
        ([layer("RepeatVector", n=2), layer("Flatten")], 40),
        ([layer("Activation", activation="linear")], 40),
        ([layer("Rescaling", scale=1.0, offset=2.0)], 42),
        ([layer("Rescaling", scale=-1.0, offset=39.0)], 40),
    ],
)
def test_ids_are_followed_through_layers_that_keep_them(
    before: list[dict[str, Any]], ids: int
) -> None:
    close(*before, embedding(ids), source=WORDS)
    with pytest.raises(InvalidArgument, match=f"needs {ids}$"):
        close(*before, embedding(ids - 1), source=WORDS)


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (layer("Rescaling", scale=0.5), "Rescaling changes the ids"),
        (layer("Dense", units=6), "Dense stands before"),
        (layer("Dropout", rate=0.5), "Dropout stands before"),
        (layer("BatchNormalization"), "BatchNormalization stands before"),
        (layer("Activation", activation="sigmoid"), "Activation changes the ids"),
        (embedding(40), "Embedding stands before"),
    ],
)
def test_ids_do_not_outlive_arithmetic(before: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidArgument, match="no ids") as refusal:
        close(before, embedding(1_000), source=WORDS)
    assert says in refusal.value.detail


def test_no_id_is_negative() -> None:
    with pytest.raises(InvalidArgument, match="below 0") as refusal:
        close(layer("Rescaling", scale=1.0, offset=-1.0), embedding(40), source=WORDS)
    assert "-1 to 38" in refusal.value.detail


def functional(*inputs: str, merge: str, vectors: int) -> dict[str, Any]:
    """Return a model of several inputs that are merged before one Embedding reads them."""

    def call(*names: str) -> list[dict[str, Any]]:
        tensors = [
            {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}
            for name in names
        ]
        return [{"args": [tensors if len(names) > 1 else tensors[0]], "kwargs": {}}]

    def put(name: str, class_name: str, nodes: list[dict[str, Any]], **own: Any) -> dict[str, Any]:
        config = {"name": name, **own}
        return {
            "class_name": class_name, "name": name, "config": config, "inbound_nodes": nodes
        }  # fmt: skip

    layers = [
        *(put(name, "InputLayer", [], batch_shape="${input_shape}") for name in inputs),
        put("merged", merge, call(*inputs)),
        put("vectors", "Embedding", call("merged"), input_dim=vectors, output_dim=4),
        put("flat", "Flatten", call("vectors")),
        put("last", "Dense", call("flat"), units=1),
    ]
    config = {
        "layers": layers,
        "input_layers": [[name, 0, 0] for name in inputs],
        "output_layers": [["last", 0, 0]],
    }
    return {"keras": {"class_name": "Functional", "config": config}}


def test_ids_of_several_inputs_share_an_embedding() -> None:
    signature = Signature((NUMERIC, WORDS, CODES), BINARY)

    def make(*inputs: str, vectors: int) -> Spec:
        model = functional(*inputs, merge="Concatenate", vectors=vectors)
        return resolve(model, {}, signature, lambda name: {})

    make("words", "categorical", vectors=40)
    with pytest.raises(InvalidArgument, match=r"needs 40$"):
        make("categorical", "words", vectors=25)
    with pytest.raises(InvalidArgument, match="no ids") as refusal:
        make("categorical", "numeric", vectors=1_000)
    assert '"numeric"' in refusal.value.detail


def test_sums_of_ids_are_ids() -> None:
    other = Input("others", "text", (6,), "int32", (7,))
    signature = Signature((WORDS, other), BINARY)
    for vectors, wanted in ((46, True), (45, False)):
        model = functional("words", "others", merge="Add", vectors=vectors)
        if wanted:
            resolve(model, {}, signature, lambda name: {})
        else:
            with pytest.raises(InvalidArgument, match=r"needs 46$"):
                resolve(model, {}, signature, lambda name: {})
