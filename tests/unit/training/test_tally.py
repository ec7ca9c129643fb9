"""Metrics gathered over calls: exact while they fit in memory, combined from parts beyond."""

import numpy as np
import pytest

from cerebro_db.model.signature import Output
from cerebro_db.training import metrics, tally
from cerebro_db.training.tally import Tally

BINARY = Output("binary", ("y",), 1, ("no", "yes"))


def test_parts_are_measured_when_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    targets = rng.integers(0, 2, 300).astype(np.float32)
    scores = rng.random((300, 1)).astype(np.float32)
    whole = metrics.measure(BINARY, targets, scores)
    for limit in (10_000, 50):
        monkeypatch.setattr(tally, "_MAX_VALUES", limit)
        gathered = Tally(BINARY)
        for first in range(0, 300, 30):
            part = slice(first, first + 30)
            gathered.add(np.full(1, 15.0), targets[part], scores[part])
        found = gathered.metrics()
        assert gathered.rows == 300
        assert found["loss"] == 0.5
        assert found["accuracy"] == pytest.approx(whole["accuracy"])
        assert (found["auc"] == pytest.approx(whole["auc"])) == (limit == 10_000)


def test_nothing_without_rows() -> None:
    assert Tally(BINARY).metrics() == {}


def test_rows_that_do_not_count_leave_metrics_undefined_and_named() -> None:
    scores, targets = np.full((4, 1), 0.3, np.float32), np.array([0, 1, 0, 1], np.float32)
    gathered = Tally(BINARY)
    gathered.add(np.zeros(1), targets, scores, np.zeros(4, np.float32))
    found = gathered.metrics()
    assert (found.pop("loss"), found.pop(metrics.WEIGHT)) == (0.0, 0.0)
    assert set(found) == set(metrics.metrics_for("binary"))
    assert all(np.isnan(value) for value in found.values())
