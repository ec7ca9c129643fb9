"""Metrics gathered over calls: exact while they fit in memory, combined from parts beyond."""

import numpy as np
import pytest

from cerebro_db.model.signature import Output
from cerebro_db.training import metrics
from cerebro_db.training.keras import tally
from cerebro_db.training.keras.tally import Tally

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
