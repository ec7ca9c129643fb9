"""Bins by the target: a small tree over sums between candidate edges."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.tree import DecisionTreeRegressor

from cerebro_db.dataset.columns import Column, Columns
from cerebro_db.dataset.features import Feature
from cerebro_db.dataset.features._spread import TARGET
from cerebro_db.dataset.features.arrays import VectorFitter
from cerebro_db.dataset.features.numbers import Number, NumberFitter
from cerebro_db.dataset.fitting import learning
from cerebro_db.dataset.fitting.target_bins import TargetBins, cuts
from cerebro_db.model.signature import Output

_DOUBLE = Column("x", "double precision", "float8send")
_VECTOR = Column("x", "real[]", "array_send", "float4send")
_OUTPUTS = {
    "regression": Output("regression", ("y",), 1, means=(10.0,), scales=(2.0,)),
    "binary": Output("binary", ("y",), 1, ("no", "yes"), (500, 500)),
    "multiclass": Output("multiclass", ("y",), 3, ("a", "b", "c"), (300, 300, 400)),
}


@given(arrays(np.int64, 20, elements=st.integers(0, 9)), st.integers(0, 99), st.integers(2, 8))
def test_cuts_are_those_of_a_tree(drawn: np.ndarray, seed: int, bins: int) -> None:
    # No cell has less than its share of rows.
    cells = np.concatenate([np.arange(40) % 10, drawn])
    targets = np.random.default_rng(seed).normal(size=60)
    rows, sums = np.bincount(cells, minlength=10), np.bincount(cells, targets, 10)
    # Each row many times, so that a bin is never too small either.
    found = cuts(1e6 * rows, 1e6 * sums[:, None], bins)
    tree = DecisionTreeRegressor(max_leaf_nodes=bins, random_state=0).fit(cells[:, None], targets)
    edges = tree.tree_.threshold[tree.tree_.feature >= 0]
    parts = [np.searchsorted(np.sort(limits), cells) for limits in (np.array(found) - 0.5, edges)]
    deviations = [
        sum(float(np.square(targets[p == k] - targets[p == k].mean()).sum()) for k in np.unique(p))
        for p in parts
    ]
    assert deviations[0] == pytest.approx(deviations[1], rel=1e-6, abs=1e-9)


def _targets(task: str, x: np.ndarray) -> np.ndarray | list[str]:
    """Steps at 0.2 and 0.25 of the values."""
    step = np.searchsorted([0.2, 0.25], x, side="right")
    if task == "regression":
        return 10.0 + step * (4 - step)
    labels = {"binary": ["no", "yes", "no"], "multiclass": ["a", "b", "c"]}[task]
    return [labels[k] for k in step]


@pytest.mark.parametrize("task", _OUTPUTS)
def test_edges_are_where_the_target_changes(task: str) -> None:
    x = np.random.default_rng(0).permutation(np.linspace(0, 1, 4_001))
    fitter = NumberFitter(_DOUBLE, {"bins": 32, "by": TARGET}, "given")
    found = _learned(fitter, {"x": np.append(x, np.nan), "y": _last(_targets(task, x))}, task)
    assert isinstance(found, Number)
    assert found.edges is not None
    edges = np.array(found.edges) * found.scale + found.mean
    # Candidates are quantiles, so that a step lies between two of them.
    assert len(edges) <= 6
    for step in (0, 0.2, 0.25, 1):
        assert np.abs(edges - step).min() < 0.005
    assert found.why == "given, bins by the target"


def test_each_element_of_a_vector_has_edges_of_its_own() -> None:
    x = np.random.default_rng(1).uniform(size=(3_000, 3))
    x[:, 2] = 5.0
    y = 10.0 + (x[:, 1] > 0.6)
    rows = {"x": [*x.astype(np.float32), None], "y": np.append(y, 0.0)}
    found = _learned(VectorFitter(_VECTOR, {"bins": 8, "by": TARGET}, ""), rows, "regression")
    none, one, constant = (spread.edges for spread in found.spreads or ())
    assert len(none) <= 9
    inner = np.array(one[1:-1]) * x[:, 1].std() + x[:, 1].mean()
    assert np.abs(inner - 0.6).min() < 0.02
    assert constant == ()


def _last(targets: np.ndarray | list[str]) -> np.ndarray | list[str]:
    return [*targets, targets[0]] if isinstance(targets, list) else np.append(targets, targets[0])


def _learned(fitter: NumberFitter | VectorFitter, columns: Columns, task: str) -> Feature:
    """Learn in two passes; of the second, apart in three batches as on segments."""
    learning.learn([fitter], columns, training=True)
    learner = TargetBins.of(fitter.column, fitter.finish(), _OUTPUTS[task], fitter.options["bins"])
    document = json.loads(json.dumps(learning.fitters_to_json([learner])))
    rows = len(columns["y"])
    for start in range(0, rows, rows // 3):
        batch = {name: values[start : start + rows // 3] for name, values in columns.items()}
        own = learning.fitters_from_json(document)
        learning.learn(own, batch, training=True)
        learning.learn(own, batch, training=False)
        partial = json.loads(json.dumps(learning.partials(own)))
        learning.merge([learner], partial)
    return learner.finish()
