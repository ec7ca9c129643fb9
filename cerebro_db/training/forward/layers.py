"""Layers with weights over vectors of features: dense, embedding, normalisations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from cerebro_db.model.layers.embedding import tables
from cerebro_db.training.forward.activations import ACTIVATIONS

Array = np.ndarray
Operation = Callable[..., Array]


def _dense(kernel: Array, bias: Array | None = None, *, activation: str) -> Operation:
    return finish(lambda x: product(x, kernel), bias, activation)


def product(x: Array, kernel: Array) -> Array:
    """Return the matrix product over the last axis of x, of as many axes as x has."""
    if x.ndim == 2:
        return x.dot(kernel)
    # Of more axes numpy makes a product of vectors for each number of the result.
    return x.reshape(-1, len(kernel)).dot(kernel).reshape(*x.shape[:-1], kernel.shape[1])


def _embedding(table: Array) -> Operation:
    return lambda codes: table[codes.astype(np.intp)]


def _column_embeddings(
    *weights: Array, sizes: Sequence[int], dim: int | Sequence[int], merge: str = "concat"
) -> Operation:
    """Take a table of each width, narrow ones first."""
    columns = [own for _, own in tables(len(sizes), dim)]
    starts = [np.array([0, *accumulate(sizes[i] for i in own[:-1])], np.intp) for own in columns]

    def of_one(codes: Array) -> Array:
        vectors = weights[0][codes + starts[0]]
        return vectors.sum(axis=1) if merge == "sum" else vectors.reshape(len(codes), -1)

    def of_all(codes: Array) -> Array:
        parts = [
            table[codes[:, own] + start].reshape(len(codes), -1)
            for table, own, start in zip(weights, columns, starts, strict=True)
        ]
        return np.concatenate(parts, axis=1)

    return of_one if len(weights) == 1 else of_all


def _word_mask() -> Operation:
    return lambda ids: ids != 0


def _masked_mean() -> Operation:
    def mean(vectors: Array, mask: Array) -> Array:
        present = mask[..., None].astype(np.float32)
        return (vectors * present).sum(axis=1) / np.maximum(present.sum(axis=1), np.float32(1))

    return mean


def _masked_max() -> Operation:
    def most(vectors: Array, mask: Array) -> Array:
        present = mask[..., None].astype(np.float32)
        lowered = vectors - (np.float32(1) - present) * np.float32(1e9)
        return lowered.max(axis=1) * present.max(axis=1)

    return most


def _batch_normalization(*weights: Array, epsilon: float, center: bool, scale: bool) -> Operation:
    """Take gamma if scaled, beta if centred, moving mean and moving variance."""
    left = list(weights)
    gamma = left.pop(0) if scale else np.float32(1.0)
    beta = left.pop(0) if center else np.float32(0.0)
    mean, variance = left
    slope = gamma / np.sqrt(variance + np.float32(epsilon))
    offset = beta - mean * slope
    return lambda x: x * slope + offset


def _layer_normalization(
    *weights: Array, axis: Sequence[int], epsilon: float, center: bool, scale: bool
) -> Operation:
    """Take gamma if scaled and beta if centred, both of the shape of the axes."""
    axes = tuple(axis)

    def normalize(x: Array) -> Array:
        mean = x.mean(axis=axes, keepdims=True)
        variance = x.var(axis=axes, keepdims=True)
        result = (x - mean) / np.sqrt(variance + np.float32(epsilon))
        left = list(weights)
        shape = [n if i in axes or i - x.ndim in axes else 1 for i, n in enumerate(x.shape)]
        if scale:
            result *= left.pop(0).reshape(shape)
        if center:
            result += left.pop(0).reshape(shape)
        return result

    return normalize


def _group_normalization(
    *weights: Array, groups: int, axis: int, epsilon: float, center: bool, scale: bool
) -> Operation:
    """Take gamma if scaled and beta if centred, both of as many numbers as there are channels."""
    left = list(weights)
    gamma = left.pop(0) if scale else np.float32(1.0)
    beta = left.pop(0) if center else np.float32(0.0)

    def normalize(x: Array) -> Array:
        moved = np.moveaxis(x, axis, -1)
        channels = moved.shape[-1]
        several = channels if groups == -1 else groups
        apart = moved.reshape(len(x), -1, several, channels // several)
        mean = apart.mean(axis=(1, 3), keepdims=True)
        variance = apart.var(axis=(1, 3), keepdims=True)
        found = (apart - mean) / np.sqrt(variance + np.float32(epsilon))
        return np.moveaxis(found.reshape(moved.shape) * gamma + beta, -1, axis)

    return normalize


def _standardize(*, mean: Any, variance: Any, axis: Sequence[int], invert: bool) -> Operation:
    """Shift and scale by moments that are stated for all numbers, or along the last of the axes."""
    center = np.asarray(mean, np.float32)
    spread = np.maximum(np.sqrt(np.asarray(variance, np.float32)), np.float32(1e-7))

    def standardize(x: Array) -> Array:
        m, s = center, spread
        if center.ndim:
            place = max(one % x.ndim for one in axis)
            shape = [-1 if i == place else 1 for i in range(x.ndim)]
            m, s = center.reshape(shape), spread.reshape(shape)
        return m + x * s if invert else (x - m) / s

    return standardize


def _prelu(alpha: Array) -> Operation:
    return lambda x: np.where(x > 0, x, alpha * x)


def finish(operation: Operation, bias: Array | None, activation: str) -> Operation:
    """Return the operation with a bias and an activation behind it."""
    activate = ACTIVATIONS[activation]
    if bias is None:
        return operation if activation == "linear" else lambda x: activate(operation(x))

    def biased(x: Array) -> Array:
        result = operation(x)
        result += bias
        return result

    return biased if activation == "linear" else lambda x: activate(biased(x))


OPERATIONS: dict[str, Callable[..., Operation]] = {
    "batch_normalization": _batch_normalization,
    "column_embeddings": _column_embeddings,
    "dense": _dense,
    "embedding": _embedding,
    "group_normalization": _group_normalization,
    "layer_normalization": _layer_normalization,
    "masked_max": _masked_max,
    "masked_mean": _masked_mean,
    "prelu": _prelu,
    "standardize": _standardize,
    "word_mask": _word_mask,
}
