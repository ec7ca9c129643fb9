"""Layers of networks with several heads, which share most of their weights (TabM, Gorishniy et al.,
ICLR 2025; BatchEnsemble, Wen et al., ICLR 2020), initialised as in the authors' package tabm, which
decays all weights but biases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from cerebro_db.training.keras.layers._base import Heads, Shape, own_layer
from cerebro_db.training.keras.layers.starts import Scales, scales, uniform
from cerebro_db.training.runtime import backend


class _Scaled(keras.layers.Layer):
    def __init__(
        self,
        heads: int,
        scaling: Scales = "ones",
        chunks: Sequence[int] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.heads, self.scaling = heads, scaling
        self.chunks = None if chunks is None else list(chunks)

    def get_config(self) -> dict[str, Any]:
        own = {"heads": self.heads, "scaling": self.scaling, "chunks": self.chunks}
        return {**super().get_config(), **own}

    def _of_heads(self, name: str, numbers: int, start: Any) -> Any:
        return self.add_weight((self.heads, numbers), start, name=name)


@own_layer
class ScaledHeads(_Scaled):
    """From (rows, numbers) to (rows, heads, numbers): each head has a factor for each number.

    Args:
        scaling: what factors begin with: ones, signs by chance, or normal numbers.
        chunks: widths of parts of a row whose factors begin alike.
    """

    def build(self, shape: tuple[Any, ...]) -> None:
        self.scale = self._of_heads("scale", shape[-1], scales(self.scaling, self.chunks))

    def call(self, x: Any) -> Any:
        return x[:, None, :] * self.scale

    def compute_output_shape(self, shape: Shape) -> Shape:
        return (shape[0], self.heads, shape[-1])


@own_layer
class SharedDense(_Scaled):
    """From (rows, numbers), or (rows, heads, numbers), to (rows, heads, units): a dense layer whose
    kernel is all heads' own, while each has factors for what comes and goes, and a bias.

    Args:
        scaling, chunks: of the factors for what comes; see ``ScaledHeads``.
    """

    def __init__(self, units: int, heads: int, **options: Any) -> None:
        super().__init__(heads, **options)
        self.units = units

    def build(self, shape: tuple[Any, ...]) -> None:
        numbers = shape[-1]
        self.kernel = self.add_weight((numbers, self.units), uniform(numbers), name="kernel")
        self.taken = self._of_heads("taken", numbers, scales(self.scaling, self.chunks))
        self.given = self._of_heads("given", self.units, keras.initializers.Ones())
        self.bias = self._of_heads("bias", self.units, _alike(uniform(numbers)))

    def call(self, x: Any) -> Any:
        if len(x.shape) == 2:
            # One product with the kernels of all heads: what they take is the same.
            kernels = self.kernel[:, None] * ops.transpose(self.taken)[:, :, None] * self.given
            wide = ops.matmul(x, ops.reshape(kernels, (x.shape[1], -1)))
            wide = backend().biased(wide, ops.reshape(self.bias, (-1,)))
            return ops.reshape(wide, (-1, self.heads, self.units))
        flat = ops.reshape(x * self.taken, (-1, x.shape[2]))
        shared = ops.reshape(ops.matmul(flat, self.kernel), (-1, self.heads, self.units))
        return shared * self.given + self.bias

    def compute_output_shape(self, shape: Shape) -> Shape:
        return (shape[0], self.heads, self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


@own_layer
class HeadDense(Heads):
    """From (rows, heads, numbers) to (rows, heads, units): a dense layer of each head's own."""

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units

    def build(self, shape: tuple[Any, ...]) -> None:
        _, heads, numbers = shape
        start = uniform(numbers)
        self.kernel = self.add_weight((heads, numbers, self.units), start, name="kernel")
        self.bias = self.add_weight((heads, self.units), start, name="bias")

    def call(self, x: Any) -> Any:
        found = ops.matmul(ops.transpose(x, (1, 0, 2)), self.kernel)
        return ops.transpose(found, (1, 0, 2)) + self.bias

    def compute_output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


def _alike(start: keras.initializers.Initializer) -> Any:
    """Return what begins alike for all heads."""
    return lambda shape, dtype=None: ops.tile(start((1, *shape[1:]), dtype), (shape[0], 1))
