"""Layers whose first weights depend on the rows: they begin with what reaches them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np


class DataDriven(keras.layers.Layer):
    """A layer that, called within ``beginning``, first sets its weights by what it is called on."""

    _random: np.random.Generator | None = None

    def call(self, x: Any) -> Any:
        if self._random is not None:
            self.begin(x, self._random)
        return self.apply(x)

    @abstractmethod
    def begin(self, x: Any, random: np.random.Generator) -> None:
        """Set the weights by (rows, columns) of training rows on their way through the network."""

    @abstractmethod
    def apply(self, x: Any) -> Any:
        """Return what the layer gives."""


@contextmanager
def beginning(layers: Iterable[DataDriven], random: np.random.Generator) -> Iterator[None]:
    """Have the layers begin with the rows that the network is called on in here."""
    taken = list(layers)
    for layer in taken:
        layer._random = random
    try:
        yield
    finally:
        for layer in taken:
            layer._random = None
