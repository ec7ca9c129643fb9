"""Predictions that keep within the range of the training targets."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_datasets import BINARY, NUMERIC, VALUES, make_chunks, run_unit, spec_of

from cerebro_db import training
from cerebro_db.errors import InvalidArgument
from cerebro_db.model.signature import TARGETS
from cerebro_db.training import UnitKey, forward, metrics

RANGE = replace(VALUES, lows=(9.5, -4.0), highs=(10.5, -2.0))
BASE: dict[str, Any] = {"family": "linear", "batch_size": 16}


def test_predictions_and_metrics_keep_within_the_range() -> None:
    specs = [spec_of({**BASE, "clip": clip}, [NUMERIC], RANGE) for clip in (False, True)]
    chunks = make_chunks(specs[0].signature, [200])
    free, clipped = (run_unit(s, UnitKey(0, 1, 1, 0), None, chunks, chunks) for s in specs)
    wanted = np.clip(
        training.predictor(specs[0], training.weights_of(free.state)).predict(chunks[0]),
        RANGE.lows,
        RANGE.highs,
    )
    by_keras = training.predictor(specs[1], training.weights_of(clipped.state)).predict(chunks[0])
    by_numpy = forward.of_state(specs[1].signature, clipped.state)
    assert by_numpy is not None
    np.testing.assert_array_equal(by_keras, wanted)
    np.testing.assert_allclose(by_numpy.predict(chunks[0]), wanted, atol=1e-5)
    for column in range(2):
        found = by_numpy.predict(chunks[0])[:, column]
        assert (found.min(), found.max()) == (RANGE.lows[column], RANGE.highs[column])
    assert clipped.validation is not None
    assert free.validation is not None
    measured = metrics.measure(RANGE, chunks[0][TARGETS], wanted)
    assert clipped.validation["rmse"] == pytest.approx(measured["rmse"])
    assert clipped.validation["rmse"] != pytest.approx(free.validation["rmse"], rel=1e-3)
    assert clipped.validation["loss"] == free.validation["loss"]


@pytest.mark.parametrize(
    ("output", "hint"), [(BINARY, "Leave clip out"), (VALUES, "Prepare it again")]
)
def test_what_has_no_range_cannot_be_clipped(output: Any, hint: str) -> None:
    with pytest.raises(InvalidArgument, match="clip needs") as refusal:
        spec_of({**BASE, "clip": True}, [NUMERIC], output)
    assert hint in refusal.value.hint
