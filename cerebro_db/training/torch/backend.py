"""What training takes of PyTorch: see ``Backend``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import numpy as np
import torch
from torch import Tensor

from cerebro_db.model.code import Code
from cerebro_db.model.frameworks import TORCH
from cerebro_db.model.signature import Output
from cerebro_db.model.spec import Spec
from cerebro_db.model.trainable import cannot_execute
from cerebro_db.training._backend import Forward, Parametric
from cerebro_db.training.keras.heads import joint_logits
from cerebro_db.training.keras.losses import predictions
from cerebro_db.training.keras.network import Network
from cerebro_db.training.shortages import shortages_in_our_words
from cerebro_db.training.torch.dropout import dropped, uniform
from cerebro_db.training.torch.loop import TracedLoop


class Torch:
    """See ``Backend``."""

    dropped = staticmethod(dropped)
    uniform = staticmethod(uniform)

    def is_shortage(self, error: Exception) -> bool:
        """Return whether PyTorch says that it got no more memory."""
        return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)

    def tensor(self, array: np.ndarray) -> Tensor:
        """Return an array for the loop; a copy where it cannot be written to, which PyTorch has no
        way to say."""
        return torch.from_numpy(array if array.flags.writeable else array.copy())

    def loop(self, spec: Spec, network: Network, poll: Callable[[], None]) -> TracedLoop:
        """Return a network's loop over mini-batches."""
        return TracedLoop(spec, network, poll)

    def forward(self, spec: Spec, network: Network) -> Forward:
        """Return what computes a network's predictions."""

        def forward(arrays: Sequence[np.ndarray]) -> np.ndarray:
            logits = network.logits([self.tensor(array) for array in arrays], training=False)
            joint = joint_logits(spec.signature.output, logits)
            return predictions(spec.signature.output, joint).numpy()

        return forward

    def biased(self, x: Tensor, bias: Tensor) -> Tensor:
        """Return x plus a number for each of its last axis."""
        return x + bias

    def waves(self, angles: Tensor) -> Tensor:
        """Return cosines and sines."""
        return torch.cat([angles.cos(), angles.sin()], dim=-1)

    def parametric(self, activation: str) -> Parametric | None:
        """Return none: Keras' own are few operations."""
        return None

    def registered_losses(
        self, code: Code, output: Output, logits: np.ndarray, targets: np.ndarray
    ) -> np.ndarray:
        """Refuse: registered losses are made of TensorFlow."""
        raise cannot_execute(code, TORCH)

    def in_our_words(self) -> AbstractContextManager[None]:
        """Say failures of PyTorch in our own words."""
        return shortages_in_our_words(self.is_shortage)
