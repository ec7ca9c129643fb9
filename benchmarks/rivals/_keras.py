"""What the rivals that train with Keras share: the network of a workload, and `fit`."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from benchmarks.tables import Split
from benchmarks.workloads import Config, Workload


def use_threads(number: int) -> None:
    """Let TensorFlow compute with so many threads."""
    tf.config.threading.set_intra_op_parallelism_threads(number)
    tf.config.threading.set_inter_op_parallelism_threads(number)


def compiled(workload: Workload, config: Config, **options: Any) -> keras.Model:
    """Return the network, ready to fit: the same layers, loss and optimizer as ours has."""
    model = keras.Sequential([keras.Input(workload.shape)])
    for filters in workload.filters:
        model.add(keras.layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(keras.layers.MaxPooling2D())
    if workload.filters:
        model.add(keras.layers.Flatten())
    for units in workload.hidden:
        model.add(keras.layers.Dense(units, activation="relu"))
    binary = workload.classes == 2
    model.add(keras.layers.Dense(1 if binary else workload.classes))
    model.compile(
        optimizer=keras.optimizers.AdamW(config.learning_rate, weight_decay=config.weight_decay),
        loss=keras.losses.BinaryCrossentropy(from_logits=True)
        if binary
        else keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        **options,
    )
    return model


def fit(workload: Workload, config: Config, split: Split) -> float:
    """Train as the first page of Keras' guide does; return the last validation loss."""
    history = compiled(workload, config).fit(
        split.x,
        split.y,
        batch_size=workload.batch_size,
        epochs=workload.epochs,
        validation_data=(split.held_out_x, split.held_out_y),
        verbose=0,
    )
    return float(history.history["val_loss"][-1])
