"""Our units of training against the plainest compiled loop on arrays in memory.

    python -m benchmarks.training [--rounds 5] [w1 w2 w3]

The loop is one call of TensorFlow for a whole partition: it gathers each mini-batch from one array,
and Keras' optimizer takes the step; it measures nothing and keeps its weights where they are. Ours
is all of a unit: the state taken in, the chunks in their order, training metrics, the state put
out. Both take turns on one thread of one process, on half of the workload's rows.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import click
import numpy as np

from benchmarks.workloads import WORKLOADS, Workload
from cerebro_db import training
from cerebro_db.model import resolve
from cerebro_db.model.signature import TARGETS, Input, Output, Signature

# As large as the chunks of a dataset.
_CHUNK_BYTES = 4 << 20

# Trains for one sub-epoch; the number says which.
_SubEpoch = Callable[[int], None]


@dataclass(frozen=True)
class Measured:
    """Seconds of each sub-epoch over so many rows, ours and the loop's, in turns."""

    workload: str
    rows: int
    ours: tuple[float, ...]
    loop: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times as long as the loop ours takes: the median over the rounds."""
        return statistics.median(a / b for a, b in zip(self.ours, self.loop, strict=True))


@click.command()
@click.argument("workloads", nargs=-1, type=click.Choice(list(WORKLOADS)))
@click.option("--rounds", default=5, show_default=True)
def main(workloads: tuple[str, ...], rounds: int) -> None:
    """Compare on these workloads, or on all."""
    for name in workloads or WORKLOADS:
        found = compare(WORKLOADS[name], rounds)
        ours, loop = (found.rows / statistics.median(s) for s in (found.ours, found.loop))
        click.echo(
            f"{name}: {ours:9,.0f} rows a second in units, {loop:9,.0f} in the loop;"
            f" units take {found.ratio:.3f} times as long"
        )


def compare(workload: Workload, rounds: int) -> Measured:
    """Measure so many sub-epochs of each, after two that compile and warm up."""
    training.configure(1)
    training.warm_up()
    x, y = _arrays(workload)
    turns = {"ours": _units(workload, x, y), "loop": _loop(workload, x, y)}
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    for number in range(2 + rounds):
        for name, sub_epoch in turns.items():
            started = perf_counter()
            sub_epoch(number)
            seconds[name].append(perf_counter() - started)
    return Measured(workload.name, len(y), tuple(seconds["ours"][2:]), tuple(seconds["loop"][2:]))


def _arrays(workload: Workload) -> tuple[np.ndarray, np.ndarray]:
    """Return features and labels that can be learned, of half of the rows."""
    random = np.random.default_rng(0)
    shape = (workload.rows // 2, *workload.shape)
    binary = workload.classes == 2
    if workload.filters:
        x = random.integers(0, 256, shape, np.uint8)
    else:
        x = random.standard_normal(shape, np.float32)
    signal = x.reshape(len(x), -1)[:, :64].astype(np.float32) @ random.standard_normal(64)
    borders = np.quantile(signal, np.linspace(0, 1, workload.classes + 1)[1:-1])
    return x, np.digitize(signal, borders).astype(np.float32 if binary else np.int32)


def _units(workload: Workload, x: np.ndarray, y: np.ndarray) -> _SubEpoch:
    taken = Input("numeric", "numeric", workload.shape, "float32")
    if workload.filters:
        taken = Input("x", "image", workload.shape, "uint8")
    labels = tuple(str(number) for number in range(workload.classes))
    output = Output("multiclass", ("y",), len(labels), labels)
    if workload.classes == 2:
        output = Output("binary", ("y",), 1, labels)
    signature = Signature((taken,), output)
    spec = resolve(workload.model, vars(workload.configs[0]), signature, _nothing_registered)
    size = 1 << round(np.log2(_CHUNK_BYTES / (x[:1].nbytes + y[:1].nbytes)))
    chunks = [
        training.Chunk({taken.name: x[rows], TARGETS: y[rows]}) for rows in _slices(len(y), size)
    ]
    state: bytes | None = None

    def sub_epoch(number: int) -> None:
        nonlocal state
        work = training.begin(spec, training.UnitKey(0, 1, number, 0), state, poll=lambda: None)
        for chunk in chunks:
            work.train(chunk)
        state = work.finish().state

    return sub_epoch


def _loop(workload: Workload, x: np.ndarray, y: np.ndarray) -> _SubEpoch:
    import tensorflow as tf

    from benchmarks.rivals import _keras

    model = _keras.compiled(workload, workload.configs[0])
    variables, optimizer = model.trainable_variables, model.optimizer
    optimizer.build(variables)
    features, targets = tf.constant(x), tf.constant(y)
    size, rows = workload.batch_size, len(y)

    @tf.function(autograph=False)
    def pass_over(order: tf.Tensor) -> tf.Tensor:
        def step(i: tf.Tensor, total: tf.Tensor) -> Any:
            batch = order[i * size : tf.minimum((i + 1) * size, rows)]
            taken, aim = tf.gather(features, batch), tf.gather(targets, batch)
            if taken.dtype == tf.uint8:
                taken = tf.cast(taken, tf.float32) / 255
            with tf.GradientTape() as tape:
                loss = model.loss(aim[:, None], model(taken, training=True))
            optimizer.apply(tape.gradient(loss, variables), variables)
            return i + 1, total + loss

        batches = -(-rows // size)
        return tf.while_loop(lambda i, _: i < batches, step, (0, 0.0), parallel_iterations=1)[1]

    def sub_epoch(number: int) -> None:
        order = np.random.default_rng(number).permutation(rows).astype(np.int32)
        pass_over(tf.constant(order)).numpy()

    return sub_epoch


def _slices(rows: int, size: int) -> Iterator[slice]:
    return (slice(first, first + size) for first in range(0, rows, size))


def _nothing_registered(name: str) -> dict[str, Any]:
    raise LookupError(name)


if __name__ == "__main__":
    main()
