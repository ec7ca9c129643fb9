"""What training takes of TensorFlow: see ``Backend``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
import tensorflow as tf

from cerebro_db.model.code import Code
from cerebro_db.model.signature import Output
from cerebro_db.model.spec import Spec
from cerebro_db.training._backend import Forward, Parametric
from cerebro_db.training.keras.heads import joint_logits
from cerebro_db.training.keras.losses import predictions
from cerebro_db.training.keras.network import Network
from cerebro_db.training.tensorflow.compiling import compiled
from cerebro_db.training.tensorflow.dropout import dropped, uniform
from cerebro_db.training.tensorflow.failures import in_our_words
from cerebro_db.training.tensorflow.fused import FUSED, waves
from cerebro_db.training.tensorflow.loop import CompiledLoop, input_specs
from cerebro_db.training.tensorflow.losses import registered_losses


class TensorFlow:
    """See ``Backend``."""

    dropped = staticmethod(dropped)
    uniform = staticmethod(uniform)
    waves = staticmethod(waves)

    def is_shortage(self, error: Exception) -> bool:
        """Return whether TensorFlow says that it got no more memory."""
        return isinstance(error, tf.errors.ResourceExhaustedError)

    def tensor(self, array: np.ndarray) -> tf.Tensor:
        """Return an array for the loop."""
        return tf.constant(array)

    def loop(self, spec: Spec, network: Network, poll: Callable[[], None]) -> CompiledLoop:
        """Return a network's loop over mini-batches."""
        return CompiledLoop(spec, network, poll)

    def forward(self, spec: Spec, network: Network) -> Forward:
        """Return what computes a network's predictions."""

        def forward(inputs: list[tf.Tensor]) -> tf.Tensor:
            logits = joint_logits(spec.signature.output, network.logits(inputs, training=False))
            return predictions(spec.signature.output, logits)

        graph = compiled(forward, input_specs(spec.signature))
        return lambda arrays: graph([tf.constant(array) for array in arrays]).numpy()

    def biased(self, x: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
        """Return x plus a number for each column, whose gradient TensorFlow has a kernel for."""
        return tf.nn.bias_add(x, bias)

    def parametric(self, activation: str) -> Parametric | None:
        """Return an activation with strengths, if there is a faster one."""
        fused = FUSED.get(activation)
        if fused is None:
            return None
        # A function with a gradient of its own takes no variables.
        return lambda x, strength: fused(x, tf.convert_to_tensor(strength))

    def registered_losses(
        self, code: Code, output: Output, logits: np.ndarray, targets: np.ndarray
    ) -> np.ndarray:
        """Return the (rows,) losses that a registered one gives."""
        return np.asarray(registered_losses(code, output, logits, targets))

    def in_our_words(self) -> AbstractContextManager[None]:
        """Say failures of TensorFlow in our own words."""
        return in_our_words()
