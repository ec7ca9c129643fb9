"""One configuration at work on one partition, with Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from textwrap import shorten
from time import perf_counter

import numpy as np
import tensorflow as tf

from cerebro_db.errors import LimitExceeded
from cerebro_db.model.spec import Spec
from cerebro_db.tensors import Tensors, pack, unpack
from cerebro_db.training._base import TARGETS, UnitKey, UnitResult
from cerebro_db.training.keras.assembly import assemble
from cerebro_db.training.keras.program import PROGRAMS
from cerebro_db.training.keras.tally import Tally

# A call into the framework cannot be interrupted, so it should not take longer than this.
_SECONDS_PER_CALL = 0.25

# Rows of a forward pass without training: few enough for the activations of large images.
_MAX_ROWS, _MAX_VALUES = 1024, 4 * 1024 * 1024


@contextmanager
def _within_memory() -> Iterator[None]:
    """Say in our own words that the framework got no more memory."""
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        raise LimitExceeded(
            "the model needs more memory than there is",
            detail=shorten(str(error.message), 200),
            hint="Use fewer units, a smaller batch size, or fewer workers.",
        ) from error


class KerasSubEpoch:
    """See ``SubEpoch`` and ``begin``."""

    def __init__(
        self, spec: Spec, key: UnitKey, state: bytes | None, poll: Callable[[], None]
    ) -> None:
        started = perf_counter()
        self._spec, self._key, self._poll = spec, key, poll
        with _within_memory():
            if state is None:
                fresh = assemble(spec, _initial_seed(key))
                self._program, tensors = PROGRAMS.get(spec, fresh), fresh.save()
            else:
                self._program, tensors = PROGRAMS.get(spec), unpack(state)
            self._program.user = self
            self._program.assembly.load(tensors)
        self._program.assembly.optimizer.learning_rate = spec.learning_rate
        self._training = Tally(spec.signature.output)
        self._validation = Tally(spec.signature.output)
        self._chunks = 0
        self._build_seconds = perf_counter() - started
        self._train_seconds = 0.0

    def train(self, chunk: Tensors) -> None:
        """Take one pass of mini-batch steps over the chunk, in the unit's own order of rows."""
        started = perf_counter()
        self._check_current()
        targets, size = chunk[TARGETS], self._spec.batch_size
        order = _order(self._key, self._chunks, len(targets))
        self._chunks += 1
        inputs = self._inputs(chunk)
        tensors = (inputs, tf.constant(targets), tf.constant(order), tf.constant(size))
        batches = -(-len(targets) // size)
        first = 0
        while first < batches:
            self._poll()
            last = min(first + self._batches_per_call(), batches)
            rows = order[first * size : last * size]
            called = perf_counter()
            with _within_memory():
                losses, predictions = self._program.train(
                    *tensors, tf.constant(first), tf.constant(last)
                )
            sums = losses.numpy().astype(np.float64) * _sizes(len(rows), size)
            self._training.add(sums, targets[rows], predictions.numpy())
            self._program.rows_per_second = len(rows) / (perf_counter() - called)
            first = last
        self._train_seconds += perf_counter() - started

    def evaluate(self, chunk: Tensors) -> None:
        """Measure on validation rows; no ``train`` may follow."""
        self._check_current()
        targets = chunk[TARGETS]
        step = evaluation_rows(chunk)
        for first in range(0, len(targets), step):
            self._poll()
            part = {name: array[first : first + step] for name, array in chunk.items()}
            losses, predictions = self._program.evaluate(
                self._inputs(part), tf.constant(part[TARGETS])
            )
            self._validation.add(
                losses.numpy().astype(np.float64), part[TARGETS], predictions.numpy()
            )

    def finish(self) -> UnitResult:
        """Return the state after all steps, and the metrics."""
        self._check_current()
        return UnitResult(
            state=pack(self._program.assembly.save()),
            rows=self._training.rows,
            training=self._training.metrics(),
            validation=self._validation.metrics() or None,
            build_seconds=self._build_seconds,
            train_seconds=self._train_seconds,
        )

    def _inputs(self, chunk: Tensors) -> list[tf.Tensor]:
        return [tf.constant(chunk[item.name]) for item in self._spec.signature.inputs]

    def _batches_per_call(self) -> int:
        rows = _SECONDS_PER_CALL * self._program.rows_per_second
        return max(1, int(rows / self._spec.batch_size))

    def _check_current(self) -> None:
        if self._program.user is not self:
            raise RuntimeError("another sub-epoch of this process has taken the variables")


def evaluation_rows(chunk: Tensors) -> int:
    """Return how many rows of a chunk to pass forward at once."""
    widest = max(array[:1].size for array in chunk.values())
    return max(1, min(_MAX_ROWS, _MAX_VALUES // max(1, widest)))


def _initial_seed(key: UnitKey) -> int:
    return int(np.random.SeedSequence([key.seed % 2**64, key.config]).generate_state(1)[0])


def _order(key: UnitKey, chunk: int, rows: int) -> np.ndarray:
    """Return the order in which the rows of a chunk are taken, int32 (rows,)."""
    seed = np.random.SeedSequence([key.seed % 2**64, key.epoch, key.partition, chunk])
    return np.random.Generator(np.random.Philox(seed)).permutation(rows).astype(np.int32)


def _sizes(rows: int, size: int) -> np.ndarray:
    """Return the rows of each mini-batch: ``size``, and what is left in the last."""
    sizes = np.full(-(-rows // size), size)
    sizes[-1] -= len(sizes) * size - rows
    return sizes
