"""Columns as tokens, and attention; ``training/keras/layers/tokens.py`` says what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np

from cerebro_db.training.forward.activations import softmax

Array = np.ndarray
Operation = Callable[..., Array]


def _code_tokens(table: Array, bias: Array, *, sizes: Sequence[int]) -> Operation:
    starts = np.array([0, *accumulate(sizes[:-1])], np.intp)
    return lambda codes: table[codes + starts] + bias


def _answer_token(token: Array) -> Operation:
    def add(x: Array) -> Array:
        first = np.broadcast_to(token, (len(x), 1, len(token)))
        return np.concatenate([first, x], axis=1)

    return add


def _token_attention(*weights: Array, heads: int, first: bool) -> Operation:
    """Take kernel and bias of query, key, value and output."""
    query, key, value, output = zip(weights[::2], weights[1::2], strict=True)
    scale = np.float32((len(weights[0]) // heads) ** -0.5)

    def split(x: Array) -> Array:
        return x.reshape(*x.shape[:2], heads, -1).transpose(0, 2, 1, 3)

    def attend(x: Array) -> Array:
        asking = split(_dense(x[:, :1] if first else x, *query)) * scale
        found = softmax(np.matmul(asking, split(_dense(x, *key)).transpose(0, 1, 3, 2)))
        taken = np.matmul(found, split(_dense(x, *value))).transpose(0, 2, 1, 3)
        return _dense(taken.reshape(len(x), -1, x.shape[2]), *output)

    return attend


def _dense(x: Array, kernel: Array, bias: Array) -> Array:
    return x.dot(kernel) + bias


OPERATIONS: dict[str, Callable[..., Operation]] = {
    "answer_token": _answer_token,
    "code_tokens": _code_tokens,
    "token_attention": _token_attention,
}
