"""Export, then Keras `fit` as fast as its own means make it, one configuration after the other: an
epoch is one call into TensorFlow, and batches are gathered from tensors in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.rivals._base import Job, Outcome, run
from benchmarks.tables import Split, export

if TYPE_CHECKING:
    import tensorflow as tf

_ROWS_OF_VALIDATION = 8192


def search(job: Job) -> Outcome:
    """Train the job's configurations."""
    outcome = Outcome()
    with outcome.phase("import"):
        from benchmarks.rivals import _keras
    with outcome.phase("export"):
        split = export(job.conninfo, job.workload).scaled()
    with outcome.phase("fit"):
        training, validation = batches(split, job.workload.batch_size), _held_out(split)
        steps = -(-len(split.y) // job.workload.batch_size)
        for config in job.configs:
            model = _keras.compiled(job.workload, config, steps_per_execution=steps)
            history = model.fit(
                training, epochs=job.workload.epochs, validation_data=validation, verbose=0
            )
            outcome.losses[config.label] = float(history.history["val_loss"][-1])
    return outcome


def batches(split: Split, size: int) -> tf.data.Dataset:
    """Return shuffled mini-batches: the indices are shuffled, and rows gathered by batch."""
    import tensorflow as tf

    x, y = tf.constant(split.x), tf.constant(split.y)
    rows = tf.data.Dataset.from_tensors(tf.range(len(split.y)))
    return (
        rows.map(tf.random.shuffle)
        .unbatch()
        .batch(size)
        .map(lambda batch: (tf.gather(x, batch), tf.gather(y, batch)), tf.data.AUTOTUNE)
        .prefetch(tf.data.AUTOTUNE)
    )


def _held_out(split: Split) -> tf.data.Dataset:
    import tensorflow as tf

    whole = tf.data.Dataset.from_tensor_slices((split.held_out_x, split.held_out_y))
    return whole.batch(_ROWS_OF_VALIDATION).cache()


if __name__ == "__main__":
    run(search)
