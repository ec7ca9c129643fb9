"""Keras and Optuna: twenty dense networks, drawn by TPE, from one-hot and standard columns; the one
with the least validation loss predicts, with the weights of its best epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.tabular._base import THREADS, Job, run
from benchmarks.tabular.rivals._dense import encoded

if TYPE_CHECKING:
    import keras
    import optuna

_TRIALS, _EPOCHS, _PATIENCE = 20, 20, 4


def learn(job: Job) -> np.ndarray:
    """Search, and predict the test rows."""
    import keras
    import optuna

    from benchmarks.rivals._keras import use_threads

    use_threads(THREADS)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    keras.utils.set_random_seed(job.seed)
    rows = job.rows()
    x, test_x = encoded(rows)
    training, validation = rows.held_out(job.seed)
    y, mean, deviation = rows.y, 0.0, 1.0
    if not rows.classes:
        mean, deviation = y[training].mean(), y[training].std()
        y = (y - mean) / deviation
    best, outputs = np.inf, np.empty(0)

    def objective(trial: optuna.Trial) -> float:
        nonlocal best, outputs
        model = _model(trial, x.shape[1], len(rows.classes))
        history = model.fit(
            x[training],
            y[training],
            batch_size=trial.suggest_categorical("batch_size", [64, 128, 256]),
            epochs=_EPOCHS,
            validation_data=(x[validation], y[validation]),
            callbacks=[
                keras.callbacks.EarlyStopping(patience=_PATIENCE, restore_best_weights=True)
            ],
            verbose=0,
        )
        loss = min(history.history["val_loss"])
        if loss < best:
            best, outputs = loss, model.predict(test_x, batch_size=4096, verbose=0)
        return loss

    sampler = optuna.samplers.TPESampler(seed=job.seed)
    optuna.create_study(sampler=sampler).optimize(objective, n_trials=_TRIALS)
    return outputs if rows.classes else outputs[:, 0] * deviation + mean


def _model(trial: optuna.Trial, width: int, classes: int) -> keras.Model:
    """Draw a network: a softmax over classes, or one number where there are none."""
    import keras

    hidden: Any = trial.suggest_categorical("hidden", ["32", "64 32", "128 64", "256"])
    dropout = trial.suggest_float("dropout", 0.0, 0.5)
    model = keras.Sequential([keras.Input((width,))])
    for units in hidden.split():
        model.add(keras.layers.Dense(int(units), activation="relu"))
        model.add(keras.layers.Dropout(dropout))
    model.add(keras.layers.Dense(classes or 1, activation="softmax" if classes else None))
    model.compile(
        optimizer=keras.optimizers.AdamW(
            trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
            weight_decay=trial.suggest_float("weight_decay", 1e-5, 1e-1, log=True),
        ),
        loss="sparse_categorical_crossentropy" if classes else "mse",
        steps_per_execution=16,
    )
    return model


if __name__ == "__main__":
    run(learn)
