"""The contracts of training: with a framework, and with units. Read this before either.

A unit is (spec, state, chunks) → (state, metrics), in one process and without a database:

    key, progress = UnitKey(seed, config, epoch, partition), Progress(epochs, whole, passed)
    work = begin(spec, key, state, progress=progress, poll=check_for_cancel)
    for chunk in partition: work.train(chunk)
    for chunk in validation: work.evaluate(chunk)
    result = work.finish()

A chunk holds an array for each input of the signature, under its name, the targets under
``TARGETS`` of ``model/signature``, and where rows are weighed their weights under ``ROW_WEIGHTS``;
shapes and dtypes are those of ``Input`` and ``Output`` behind the rows. One that many units train
on is best held as a ``Chunk``.

A configuration that begins with another's weights has that one's state as the first one's argument,
and its spec as ``lender``.

The result depends on the arguments alone. How the work is cut into calls of the framework, what the
process did before and what else it holds does not matter; states are equal bit for bit.

A unit that ends has finite losses and weights. Where a loss is NaN or infinite, any method raises
Diverged at once; where weights or moving averages are, ``finish`` does at the latest. The loss of
validation rows counts like that of training rows: a model that overflows on rows that it is judged
by has no rank among others. The state that the unit began with is good.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from cerebro_db.tensors import Tensors


class Chunk(dict[str, np.ndarray]):
    """A chunk that is held for many units: what the framework makes of it is made once.

    ``tensors`` is the framework's; the chunk's own arrays share their memory from then on.
    """

    tensors: dict[str, Any] | None = None


@dataclass(frozen=True)
class UnitKey:
    """The identity of a unit within its run: the source of all its randomness.

    Initial weights come from (seed, config, fold); the order of the rows of chunk i comes from
    (seed, epoch, partition, i) and is the same for every configuration.
    """

    seed: int
    config: int
    epoch: int
    partition: int
    fold: int = 0


Sizes = tuple[tuple[int, int], ...]
"""Rows of a chunk, and how many chunks have so many."""


def sizes_of(rows: Iterable[int]) -> Sizes:
    """Return the sizes of chunks that have so many rows each."""
    return tuple(sorted(Counter(rows).items()))


def together(several: Iterable[Sizes]) -> Sizes:
    """Return the sizes of all chunks of several partitions."""
    total: Counter[int] = Counter()
    for sizes in several:
        total.update(dict(sizes))
    return tuple(sorted(total.items()))


@dataclass(frozen=True)
class Progress:
    """How far a configuration has come when a unit begins: what schedules go by.

    It is counted in the steps that the configuration would have taken up to there by itself, so one
    that took over another's state with another batch size has come as far as that one.

    Args:
        epochs: of its whole budget.
        whole: the chunks of an epoch; each ends a mini-batch.
        passed: those of them that were trained on in this epoch.
    """

    epochs: int
    whole: Sizes
    passed: Sizes = ()

    def steps(self, epoch: int, batch_size: int) -> tuple[int, int]:
        """Return how many steps come before the unit, which is one of that epoch, and in all."""

        def count(sizes: Sizes) -> int:
            return sum(chunks * -(-rows // batch_size) for rows, chunks in sizes)

        of_epoch = count(self.whole)
        return (epoch - 1) * of_epoch + count(self.passed), self.epochs * of_epoch


@dataclass(frozen=True)
class UnitResult:
    """The result of a unit: the state that hops on, and metrics.

    ``training`` is measured on each mini-batch just before the step that it causes; ``validation``
    after the last step, and None without validation chunks. Both hold "loss" (without penalties),
    which is finite, and the metrics of the task, which are NaN where the rows do not define them.
    ``rows`` are those that it was trained on; where it was only measured, those that it was
    measured on, and ``training`` holds nothing.
    """

    state: bytes
    rows: int
    training: dict[str, float]
    validation: dict[str, float] | None


class SubEpoch(Protocol):
    """One configuration at work on one partition. What ``poll`` raises passes through any method,
    as does Diverged; the object is then of no more use."""

    def train(self, chunk: Tensors) -> None:
        """Take one pass of mini-batch steps over the chunk, in the unit's own order of rows."""

    def evaluate(self, chunk: Tensors) -> None:
        """Measure on validation rows; no ``train`` may follow."""

    def finish(self) -> UnitResult:
        """Return the state after all steps, and the metrics."""


class Predictor(Protocol):
    """A trained configuration that answers for rows."""

    def predict(self, inputs: Tensors) -> np.ndarray:
        """Return probabilities (of two classes that of the second), or values in the targets' own
        units: (rows, ...) of the output's shape."""
