"""That training learns: as Keras' own loop does, and well on real data."""

import keras
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from small_datasets import run_unit, spec_of

from cerebro_db.model.signature import TARGETS, Input, Output
from cerebro_db.tensors import Tensors, unpack
from cerebro_db.training import UnitKey, UnitResult

Rows = tuple[np.ndarray, np.ndarray]


def digits() -> tuple[Rows, Rows, Input, Output]:
    bunch = load_digits()
    order = np.random.default_rng(0).permutation(len(bunch.target))
    images = (bunch.images[order] * (255 / 16)).astype(np.uint8)[..., None]
    labels = bunch.target[order].astype(np.int32)
    output = Output("multiclass", ("digit",), 10, tuple("0123456789"), (140,) * 10)
    entry = Input("image", "image", (8, 8, 1), "uint8")
    return (images[:1437], labels[:1437]), (images[1437:], labels[1437:]), entry, output


def fit(definition: dict[str, object], data: object, epochs: int) -> list[UnitResult]:
    """Train over two partitions and validate after each epoch; return each epoch's last result."""
    training, validation, entry, output = data  # type: ignore[misc]
    spec = spec_of(definition, [entry], output)
    partitions = [{entry.name: training[0][i::2], TARGETS: training[1][i::2]} for i in range(2)]
    held_out: Tensors = {entry.name: validation[0], TARGETS: validation[1]}
    state, results = None, []
    for epoch in range(1, epochs + 1):
        for i, chunk in enumerate(partitions):
            last = [held_out] if i == 1 else []
            result = run_unit(spec, UnitKey(0, 0, epoch, i), state, [chunk], last)
            state = result.state
        results.append(result)
    return results


@pytest.mark.parametrize("family", ["mlp", "cnn"])
def test_digits(family: str) -> None:
    definition = {"family": family, "batch_size": 32, "learning_rate": 0.003}
    last = fit(definition, digits(), epochs=12)[-1]
    assert last.validation is not None
    assert last.validation["accuracy"] >= 0.97


def test_breast_cancer() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(1).permutation(len(y))
    x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float32)[order]
    y = y[order].astype(np.float32)
    entry = Input("numeric", "numeric", (30,), "float32")
    output = Output("binary", ("target",), 1, ("malignant", "benign"), (170, 285))
    data = (x[:455], y[:455]), (x[455:], y[455:]), entry, output
    definition = {"family": "linear", "batch_size": 16, "learning_rate": 0.01}
    last = fit({**definition, "label_weights": "balanced"}, data, epochs=10)[-1]
    assert last.validation is not None
    assert last.validation["accuracy"] >= 0.95


def test_diabetes() -> None:
    x, y = load_diabetes(return_X_y=True, scaled=False)
    x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float32)
    scaled = ((y - y.mean()) / y.std()).astype(np.float32)[:, None]
    entry = Input("numeric", "numeric", (10,), "float32")
    output = Output("regression", ("y",), 1, means=(float(y.mean()),), scales=(float(y.std()),))
    data = (x[:350], scaled[:350]), (x[350:], scaled[350:]), entry, output
    last = fit({"family": "linear", "batch_size": 16, "learning_rate": 0.01}, data, epochs=15)[-1]
    assert last.validation is not None
    assert last.validation["r2"] > 0.4
    assert 45 < last.validation["rmse"] < 60  # the standard deviation of y is 77


def test_losses_are_those_of_keras_fit() -> None:
    (images, labels), *_ = digits()
    entry, output = digits()[2:]
    definition = {"family": "mlp", "hidden": [32], "batch_size": 32, "learning_rate": 0.002}
    data = (images, labels), (images[:10], labels[:10]), entry, output
    ours = [result.training["loss"] for result in fit(definition, data, epochs=5)]
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    model.compile(
        keras.optimizers.Adam(0.002), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    pixels = images.astype(np.float32) / 255
    history = model.fit(pixels, labels, batch_size=32, epochs=5, verbose=0).history["loss"]
    # Ours is of the epoch's second half, so a little lower than the mean over the epoch.
    for mine, theirs in zip(ours[1:], history[1:], strict=True):
        assert mine == pytest.approx(theirs, rel=0.25)


def test_penalties_and_weights_change_what_is_learnt() -> None:
    base = {"family": "mlp", "hidden": [16], "batch_size": 64}
    norms, losses = {}, {}
    for name, extra in {
        "plain": {},
        "l2": {"l2": 0.1},
        "decay": {"weight_decay": 5.0},
        "smooth": {"label_smoothing": 0.5},
        "focal": {"loss": "focal"},
    }.items():
        result = fit({**base, **extra}, digits(), epochs=2)[-1]
        losses[name] = result.training["loss"]
        norms[name] = _kernel_norm(result.state)
    assert norms["l2"] < 0.8 * norms["plain"]
    assert norms["decay"] < 0.8 * norms["plain"]
    assert losses["smooth"] > losses["plain"] > losses["focal"]


def _kernel_norm(state: bytes) -> float:
    tensors = unpack(state)
    return float(sum(np.square(a).sum() for n, a in tensors.items() if n.endswith("/kernel")))


def test_periodic_numbers_learn_waves() -> None:
    x = np.random.default_rng(0).normal(size=(2_000, 1)).astype(np.float32)
    y = np.sin(5 * x)
    entry = Input("numeric", "numeric", (1,), "float32")
    output = Output("regression", ("y",), 1, means=(0.0,), scales=(1.0,))
    data = (x[:1_500], y[:1_500]), (x[1_500:], y[1_500:]), entry, output
    definition = {"family": "mlp", "hidden": [16], "batch_size": 32, "learning_rate": 0.003}
    found = {
        kind: fit({**definition, "numbers": kind}, data, epochs=4)[-1].validation or {}
        for kind in ("plain", "periodic")
    }
    # Its mean is off by 0.7; frequencies that are too small at first learn it no sooner.
    assert found["plain"]["rmse"] > 0.5
    assert found["periodic"]["rmse"] < 0.25
