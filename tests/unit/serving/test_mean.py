"""The mean of several networks' predictions."""

from __future__ import annotations

import numpy as np
import pytest

from cerebro_db.serving.mean import mean_of
from cerebro_db.tensors import Tensors


class Constant:
    """Predicts the same for each row."""

    def __init__(self, values: list[float], dtype: type) -> None:
        self._row = np.array([values], dtype)

    def predict(self, inputs: Tensors) -> np.ndarray:
        return self._row.repeat(len(inputs["x"]), axis=0)


ROWS = {"x": np.zeros((2, 1), np.float32)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_members_count_by_their_weights(dtype: type) -> None:
    members = [Constant([1.0, 8.0], dtype), Constant([3.0, 0.0], dtype)]
    found = mean_of(members, [0.75, 0.25]).predict(ROWS)
    assert found.tolist() == [[1.5, 6.0]] * 2
    assert found.dtype == dtype


def test_what_all_are_sure_of_comes_to_no_more_than_one() -> None:
    weights = [1 / 7] * 7
    found = mean_of([Constant([1.0], np.float32)] * 7, weights).predict(ROWS)
    assert found.tolist() == [[1.0]] * 2


def test_one_network_is_asked_itself() -> None:
    alone = Constant([0.5], np.float32)
    assert mean_of([alone], [1.0]) is alone
