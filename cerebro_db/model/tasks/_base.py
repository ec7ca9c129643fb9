"""The contract of a task: what targets, losses, metrics and answers are. Read this before any task.

A task is a file beside this one and a line in ``__init__``: no other module asks which task it is.
What an ``Output`` (``model/signature.py``) holds is its task's to read. Arrays are numpy's; losses
alone are also computed by frameworks, each by its ``Maths``.

Labels are of a kind (``LabelKind``), by which datasets learn and encode them; several tasks may
share a kind, and a kind that none has yet is a matter of ``dataset/labels`` too. What is applied to
logits is one of few activations, which each framework knows by name.

Several outputs, of classes and numbers mixed, are not there yet. A signature would then have a
tuple of outputs, each with a name and a task of this contract, and a chunk an array of targets for
each (``targets`` for the only one, as now). A network gives a list of logits, in that order; its
loss is the sum of the outputs' losses, each times a weight of the configuration, and a task never
sees more than its own. Metrics are named ``output.metric``, the one that ranks has to be stated,
thresholds and scales go with their output. Predictions are the answers of each as JSON by name;
``scores`` have no meaning, ``by_name`` has an object for each. Heads of a network stay what they
are: several opinions of one output.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from cerebro_db.model.signature import Output
from cerebro_db.model.tasks._maths import Array, LossTerms, Maths
from cerebro_db.model.tasks._metrics import Measures
from cerebro_db.model.tasks._numpy import np

LabelKind = Literal["class", "set", "numbers"]
"""What a row's label is: one of the classes; any of them, none or several; or a number of each
target column."""

Activation = Literal["sigmoid", "softmax", "linear"]
"""What makes predictions of logits, by Keras' name."""

Answer = str | list[str]
"""What is predicted for a row: a text, or several."""

EVEN = 0.5
"""The probability above which a class or label is predicted where nobody wants another."""

FOCUS = 2.0
"""Of focal loss: dense object detection (Lin et al., ICCV 2017), section 3.2."""


class Task(ABC):
    """What there is to say of a task.

    Attributes:
        name: as users state it, and datasets keep it.
        labels: of which kind labels are.
        dtype: of the targets in chunks.
        activation: what makes predictions of logits.
        losses: the names of those that may be minimised, the default first.
        metrics: what is measured, and how.
        metric: the name of the one that ranks where nobody says.
        of_numbers: whether values are predicted, standardised in training, and no probabilities of
            classes: then labels are neither smoothed nor weighed, and predictions may be clipped.
        has_positive: whether there are two classes, told apart by one logit: that of the second.
        takes_threshold: whether each unit's probability decides by itself.
    """

    name: ClassVar[str]
    labels: ClassVar[LabelKind]
    dtype: ClassVar[Literal["float32", "int32"]] = "float32"
    activation: ClassVar[Activation]
    losses: ClassVar[tuple[str, ...]]
    metrics: ClassVar[Measures]
    metric: ClassVar[str]
    of_numbers: ClassVar[bool] = False
    has_positive: ClassVar[bool] = False
    takes_threshold: ClassVar[bool] = False

    # Targets.

    def unfit(self, classes: int) -> str:
        """Return why a dataset of so many classes cannot have this task, "" if it can."""
        del classes
        return ""

    def units(self, labels: int) -> int:
        """Return how many numbers a row's prediction is, of so many classes, labels or targets."""
        return labels

    def target_shape(self, output: Output) -> tuple[int, ...]:
        """Return the shape of a row's target in chunks."""
        return output.shape

    def indicators(self, output: Output, targets: np.ndarray, units: Sequence[int]) -> np.ndarray:
        """Return targets of chunks as float64 (rows, units), of the units that are named: a class
        as 1 in its own, 0 elsewhere."""
        return targets.reshape(-1, output.units)[:, units].astype(np.float64)

    def meaning(self, output: Output) -> Any:
        """Return what a model's units mean, as plain JSON values: equal if its last layer may serve
        another dataset."""
        return [self.name, output.classes]

    def units_hint(self) -> str:
        """Return what to tell people whose model has another number of units, beside the number."""
        return ""

    # Losses.

    def truth(self, maths: Maths, targets: Array, found: Array) -> Array:
        """Return the targets as a loss, or registered code, takes them."""
        return maths.like(targets, found)

    @abstractmethod
    def row_losses(self, maths: Maths, terms: LossTerms, found: Array, targets: Array) -> Array:
        """Return the losses of rows, (rows, ...), times their label weights; where a row has
        several, their mean counts.

        Args:
            found: (rows, ...) of the output's shape, see ``Maths``.
            targets: those of chunks.
        """

    # The scale of values: of targets in chunks, or of what a model puts out, against own units.

    def in_own_scale(self, output: Output, targets: np.ndarray) -> np.ndarray:
        """Return the targets of a chunk as a network of that output is trained on them."""
        del output
        return targets

    def targets_in_own_units(self, output: Output, targets: np.ndarray) -> np.ndarray:
        """Return the targets that a network is trained on, as the source had them."""
        del output
        return targets

    def in_own_units(
        self, output: Output, predictions: np.ndarray, *, clip: bool = False
    ) -> np.ndarray:
        """Return what a network puts out, activated, in the units that the source's targets have;
        within the range that these had in training if it is to be clipped."""
        del output, clip
        return predictions

    def standardised(self, output: Output, predictions: np.ndarray) -> np.ndarray:
        """Return predictions in own units as the network of an output puts them out, activated."""
        del output
        return predictions

    # Answers.

    @abstractmethod
    def answers(
        self, output: Output, predictions: np.ndarray, thresholds: np.ndarray | None
    ) -> list[Answer]:
        """Return what is predicted for each row.

        Args:
            predictions: (rows, ...) of the output's shape.
            thresholds: above which probability a class or label is predicted, float64 (units,);
                None: the more probable is.
        """

    def prediction(self, output: Output) -> Literal["text", "number", "numbers"]:
        """Return what an answer means: the type that a table of predictions gives it."""
        del output
        return "text"

    def has_score(self, output: Output) -> bool:
        """Return whether there is one number that stands for a row's prediction."""
        del output
        return True

    def scores(self, output: Output, predictions: np.ndarray) -> np.ndarray:
        """Return that number of each row, (rows,): the probability of what it is about.

        Raises:
            InvalidArgument: there is none.
        """
        del output
        best: np.ndarray = predictions.max(axis=1)
        return best

    def by_name(
        self, output: Output, predictions: np.ndarray
    ) -> tuple[tuple[str, ...], np.ndarray]:
        """Return the names of all numbers that are predicted, and these, (rows, names)."""
        return output.classes, predictions

    def threshold_by_name(
        self, output: Output, thresholds: Sequence[float]
    ) -> float | dict[str, float]:
        """Return the thresholds of the units as people read them; datasets of a task without
        thresholds have none."""
        return dict(zip(output.classes, thresholds, strict=True))
