"""The compiled form of a configuration: a loop over mini-batches that runs inside the framework."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from cerebro_db.model.rates import scheduled
from cerebro_db.model.signature import Signature
from cerebro_db.model.spec import Spec
from cerebro_db.model.tasks import task_of
from cerebro_db.tensors import Tensors
from cerebro_db.training.keras.heads import joint_logits
from cerebro_db.training.keras.losses import penalties, predictions
from cerebro_db.training.keras.network import Network
from cerebro_db.training.tensorflow.assembly import Assembly
from cerebro_db.training.tensorflow.compiling import compiled
from cerebro_db.training.tensorflow.losses import row_losses
from cerebro_db.training.tensorflow.rates import Rates


class CompiledLoop:
    """See ``Loop``: its variables hold the state of one configuration after the other."""

    def __init__(self, spec: Spec, network: Network, poll: Callable[[], None]) -> None:
        self._spec, self._poll, self.network = spec, poll, network
        self._assembly = Assembly(spec, network)
        poll()
        inputs, targets = _chunk_specs(spec.signature), _targets_spec(spec.signature)
        order, number = tf.TensorSpec((None,), tf.int32), tf.TensorSpec((), tf.int32)
        self._scheduled = tuple(scheduled(spec))
        course = tf.TensorSpec((None, len(self._scheduled)), tf.float32)
        self._training = compiled(
            self._train, inputs, targets, order, course, number, number, number
        )

    @property
    def size(self) -> int:
        """The size of all that a state has."""
        return self._assembly.size

    def load(self, spec: Spec, state: bytes) -> None:
        """Take over a state, and the rates of its configuration."""
        self._assembly.load(spec, state)

    def save(self) -> Tensors:
        """Return the state."""
        return self._assembly.save()

    def use_averages(self) -> None:
        """Put the averages in the place of the weights."""
        self._assembly.averages.use()

    def begin(self, inputs: Sequence[tf.Tensor]) -> None:
        """Send rows through the network once, as in training."""
        self.network.logits(inputs, training=True)

    def train(
        self,
        inputs: Sequence[tf.Tensor],
        targets: tf.Tensor,
        order: tf.Tensor,
        course: tf.Tensor,
        size: int,
        first: int,
        last: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Step through mini-batches of a chunk."""
        numbers = map(tf.constant, (size, first, last))
        losses, found = self._training(inputs, targets, order, course, *numbers)
        return np.asarray(losses), np.asarray(found)

    def evaluate(
        self, inputs: Sequence[tf.Tensor], targets: tf.Tensor, size: int, first: int, last: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Go through batches of a chunk."""
        losses, found = self._evaluation(inputs, targets, *map(tf.constant, (size, first, last)))
        return np.asarray(losses), np.asarray(found)

    @cached_property
    def _evaluation(self) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
        """See ``_evaluate``; most sub-epochs do without."""
        number = tf.TensorSpec((), tf.int32)
        inputs, targets = _chunk_specs(self._spec.signature), _targets_spec(self._spec.signature)
        return compiled(self._evaluate, inputs, targets, number, number, number)

    def _train(
        self,
        inputs: Sequence[tf.Tensor],
        targets: tf.Tensor,
        order: tf.Tensor,
        course: tf.Tensor,
        batch_size: tf.Tensor,
        first: tf.Tensor,
        last: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Step through mini-batches ``first`` up to ``last`` of the chunk's rows in ``order``.

        ``course`` has for each mini-batch of the chunk the rates that are scheduled. Returns the
        mean loss of each mini-batch and the predictions for its rows, both from before its step.
        """
        rows, rates = tf.size(order), self._assembly.rates()

        def step(i: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            batch = order[i * batch_size : tf.minimum((i + 1) * batch_size, rows)]
            taken = [tf.gather(tensor, batch) for tensor in inputs]
            return self._step(taken, tf.gather(targets, batch), self._at(rates, course, i))

        losses, logits = self._loop(step, first, last, ())
        return losses.stack(), predictions(self._spec.signature.output, logits.concat())

    def _at(self, rates: Rates, course: tf.Tensor, i: tf.Tensor) -> Rates:
        """Return the rates of a step, and have the layers know them."""
        if not self._scheduled:
            return rates
        of_step = tf.unstack(tf.gather(course, i))
        now = rates | dict(zip(self._scheduled, of_step, strict=True))
        self._assembly.set_dropout(now, self._scheduled)
        return now

    def _step(
        self, inputs: Sequence[tf.Tensor], targets: tf.Tensor, rates: Rates
    ) -> tuple[tf.Tensor, tf.Tensor]:
        network, variables = self.network, self.network.trainable_variables
        with tf.GradientTape() as tape:
            logits = network.logits(inputs, training=True)
            # Here and below: once, when the graph is made.
            self._poll()
            losses = self._losses(inputs, targets, rates, logits)
            extra = penalties(self._spec, rates, network.model)
        # What is minimised is the mean of the losses, and the penalties.
        share = 1.0 / tf.cast(tf.size(losses), tf.float32)
        gradients = tape.gradient(
            [losses, *extra],
            variables,
            output_gradients=[tf.fill(tf.shape(losses), share), *map(tf.ones_like, extra)],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        self._poll()
        # Those of embeddings are sparse; every optimizer here moves all rows in every step.
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
        steps = self._assembly.optimizer.apply(dense, rates, self._poll)
        self._assembly.averages.step(rates, steps)
        return tf.reduce_mean(losses), joint_logits(self._spec.signature.output, logits)

    def _losses(
        self, inputs: Sequence[tf.Tensor], targets: tf.Tensor, rates: Rates, logits: tf.Tensor
    ) -> tf.Tensor:
        """Return (rows,) losses, times the rows' weights where these are behind the inputs."""
        losses = row_losses(self._spec, rates, logits, targets)
        return losses * inputs[-1] if self._spec.signature.weighted else losses

    def _evaluate(
        self,
        inputs: Sequence[tf.Tensor],
        targets: tf.Tensor,
        size: tf.Tensor,
        first: tf.Tensor,
        last: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Go through batches of ``size`` rows, ``first`` up to ``last``, in the order of the chunk.

        Returns each row's loss and predictions.
        """
        rates = self._assembly.rates()

        def step(i: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            part = slice(i * size, (i + 1) * size)
            taken = [x[part] for x in inputs]
            logits = self.network.logits(taken, training=False)
            logits = joint_logits(self._spec.signature.output, logits)
            return self._losses(taken, targets[part], rates, logits), logits

        losses, logits = self._loop(step, first, last, (None,))
        return losses.concat(), predictions(self._spec.signature.output, logits.concat())

    def _loop(
        self,
        step: Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]],
        first: tf.Tensor,
        last: tf.Tensor,
        shape: tuple[None, ...],
    ) -> tuple[tf.TensorArray, tf.TensorArray]:
        """Gather the losses, of this shape, and the logits of each step."""
        of_row = self._spec.signature.output.shape
        gathered = tuple(
            tf.TensorArray(tf.float32, last - first, infer_shape=False, element_shape=element)
            for element in (shape, (None, *of_row))
        )

        def body(i: tf.Tensor, *arrays: tf.TensorArray) -> tuple[Any, ...]:
            found = step(i)
            return i + 1, *(a.write(i - first, x) for a, x in zip(arrays, found, strict=True))

        _, losses, logits = tf.while_loop(
            lambda i, *_: i < last, body, (first, *gathered), parallel_iterations=1
        )
        return losses, logits


def input_specs(signature: Signature) -> list[tf.TensorSpec]:
    """Return the shapes and types of a chunk's inputs."""
    return [tf.TensorSpec((None, *item.shape), item.dtype) for item in signature.inputs]


def _chunk_specs(signature: Signature) -> list[tf.TensorSpec]:
    """Return those of all that is taken of a chunk beside the targets: weights of rows are last."""
    weights = [tf.TensorSpec((None,), tf.float32)] if signature.weighted else []
    return [*input_specs(signature), *weights]


def _targets_spec(signature: Signature) -> tf.TensorSpec:
    task = task_of(signature.output)
    return tf.TensorSpec((None, *task.target_shape(signature.output)), task.dtype)
