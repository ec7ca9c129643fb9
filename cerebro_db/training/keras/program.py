"""The compiled form of a configuration: a loop over mini-batches that runs inside the framework.

A program serves all configurations whose graph is the same: learning rate and batch size are its
inputs. A process keeps the programs that it used last.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

import tensorflow as tf

from cerebro_db.model.signature import Signature
from cerebro_db.model.spec import Spec
from cerebro_db.training.keras.assembly import Assembly, assemble
from cerebro_db.training.keras.losses import penalty, predictions, row_losses

# Programs that a process keeps: so many, and variables of so many bytes together.
MAX_PROGRAMS = 64
MAX_BYTES = 512 * 1024 * 1024


class Program:
    """Trains and evaluates on the rows of a chunk, in calls that can be cut anywhere.

    ``rows_per_second`` is how fast the last call was, ``bytes`` the size of all variables, ``user``
    the sub-epoch whose state they hold.
    """

    def __init__(self, spec: Spec, assembly: Assembly) -> None:
        self.assembly = assembly
        self.bytes = sum(array.nbytes for array in assembly.save().values())
        self.rows_per_second = 10_000.0
        self.user: object = None
        self._spec = spec
        inputs = input_specs(spec.signature)
        targets = _targets_spec(spec.signature)
        scalar = tf.TensorSpec((), tf.int32)
        self.train = tf.function(
            self._train,
            autograph=False,
            input_signature=[
                inputs, targets, tf.TensorSpec((None,), tf.int32), scalar, scalar, scalar,
            ],
        )  # fmt: skip
        self.evaluate = tf.function(
            self._evaluate, autograph=False, input_signature=[inputs, targets]
        )

    def _train(
        self,
        inputs: Sequence[tf.Tensor],
        targets: tf.Tensor,
        order: tf.Tensor,
        batch_size: tf.Tensor,
        first: tf.Tensor,
        last: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Step through mini-batches ``first`` up to ``last`` of the chunk's rows in ``order``.

        Returns the mean loss of each mini-batch and the predictions for its rows, both from before
        its step.
        """
        rows = tf.size(order)
        units = self._spec.signature.output.units
        losses = tf.TensorArray(tf.float32, size=last - first)
        outputs = tf.TensorArray(
            tf.float32, size=last - first, infer_shape=False, element_shape=(None, units)
        )

        def step(
            i: tf.Tensor, losses: tf.TensorArray, outputs: tf.TensorArray
        ) -> tuple[tf.Tensor, tf.TensorArray, tf.TensorArray]:
            batch = order[i * batch_size : tf.minimum((i + 1) * batch_size, rows)]
            taken = [tf.gather(tensor, batch) for tensor in inputs]
            loss, logits = self._step(taken, tf.gather(targets, batch))
            return i + 1, losses.write(i - first, loss), outputs.write(i - first, logits)

        _, losses, outputs = tf.while_loop(
            lambda i, *_: i < last, step, (first, losses, outputs), parallel_iterations=1
        )
        return losses.stack(), predictions(self._spec.signature.output, outputs.concat())

    def _step(self, inputs: Sequence[tf.Tensor], targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        network, variables = self.assembly.network, self.assembly.network.model.trainable_variables
        with tf.GradientTape() as tape:
            logits = network.logits(inputs, training=True)
            loss = tf.reduce_mean(row_losses(self._spec, logits, targets))
            total = loss + penalty(self._spec, network.model)
        gradients = tape.gradient(
            total, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        # Those of embeddings are sparse; every optimizer here moves all rows in every step.
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
        self.assembly.optimizer.apply(dense, variables)
        return loss, logits

    def _evaluate(
        self, inputs: Sequence[tf.Tensor], targets: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return each row's loss and predictions."""
        logits = self.assembly.network.logits(inputs, training=False)
        losses = row_losses(self._spec, logits, targets)
        return losses, predictions(self._spec.signature.output, logits)


class Programs:
    """The programs of a process, those used last first to stay."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Program] = OrderedDict()

    def get(self, spec: Spec, assembly: Assembly | None = None) -> Program:
        """Return the spec's program, made around the assembly, or a new one, if there is none."""
        key = _key(spec)
        program = self._kept.pop(key, None) or Program(spec, assembly or assemble(spec, seed=0))
        self._kept[key] = program
        while len(self._kept) > 1 and (
            len(self._kept) > MAX_PROGRAMS
            or sum(kept.bytes for kept in self._kept.values()) > MAX_BYTES
        ):
            self._kept.popitem(last=False)
        return program

    def clear(self) -> None:
        """Let all programs go."""
        self._kept.clear()


PROGRAMS = Programs()


def input_specs(signature: Signature) -> list[tf.TensorSpec]:
    """Return the shapes and types of a chunk's inputs."""
    return [tf.TensorSpec((None, *item.shape), item.dtype) for item in signature.inputs]


def _targets_spec(signature: Signature) -> tf.TensorSpec:
    match signature.output.task:
        case "binary":
            return tf.TensorSpec((None,), tf.float32)
        case "multiclass":
            return tf.TensorSpec((None,), tf.int32)
        case _:
            return tf.TensorSpec((None, signature.output.units), tf.float32)


def _key(spec: Spec) -> str:
    """Return what the graph depends on."""
    return json.dumps(replace(spec, learning_rate=0.0, batch_size=0).to_json(), sort_keys=True)
