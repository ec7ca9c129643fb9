"""What training takes of JAX: see ``Backend``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import jax
import jax.numpy as jnp
import numpy as np

from cerebro_db.model.code import Code
from cerebro_db.model.frameworks import JAX
from cerebro_db.model.signature import Output
from cerebro_db.model.spec import Spec
from cerebro_db.model.trainable import cannot_execute
from cerebro_db.training._backend import Forward, Parametric
from cerebro_db.training.jax.dropout import dropped, uniform
from cerebro_db.training.jax.loop import CompiledLoop
from cerebro_db.training.keras.heads import joint_logits
from cerebro_db.training.keras.losses import predictions
from cerebro_db.training.keras.network import Network
from cerebro_db.training.shortages import shortages_in_our_words


class Jax:
    """See ``Backend``."""

    dropped = staticmethod(dropped)
    uniform = staticmethod(uniform)

    def is_shortage(self, error: Exception) -> bool:
        """Return whether JAX says that it got no more memory."""
        jax_says = isinstance(error, jax.errors.JaxRuntimeError)
        return jax_says and str(error).startswith("RESOURCE_EXHAUSTED")

    def tensor(self, array: np.ndarray) -> np.ndarray:
        """Return an array for the loop, which takes batches out of it by itself."""
        return array

    def loop(self, spec: Spec, network: Network, poll: Callable[[], None]) -> CompiledLoop:
        """Return a network's loop over mini-batches."""
        return CompiledLoop(spec, network, poll)

    def forward(self, spec: Spec, network: Network) -> Forward:
        """Return what computes a network's predictions."""

        def forward(inputs: list[jax.Array]) -> jax.Array:
            logits = joint_logits(spec.signature.output, network.logits(inputs, training=False))
            return predictions(spec.signature.output, logits)

        compiled = jax.jit(forward)
        return lambda arrays: np.asarray(compiled([jnp.asarray(array) for array in arrays]))

    def biased(self, x: jax.Array, bias: jax.Array) -> jax.Array:
        """Return x plus a number for each of its last axis."""
        return x + jnp.asarray(bias)

    def waves(self, angles: jax.Array) -> jax.Array:
        """Return cosines and sines, of which XLA makes one pass."""
        return jnp.concatenate([jnp.cos(angles), jnp.sin(angles)], axis=-1)

    def parametric(self, activation: str) -> Parametric | None:
        """Return none: XLA fuses Keras' own."""
        return None

    def registered_losses(
        self, code: Code, output: Output, logits: np.ndarray, targets: np.ndarray
    ) -> np.ndarray:
        """Refuse: registered losses are made of TensorFlow."""
        raise cannot_execute(code, JAX)

    def in_our_words(self) -> AbstractContextManager[None]:
        """Say in our own words that JAX got no more memory."""
        return shortages_in_our_words(self.is_shortage)
