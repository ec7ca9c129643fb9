"""A task is one file: nothing else asks which it is, and one more file is one more task."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import cerebro_db
from cerebro_db.model import Spec, resolve
from cerebro_db.model.signature import Input, Output, Signature
from cerebro_db.model.tasks import TASKS, Metric, Task, Weights, inferred, task_of
from cerebro_db.model.tasks._metrics import Measures
from cerebro_db.model.tasks.regression import Regression
from cerebro_db.training import mean_loss, metrics
from cerebro_db.verbs import answers

PACKAGE = Path(cerebro_db.__file__).parent
INPUTS = (Input("numeric", "numeric", (2,), "float32"),)


def _names_of_tasks(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    return [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in TASKS
    ]


def test_no_other_module_names_a_task() -> None:
    tasks = PACKAGE / "model" / "tasks"
    # The conformance suite speaks SQL, as users do.
    left_out = (tasks, PACKAGE / "testing")
    files = [path for path in PACKAGE.rglob("*.py") if not any(map(path.is_relative_to, left_out))]
    assert len(files) > 300
    assert [place for path in files for place in _names_of_tasks(path)] == []
    # It would find them.
    assert all(_names_of_tasks(tasks / f"{name}.py") for name in TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_complete(name: str) -> None:
    task = TASKS[name]
    assert task.name == name
    assert task.losses
    assert task.metric in {metric.name for metric in task.metrics}
    assert all(metrics.DIRECTIONS[m.name] == m.higher_is_better for m in task.metrics)


def test_what_labels_say_decides_where_nobody_states_a_task() -> None:
    found = [inferred("class", 2), inferred("class", 3), inferred("set", 2), inferred("numbers", 1)]
    assert [task.name for task in found] == ["binary", "multiclass", "multilabel", "regression"]


def _within_one(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    return float(np.average((np.abs(targets - predictions) <= 1).all(axis=1), weights=weights))


class Counts(Regression):
    """Numbers of which the logarithm is learned, and the mean error; in whole numbers."""

    name = "counts"
    losses = ("mae",)
    metrics: ClassVar[Measures] = {Metric("within_one", True, "share within one"): _within_one}
    metric = "within_one"

    def in_own_units(
        self, output: Output, predictions: np.ndarray, *, clip: bool = False
    ) -> np.ndarray:
        return np.expm1(super().in_own_units(output, predictions, clip=clip))

    def standardised(self, output: Output, predictions: np.ndarray) -> np.ndarray:
        return super().standardised(output, np.log1p(predictions))


def test_one_more_file_is_one_more_task(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: Task = Counts()
    monkeypatch.setitem(TASKS, "counts", counts)
    output = Output("counts", ("visits",), 1, means=(1.0,), scales=(0.5,))
    spec = resolve({"family": "linear"}, {}, Signature(INPUTS, output), lambda name: {})
    spec = Spec.from_json(spec.to_json())
    assert (spec.loss, task_of(spec.signature.output)) == ("mae", counts)
    visits = np.array([[3.0], [8.0]])
    targets = counts.standardised(output, visits).astype(np.float32)
    found = counts.in_own_units(output, targets)
    np.testing.assert_allclose(found, visits, rtol=1e-6)
    assert mean_loss(spec, targets, found) == pytest.approx(0, abs=1e-6)
    shifted = visits + np.array([[0.5], [2.0]])
    assert metrics.measure(output, targets, shifted) == {"within_one": 0.5}
    assert metrics.metrics_for("counts") == ("within_one",)
    assert answers.labels(output, shifted) == ["3.5", "10.0"]
    assert answers.probabilities(output, shifted) == ['{"visits": 3.5}', '{"visits": 10}']
