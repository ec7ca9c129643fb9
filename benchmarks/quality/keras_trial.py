"""How the rivals train a trial: Keras used well. An epoch is one call into TensorFlow, batches are
gathered from tensors in memory, one thread computes, and compiled code scores the validation rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.quality.tasks import Task
from benchmarks.rivals._keras import use_threads
from benchmarks.rivals.keras_tuned import batches
from benchmarks.tables import Split
from cerebro_db.model.tasks import TASKS

_AUC = {
    task.name: measure
    for task in TASKS.values()
    for metric, measure in task.metrics.items()
    if metric.name == "auc"
}
_ROWS_OF_VALIDATION = 16_384


def use_one_thread() -> None:
    """Leave the other core to the other trial; only before TensorFlow has computed anything."""
    use_threads(1)


def train(
    task: Task,
    params: dict[str, Any],
    split: Split,
    epochs: int,
    seed: int,
    report: Callable[[int, float], bool],
) -> None:
    """Train a trial, and report each epoch with its error, until that says that it is over."""
    keras.utils.set_random_seed(seed)
    model = _model(task, params, split.x.shape[1:])
    steps = -(-len(split.y) // params["batch_size"])
    binary = task.classes == 2
    model.compile(
        optimizer=keras.optimizers.AdamW(
            params["learning_rate"], weight_decay=params["weight_decay"]
        ),
        loss=keras.losses.BinaryCrossentropy(from_logits=True)
        if binary
        else keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        steps_per_execution=steps,
    )
    model.fit(
        batches(split, params["batch_size"]),
        epochs=epochs,
        callbacks=[_Scored(task, split, report)],
        verbose=0,
    )


def _model(task: Task, params: dict[str, Any], shape: tuple[int, ...]) -> keras.Model:
    """Return the network that the family mlp is, too."""
    model = keras.Sequential([keras.Input(shape)])
    for units in params["hidden"]:
        model.add(keras.layers.Dense(units, activation="relu"))
        model.add(keras.layers.Dropout(params["dropout"]))
    model.add(keras.layers.Dense(1 if task.classes == 2 else task.classes))
    return model


class _Scored(keras.callbacks.Callback):
    """Measures each epoch on the validation rows, exactly as ours is measured."""

    def __init__(self, task: Task, split: Split, report: Callable[[int, float], bool]) -> None:
        super().__init__()
        self._measure = _AUC["binary" if task.classes == 2 else "multiclass"]
        self._many = task.classes > 2
        self._split = split
        self._report = report

    def on_train_begin(self, logs: Any = None) -> None:
        # The rank of a logit is that of its probability, but for several classes.
        self._scores = tf.function(
            lambda x: tf.nn.softmax(self.model(x)) if self._many else self.model(x),
            reduce_retracing=True,
        )
        rows = self._split.held_out_x
        self._rows = [
            tf.constant(rows[first : first + _ROWS_OF_VALIDATION])
            for first in range(0, len(rows), _ROWS_OF_VALIDATION)
        ]

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        scores = np.concatenate([self._scores(rows).numpy() for rows in self._rows])
        finite = np.isfinite(scores).all()
        error = 1 - self._measure(self._split.held_out_y, scores) if finite else float("inf")
        if self._report(epoch + 1, error) or not finite:
            self.model.stop_training = True
