"""The compiled form of a configuration: a loop over mini-batches that runs inside the framework.

A program serves all configurations whose graph is the same: batch size and rates are its inputs. A
process keeps the programs that it used last.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import tensorflow as tf

from cerebro_db.model.cost.step import forward_rows, training_work
from cerebro_db.model.network import graph_of
from cerebro_db.model.rates import scheduled, structure
from cerebro_db.model.signature import Signature
from cerebro_db.model.spec import Spec
from cerebro_db.training.forward import CLIP, reading
from cerebro_db.training.keras.assembly import Assembly, weights_by_layer
from cerebro_db.training.keras.compiling import compiled
from cerebro_db.training.keras.heads import joint_logits
from cerebro_db.training.keras.losses import penalties, predictions, row_losses
from cerebro_db.training.keras.network import Network, build_network
from cerebro_db.training.keras.rates import Rates

# Programs that a process keeps: so many, and variables of so many bytes together.
MAX_PROGRAMS = 64
MAX_BYTES = 512 * 1024 * 1024

# A call into the framework cannot be interrupted, so it should not take longer than this.
SECONDS_PER_CALL = 0.25
# How many batches the first call takes, and fewer where an estimate says that they are too long.
_FIRST_BATCHES = 10
# Of a large matrix product, by a processor that has other things to do too.
_OPERATIONS_PER_SECOND = 50 * 10**9


class Program:
    """Trains and evaluates on the rows of a chunk, in calls that can be cut anywhere.

    ``training_pace`` and ``evaluation_pace`` say how long the next call may be, ``user`` is the
    sub-epoch whose state the variables hold, and ``notes`` go with each state.
    """

    def __init__(self, spec: Spec, network: Network, poll: Callable[[], None]) -> None:
        self._poll = poll
        self.assembly = Assembly(spec, network)
        poll()
        names = weights_by_layer(network)
        self.notes = reading.notes(graph_of(spec).architecture, spec.signature, names)
        if spec.clip:
            self.notes[CLIP] = "true"
        self.training_pace = Pace(lambda rows: training_work(spec, rows))
        # Evaluating is the forward pass, a third of a step.
        self.evaluation_pace = Pace(lambda rows: training_work(spec, rows) // 3)
        self.user: object = None
        self._spec = spec
        inputs, targets = _chunk_specs(spec.signature), _targets_spec(spec.signature)
        order, number = tf.TensorSpec((None,), tf.int32), tf.TensorSpec((), tf.int32)
        self._scheduled = tuple(scheduled(spec))
        course = tf.TensorSpec((None, len(self._scheduled)), tf.float32)
        self.train = compiled(self._train, inputs, targets, order, course, number, number, number)

    @cached_property
    def evaluate(self) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
        """See ``_evaluate``; most sub-epochs do without."""
        number = tf.TensorSpec((), tf.int32)
        inputs, targets = _chunk_specs(self._spec.signature), _targets_spec(self._spec.signature)
        return compiled(self._evaluate, inputs, targets, number, number, number)

    @cached_property
    def forward_rows(self) -> int:
        """How many rows to evaluate at once."""
        return forward_rows(self._spec)

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
        rows, rates = tf.size(order), self.assembly.rates()

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
        self.assembly.set_dropout(now, self._scheduled)
        return now

    def _step(
        self, inputs: Sequence[tf.Tensor], targets: tf.Tensor, rates: Rates
    ) -> tuple[tf.Tensor, tf.Tensor]:
        network, variables = self.assembly.network, self.assembly.network.trainable_variables
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
        steps = self.assembly.optimizer.apply(dense, rates, self._poll)
        self.assembly.averages.step(rates, steps)
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
        rates = self.assembly.rates()

        def step(i: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            part = slice(i * size, (i + 1) * size)
            taken = [x[part] for x in inputs]
            logits = self.assembly.network.logits(taken, training=False)
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
        units = self._spec.signature.output.units
        gathered = tuple(
            tf.TensorArray(tf.float32, last - first, infer_shape=False, element_shape=element)
            for element in (shape, (None, units))
        )

        def body(i: tf.Tensor, *arrays: tf.TensorArray) -> tuple[Any, ...]:
            found = step(i)
            return i + 1, *(a.write(i - first, x) for a, x in zip(arrays, found, strict=True))

        _, losses, logits = tf.while_loop(
            lambda i, *_: i < last, body, (first, *gathered), parallel_iterations=1
        )
        return losses, logits


@dataclass
class Pace:
    """How fast the last call with batches of a size was, and so how long the next one may be.

    ``work`` estimates, before the first call, the operations of a batch of so many rows.
    """

    work: Callable[[int], int]
    _seconds: dict[int, float] = field(default_factory=dict)

    def batches(self, size: int) -> int:
        """Return how many batches of so many rows to take in the next call."""
        seconds = self._seconds.get(size)
        if seconds is None:
            expected = 1e-9 + self.work(size) / _OPERATIONS_PER_SECOND
            return max(1, min(_FIRST_BATCHES, int(SECONDS_PER_CALL / expected)))
        return max(1, int(SECONDS_PER_CALL / seconds))

    def took(self, batches: int, size: int, seconds: float) -> None:
        """Note how long a call of so many batches of so many rows took."""
        self._seconds[size] = seconds / batches


class Programs:
    """The programs of a process, those used last first to stay."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Program] = OrderedDict()

    def get(
        self, spec: Spec, network: Network | None = None, *, poll: Callable[[], None]
    ) -> Program:
        """Return the spec's program; if there is none yet, a new one, around the network.

        A deep model takes seconds to compile: ``poll`` is called between the parts of that.
        """
        key = structure(spec)
        program = self._kept.pop(key, None) or _compile(spec, network, poll)
        self._kept[key] = program
        while len(self._kept) > 1 and (
            len(self._kept) > MAX_PROGRAMS
            or sum(kept.assembly.bytes for kept in self._kept.values()) > MAX_BYTES
        ):
            self._kept.popitem(last=False)
        return program

    def clear(self) -> None:
        """Let all programs go."""
        self._kept.clear()


def _compile(spec: Spec, network: Network | None, poll: Callable[[], None]) -> Program:
    network = network or build_network(spec, poll=poll)
    poll()
    program = Program(spec, network, poll)
    poll()
    return program


PROGRAMS = Programs()


def input_specs(signature: Signature) -> list[tf.TensorSpec]:
    """Return the shapes and types of a chunk's inputs."""
    return [tf.TensorSpec((None, *item.shape), item.dtype) for item in signature.inputs]


def _chunk_specs(signature: Signature) -> list[tf.TensorSpec]:
    """Return those of all that is taken of a chunk beside the targets: weights of rows are last."""
    weights = [tf.TensorSpec((None,), tf.float32)] if signature.weighted else []
    return [*input_specs(signature), *weights]


def _targets_spec(signature: Signature) -> tf.TensorSpec:
    match signature.output.task:
        case "binary":
            return tf.TensorSpec((None,), tf.float32)
        case "multiclass":
            return tf.TensorSpec((None,), tf.int32)
        case _:
            return tf.TensorSpec((None, signature.output.units), tf.float32)
