"""The tasks, by name: what is predicted, learned from, measured and answered. See ``_base``."""

from __future__ import annotations

from collections.abc import Collection

from cerebro_db.model.signature import Output
from cerebro_db.model.tasks._base import EVEN, Answer, LabelKind, Task
from cerebro_db.model.tasks._maths import LossTerms, Maths
from cerebro_db.model.tasks._metrics import TINY, Metric, WeightedMeasure, Weights
from cerebro_db.model.tasks.binary import Binary
from cerebro_db.model.tasks.multiclass import Multiclass
from cerebro_db.model.tasks.multilabel import Multilabel
from cerebro_db.model.tasks.regression import Regression

__all__ = [
    "EVEN",
    "TASKS",
    "TINY",
    "Answer",
    "LabelKind",
    "LossTerms",
    "Maths",
    "Metric",
    "Task",
    "WeightedMeasure",
    "Weights",
    "inferred",
    "of_labels",
    "task_of",
]

# Where several suit labels, the first is the one that nobody has to state.
TASKS: dict[str, Task] = {
    task.name: task for task in (Binary(), Multiclass(), Regression(), Multilabel())
}


def task_of(output: Output) -> Task:
    """Return the task of an output."""
    return TASKS[output.task]


def of_labels(kinds: Collection[LabelKind]) -> list[Task]:
    """Return the tasks for labels of some kinds."""
    return [task for task in TASKS.values() if task.labels in kinds]


def inferred(kind: LabelKind, classes: int) -> Task:
    """Return the task of labels of a kind where nobody says, by how many classes there are."""
    return next(task for task in of_labels({kind}) if not task.unfit(classes))
