"""The metrics against scikit-learn, and at the edges where scikit-learn gives up."""

import math
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import TASKS
from cerebro_db.training import metrics

BINARY = Output("binary", ("y",), 1, ("no", "yes"))
FOUR = Output("multiclass", ("y",), 4, tuple("abcd"))
LABELS = Output("multilabel", ("y",), 3, tuple("abc"))
VALUES = Output("regression", ("u", "v"), 2, means=(10.0, -3.0), scales=(2.0, 5.0))


@pytest.fixture(params=[False, True], ids=["alike", "weighed"])
def weights(request: pytest.FixtureRequest) -> np.ndarray | None:
    """How much each of the rows counts, some of them nothing."""
    drawn = np.random.default_rng(3).integers(0, 5, 500).astype(np.float32)
    return drawn / 2 if request.param else None


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_binary(rng: np.random.Generator, weights: Any) -> None:
    targets = rng.integers(0, 2, 500).astype(np.float32)
    scores = rng.integers(0, 21, (500, 1)).astype(np.float32) / 20  # with many ties
    found = metrics.measure(BINARY, targets, scores, weights=weights)
    chosen, p = scores[:, 0] > 0.5, scores[:, 0].astype(float)
    assert found == pytest.approx(
        {
            "accuracy": sk.accuracy_score(targets, chosen, sample_weight=weights),
            "auc": sk.roc_auc_score(targets, p, sample_weight=weights),
            "f1": sk.f1_score(targets, chosen, sample_weight=weights),
            "log_loss": sk.log_loss(targets, np.clip(p, 1e-7, 1 - 1e-7), sample_weight=weights),
        }
    )


def test_multiclass(rng: np.random.Generator, weights: Any) -> None:
    targets = rng.integers(0, 4, 500).astype(np.int32)
    scores = rng.dirichlet(np.ones(4), 500)
    found = metrics.measure(FOUR, targets, scores, weights=weights)
    chosen = scores.argmax(axis=1)
    assert found == pytest.approx(
        {
            "accuracy": sk.accuracy_score(targets, chosen, sample_weight=weights),
            "auc": sk.roc_auc_score(targets, scores, multi_class="ovr", sample_weight=weights),
            "f1": sk.f1_score(targets, chosen, average="macro", sample_weight=weights),
            "top3_accuracy": sk.top_k_accuracy_score(targets, scores, k=3, sample_weight=weights),
            "log_loss": sk.log_loss(targets, scores, sample_weight=weights),
        }
    )


def test_multilabel(rng: np.random.Generator, weights: Any) -> None:
    targets = rng.integers(0, 2, (500, 3)).astype(np.float32)
    scores = rng.random((500, 3))
    found = metrics.measure(LABELS, targets, scores, weights=weights)
    chosen = scores > 0.5
    losses = [sk.log_loss(targets[:, i], scores[:, i], sample_weight=weights) for i in range(3)]
    assert found == pytest.approx(
        {
            "accuracy": sk.accuracy_score(targets, chosen, sample_weight=weights),
            "auc": sk.roc_auc_score(targets, scores, sample_weight=weights),
            "macro_f1": sk.f1_score(targets, chosen, average="macro", sample_weight=weights),
            "micro_f1": sk.f1_score(targets, chosen, average="micro", sample_weight=weights),
            "hamming_loss": sk.hamming_loss(targets, chosen, sample_weight=weights),
            "log_loss": np.mean(losses),
        }
    )


def test_regression_in_own_units(rng: np.random.Generator, weights: Any) -> None:
    scaled = rng.normal(size=(500, 2)).astype(np.float32)
    targets = scaled.astype(float) * VALUES.scales + VALUES.means
    predictions = targets + rng.normal(size=(500, 2))
    found = metrics.measure(VALUES, scaled, predictions, weights=weights)
    assert found == pytest.approx(
        {
            "rmse": sk.root_mean_squared_error(targets, predictions, sample_weight=weights),
            "mae": sk.mean_absolute_error(targets, predictions, sample_weight=weights),
            "r2": sk.r2_score(targets, predictions, sample_weight=weights),
        }
    )


def test_combined_parts_equal_the_whole(rng: np.random.Generator) -> None:
    one = Output("regression", ("u",), 1, means=(10.0,), scales=(2.0,))
    targets, predictions = rng.normal(size=(90, 1)), rng.normal(10, 2, size=(90, 1))
    cuts = [slice(0, 20), slice(20, 21), slice(21, 90)]
    parts = [
        (len(targets[cut]), metrics.measure(one, targets[cut], predictions[cut])) for cut in cuts
    ]
    whole, combined = metrics.measure(one, targets, predictions), metrics.combine(parts)
    for name in ("rmse", "mae"):
        assert combined[name] == pytest.approx(whole[name])


def test_parts_without_rows_do_not_count() -> None:
    assert metrics.combine([(0, {"loss": 9.0}), (2, {"loss": 1.0})]) == {"loss": 1.0}


def test_parts_count_as_much_as_their_rows_do(rng: np.random.Generator) -> None:
    one = Output("regression", ("u",), 1, means=(10.0,), scales=(2.0,))
    targets, predictions = rng.normal(size=(90, 1)), rng.normal(10, 2, size=(90, 1))
    weights = rng.random(90) * np.repeat([0.0, 1.0, 9.0], 30)
    parts = []
    for first in range(0, 90, 30):
        rows = slice(first, first + 30)
        found = metrics.measure(one, targets[rows], predictions[rows], weights=weights[rows])
        parts.append((30, found | {metrics.WEIGHT: float(weights[rows].sum())}))
    whole, combined = (
        metrics.measure(one, targets, predictions, weights=weights),
        metrics.combine(parts),
    )
    assert set(combined) == set(whole)
    for name in ("rmse", "mae"):
        assert combined[name] == pytest.approx(whole[name])
    # Of one part, its own to the last bit; where no row counts, nothing is defined.
    assert metrics.combine(parts[1:2]) == {name: parts[1][1][name] for name in whole}
    assert all(math.isnan(value) for value in metrics.combine(parts[:1] * 2).values())


def test_one_class_only_has_no_auc() -> None:
    found = metrics.measure(BINARY, np.ones(3, np.float32), np.full((3, 1), 0.9))
    assert math.isnan(found["auc"])
    assert found["accuracy"] == 1
    absent = metrics.measure(FOUR, np.array([0, 1, 0]), np.eye(4)[[0, 1, 0]])
    assert absent["auc"] == 1


@pytest.mark.parametrize("output", [BINARY, FOUR, LABELS, VALUES], ids=lambda o: o.task)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_diverged_predictions_are_measured(output: Output, value: float) -> None:
    shape = (4,) if output.task in ("binary", "multiclass") else (4, output.units)
    found = metrics.measure(output, np.ones(shape, np.int32), np.full((4, output.units), value))
    assert set(found) == set(metrics.metrics_for(output.task))
    if math.isnan(value):
        assert all(math.isnan(number) for number in found.values())
    combined = metrics.combine([(4, {"loss": value}), (4, {"loss": 1.0})])
    assert not math.isfinite(combined["loss"])


def test_directions() -> None:
    assert metrics.higher_is_better("auc")
    assert not metrics.higher_is_better("rmse")
    assert not metrics.higher_is_better("loss")
    with pytest.raises(InvalidArgument) as refusal:
        metrics.higher_is_better("acuracy")
    assert refusal.value.hint == 'Did you mean "accuracy"?'


def test_default_metrics_exist() -> None:
    for name, task in TASKS.items():
        assert task.metric in metrics.metrics_for(name)


def test_labels_are_decided_by_thresholds(rng: np.random.Generator) -> None:
    targets = rng.integers(0, 2, (300, 3)).astype(np.float32)
    scores = rng.random((300, 3)).astype(np.float32)
    thresholds = np.array([0.2, 0.5, 0.9])
    chosen = scores > thresholds
    found = metrics.measure(LABELS, targets, scores, thresholds=thresholds)
    even = metrics.measure(LABELS, targets, scores)
    assert found == pytest.approx(
        {
            "accuracy": sk.accuracy_score(targets, chosen),
            "auc": even["auc"],
            "macro_f1": sk.f1_score(targets, chosen, average="macro"),
            "micro_f1": sk.f1_score(targets, chosen, average="micro"),
            "hamming_loss": sk.hamming_loss(targets, chosen),
            "log_loss": even["log_loss"],
        }
    )
    binary = metrics.measure(BINARY, targets[:, 0], scores[:, :1], thresholds=thresholds[:1])
    assert binary["f1"] == pytest.approx(sk.f1_score(targets[:, 0], chosen[:, 0]))
    assert binary["accuracy"] == pytest.approx(sk.accuracy_score(targets[:, 0], chosen[:, 0]))


def test_one_metric_alone(rng: np.random.Generator) -> None:
    targets, scores = rng.integers(0, 2, 50), rng.random((50, 1))
    every = metrics.measure(BINARY, targets, scores)
    assert metrics.measure(BINARY, targets, scores, only="f1") == {"f1": every["f1"]}
    own = metrics.measure(BINARY, targets, scores, {"mine": lambda t, p: 4.0}, only="mine")
    assert own == {"mine": 4.0}
    undefined = metrics.measure(BINARY, targets, scores * math.nan, only="auc")
    assert list(undefined) == ["auc"]
    assert math.isnan(undefined["auc"])
