"""Small datasets and helpers that train on them, for the tests of this folder."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cerebro_db import training
from cerebro_db.model import Spec, resolve
from cerebro_db.model.signature import TARGETS, Input, Output, Signature
from cerebro_db.tensors import Tensors
from cerebro_db.training import Progress, Sizes, UnitKey, UnitResult, sizes_of

NUMERIC = Input("numeric", "numeric", (5,), "float32")
# A number, a boolean, a number, a constant, and a number of few values.
SPREAD = Input(
    "numeric", "numeric", (5,), "float32",
    edges=((-3.0, 0.0, 3.0), (), (-2.0, -1.0, 0.5, 2.0), (), (0.0, 1.0)),
    robust=((0.1, 0.7), (0.0, 1.0), (-0.5, 0.9), (0.0, 0.0), (0.0, 2.0)),
)  # fmt: skip
CODES = Input("categorical", "categorical", (2,), "int32", (6, 9))
WIDTHS = Input("categorical", "categorical", (3,), "int32", (6, 9, 4), widths=(4, 8, 4))
IMAGE = Input("the photo/x", "image", (8, 8, 1), "uint8")
TEXT = Input("words", "text", (7,), "int32", (30,))
BINARY = Output("binary", ("y",), 1, ("no", "yes"), (50, 50))
THREE = Output("multiclass", ("y",), 3, ("a", "b", "c"), (30, 30, 40))
LABELS = Output("multilabel", ("y",), 4, ("p", "q", "r", "s"), (5, 6, 7, 8))
VALUES = Output("regression", ("u", "v"), 2, means=(10.0, -3.0), scales=(2.0, 5.0))
ALL_KINDS = (NUMERIC, CODES, IMAGE, TEXT)
TABLE = (SPREAD, CODES)


def spec_of(definition: dict[str, Any], inputs: Sequence[Input], output: Output) -> Spec:
    return resolve(definition, {}, Signature(tuple(inputs), output), _none)


def make_chunks(signature: Signature, rows: Sequence[int], seed: int = 0) -> list[Tensors]:
    """Return chunks of random inputs whose targets depend on them."""
    rng = np.random.default_rng(seed)
    return [_chunk(signature, n, rng) for n in rows]


def run_unit(
    spec: Spec,
    key: UnitKey,
    state: bytes | None,
    chunks: Sequence[Tensors],
    validation: Sequence[Tensors] = (),
    progress: Progress | None = None,
) -> UnitResult:
    if progress is None:
        progress = Progress(2, sizes(chunks))
    work = training.begin(spec, key, state, progress=progress, poll=lambda: None)
    for chunk in chunks:
        work.train(chunk)
    for chunk in validation:
        work.evaluate(chunk)
    return work.finish()


def sizes(chunks: Sequence[Tensors]) -> Sizes:
    return sizes_of(len(chunk[TARGETS]) for chunk in chunks)


def _chunk(signature: Signature, rows: int, rng: np.random.Generator) -> Tensors:
    chunk: Tensors = {}
    signal = np.zeros(rows)
    for item in signature.inputs:
        if item.kind == "numeric":
            values = rng.normal(size=(rows, *item.shape)).astype(np.float32)
            signal += values.reshape(rows, -1).sum(axis=1)
        elif item.kind == "image":
            values = rng.integers(0, 256, size=(rows, *item.shape)).astype(np.uint8)
            signal += values.reshape(rows, -1).mean(axis=1) / 64 - 2
        else:
            top = item.sizes if item.kind == "categorical" else item.sizes * item.shape[0]
            values = rng.integers(0, top, size=(rows, len(top))).astype(np.int32)
            signal += (values[:, 0] % 2) - 0.5
            if item.kind == "text" and rows:
                values[0] = 0  # an empty text
        chunk[item.name] = values
    chunk[TARGETS] = _targets(signature.output, signal)
    return chunk


def _targets(output: Output, signal: np.ndarray) -> np.ndarray:
    match output.task:
        case "binary":
            return (signal > 0).astype(np.float32)
        case "multiclass":
            return np.digitize(signal, [-0.7, 0.7]).astype(np.int32)
        case "multilabel":
            return (signal[:, None] > np.arange(-2, 2)).astype(np.float32)
        case _:
            return np.stack([signal, -signal], axis=1).astype(np.float32)


def _none(name: str) -> dict[str, Any]:
    raise AssertionError("no model is registered here")
