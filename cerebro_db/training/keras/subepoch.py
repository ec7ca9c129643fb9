"""One configuration at work on one partition, with Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from time import perf_counter
from typing import Any

import numpy as np

from cerebro_db.errors import Diverged
from cerebro_db.model.signature import ROW_WEIGHTS, TARGETS
from cerebro_db.model.spec import Spec
from cerebro_db.model.tasks import task_of
from cerebro_db.tensors import Tensors
from cerebro_db.training._base import Chunk, Progress, UnitKey, UnitResult
from cerebro_db.training.course import Course
from cerebro_db.training.keras.layers.data_driven import DataDriven, beginning
from cerebro_db.training.keras.network import build_network
from cerebro_db.training.keras.pretrained import taken_over
from cerebro_db.training.keras.programs import PROGRAMS, Pace
from cerebro_db.training.keras.weights import first_averages, first_state
from cerebro_db.training.registered import measures
from cerebro_db.training.runtime import backend, computing
from cerebro_db.training.states import weights_in, write_state
from cerebro_db.training.tally import Tally

# Of the first chunk, for layers that begin with rows: enough for a mean, and a few milliseconds.
_FIRST_ROWS = 2_048
# Tells their random numbers from those of initial weights.
_BEGINNING = 1

# Standard deviations from the mean at which a single number spoils a sum of squares in float32.
_FAR = 1e15


class KerasSubEpoch:
    """See ``SubEpoch`` and ``begin``."""

    def __init__(
        self,
        spec: Spec,
        key: UnitKey,
        state: bytes | None,
        progress: Progress | None,
        lender: Spec | None,
        poll: Callable[[], None],
    ) -> None:
        self._spec, self._key, self._poll = spec, key, poll
        self._backend = backend()
        self._course = Course(spec, key.epoch, progress)
        poll()
        with computing():
            # Whether there are weights that depend on the first rows.
            self._begins = state is None or lender is not None
            if state is None or lender is not None:
                network = build_network(spec, _initial_seed(key), poll)
                self._program = PROGRAMS.get(spec, network, poll=poll)
                initial = first_state(spec, network)
                if lender is not None:
                    initial = taken_over(spec, network, initial, lender, state, poll)
                state = write_state(initial | first_averages(spec, network, initial))
            else:
                self._program = PROGRAMS.get(spec, poll=poll)
            self._program.user = self
            self._program.loop.load(spec, state)
        registered = measures(spec)
        self._training, self._validation = (
            Tally(spec.signature.output, registered, clip=spec.clip) for _ in range(2)
        )
        self._chunks = 0
        # Once averages have taken the place of the weights.
        self._state: Tensors | None = None

    @computing()
    def train(self, chunk: Tensors) -> None:
        """Take one pass of mini-batch steps over the chunk, in the unit's own order of rows."""
        self._check_current()
        inputs, targets, labels = self._tensors(chunk)
        if self._begins and len(targets):
            self._begins = False
            self._begin_with(inputs)
        size = self._spec.batch_size
        order = _order(self._key, self._chunks, len(labels))
        self._chunks += 1
        course = self._course.ahead(-(-len(order) // size))
        way = [self._backend.tensor(array) for array in (order, course)]
        for first, last in self._calls(self._program.training_pace, len(order), size):
            losses, predictions = self._program.loop.train(
                inputs, targets, way[0], way[1], size, first, last
            )
            rows = order[first * size : last * size]
            sums = np.asarray(losses, np.float64) * _sizes(len(rows), size)
            self._require_finite("loss is", sums, chunk=chunk)
            self._training.add(sums, labels[rows], predictions, self._weights(chunk, rows))

    @computing()
    def evaluate(self, chunk: Tensors) -> None:
        """Measure on validation rows; no ``train`` may follow."""
        self._check_current()
        if self._spec.ema and self._state is None:
            self._state = self._program.loop.save()
            self._program.loop.use_averages()
        inputs, targets, labels = self._tensors(chunk)
        size = self._program.forward_rows
        for first, last in self._calls(self._program.evaluation_pace, len(labels), size):
            losses, predictions = self._program.loop.evaluate(inputs, targets, size, first, last)
            rows = slice(first * size, last * size)
            of_rows = np.asarray(losses, np.float64)
            self._require_finite("validation loss is", of_rows, chunk=chunk)
            self._validation.add(of_rows, labels[rows], predictions, self._weights(chunk, rows))

    @computing()
    def finish(self) -> UnitResult:
        """Return the state after all steps, and the metrics."""
        self._check_current()
        state = self._program.loop.save() if self._state is None else self._state
        # The last step comes after the last loss, and not every weight has a part in every loss.
        self._require_finite("weights are", *weights_in(state).values())
        return UnitResult(
            state=write_state(state, self._program.notes),
            rows=self._training.rows or self._validation.rows,
            training=self._training.metrics(),
            validation=self._validation.metrics() or None,
        )

    def _begin_with(self, inputs: list[Any]) -> None:
        """Have layers whose first weights depend on the rows begin with these."""
        pretrained = self._spec.pretrained
        kept = () if pretrained is None else pretrained.layers
        layers = [
            layer
            for name, layer in self._program.loop.network.layers.items()
            if isinstance(layer, DataDriven) and name not in kept
        ]
        if layers:
            self._poll()
            random = np.random.default_rng([_initial_seed(self._key), _BEGINNING])
            with beginning(layers, random):
                rows = [tensor[:_FIRST_ROWS] for tensor in inputs]
                self._program.loop.begin(rows)

    def _calls(self, pace: Pace, rows: int, size: int) -> Iterator[tuple[int, int]]:
        """Cut batches of ``size`` rows into calls of a bearable length, from batch to batch."""
        batches = -(-rows // size)
        first = 0
        while first < batches:
            self._poll()
            last = min(first + pace.batches(size), batches)
            called = perf_counter()
            yield first, last
            pace.took(last - first, size, perf_counter() - called)
            first = last

    def _tensors(self, chunk: Tensors) -> tuple[list[Any], Any, np.ndarray]:
        """Return the inputs in the signature's order, row weights behind them, and the targets, as
        a tensor and as they are.

        Values that no scale was learned of yet, as chunks of folds hold them, take the network's.
        """
        weights = [ROW_WEIGHTS] if self._spec.signature.weighted else []
        names = [*(item.name for item in self._spec.signature.inputs), *weights, TARGETS]
        held = chunk if isinstance(chunk, Chunk) else Chunk(chunk)
        if held.tensors is None:
            held.tensors = {name: self._backend.tensor(held[name]) for name in names}
            # One copy in memory is enough.
            held.update({name: np.asarray(tensor) for name, tensor in held.tensors.items()})
        *inputs, targets = (held.tensors[name] for name in names)
        output = self._spec.signature.output
        labels = task_of(output).in_own_scale(output, held[TARGETS])
        if labels is not held[TARGETS]:
            targets = self._backend.tensor(labels)
        return inputs, targets, labels

    def _weights(self, chunk: Tensors, rows: np.ndarray | slice) -> np.ndarray | None:
        """Return how much rows of a chunk count; None where all count the same."""
        return chunk[ROW_WEIGHTS][rows] if self._spec.signature.weighted else None

    def _require_finite(self, what: str, *arrays: np.ndarray, chunk: Tensors | None = None) -> None:
        if not all(np.isfinite(array).all() for array in arrays):
            raise Diverged(
                f"{what} not finite in epoch {self._key.epoch} on partition {self._key.partition}",
                detail="" if chunk is None else self._far(chunk),
                hint="Lower the learning rate, or set clipnorm.",
            )

    def _far(self, chunk: Tensors) -> str:
        """Return that a row lies so far out that no learning rate would help, if one does."""
        numbers = [chunk[i.name] for i in self._spec.signature.inputs if i.dtype == "float32"]
        largest = max((float(np.abs(array).max(initial=0)) for array in numbers), default=0.0)
        if largest < _FAR:
            return ""
        return f"An input is {largest:.3g} times the standard deviation from its mean."

    def _check_current(self) -> None:
        if self._program.user is not self:
            raise RuntimeError("another sub-epoch of this process has taken the variables")


def _initial_seed(key: UnitKey) -> int:
    of = [key.seed % 2**64, key.config, *([key.fold] if key.fold else [])]
    return int(np.random.SeedSequence(of).generate_state(1)[0])


def _order(key: UnitKey, chunk: int, rows: int) -> np.ndarray:
    """Return the order in which the rows of a chunk are taken, int32 (rows,)."""
    return _permutation((key.seed % 2**64, key.epoch, key.partition, chunk), rows)


@lru_cache(maxsize=64)
def _permutation(seed: tuple[int, ...], rows: int) -> np.ndarray:
    # Kept, since the units of all configurations on a partition come soon after one another.
    random = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))
    order = random.permutation(rows).astype(np.int32)
    order.flags.writeable = False
    return order


def _sizes(rows: int, size: int) -> np.ndarray:
    """Return the rows of each mini-batch: ``size``, and what is left in the last."""
    sizes = np.full(-(-rows // size), size)
    sizes[-1] -= len(sizes) * size - rows
    return sizes
