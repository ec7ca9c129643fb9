"""The signature of a dataset: input tensors for a model, and the output that is asked of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from cerebro_db.model.documents import declared

InputKind = Literal["numeric", "categorical", "image", "text"]

TARGETS = "targets"
"""The name of the targets among the arrays of a chunk; no input may have it."""

ROW_WEIGHTS = "row_weights"
"""The name of the rows' weights, float32 (rows,), among them, where rows are weighed."""


@dataclass(frozen=True)
class Input:
    """One input tensor; ``shape`` leaves out the rows.

    - numeric: float32 (columns,), standardised. Named ``numeric``; at most one. ``edges`` has for
      each column the edges of its bins in encoded units, rising from the least training value to
      the largest: quantiles, or chosen by the target; () for a column that is no continuous number
      (a value of a category, a missing indicator, a boolean, a point on a cycle). ``robust`` has
      for each column (median, factor) in encoded units, by which (value - median) * factor scales
      it robustly: 1 / (q75 - q25), 2 / (max - min) where that is 0, 0 for a constant. Both are ()
      for datasets of releases before 0.3, where a network takes all columns for numbers.
    - categorical: int32 (columns,); column i holds codes below ``sizes[i]``, of which 0 is what is
      unknown or rare. Named ``categorical``; at most one. ``widths`` has for each column how many
      numbers stand for a code where nobody says, by how many codes there are; () for datasets of
      releases before 0.3.
    - image: uint8 (height, width, channels), which training scales to [0, 1], or float32 of that
      shape, standardised. Named after its source column.
    - text: int32 (length,), word ids below ``sizes[0]``; 0 pads. Named after its source column.
    """

    name: str
    kind: InputKind
    shape: tuple[int, ...]
    dtype: str
    sizes: tuple[int, ...] = ()
    edges: tuple[tuple[float, ...], ...] = ()
    robust: tuple[tuple[float, float], ...] = ()
    widths: tuple[int, ...] = ()


@dataclass(frozen=True)
class Output:
    """The prediction of a model: an array of ``shape`` for each row, of which the last axis has
    ``units`` numbers. What they and the targets are, the task of that name says (``model/tasks``).

    ``columns`` are the source's target columns; ``counts`` the training rows of each class or
    label. Where labels are arrays of 0 and 1, ``hot``, the classes are what their positions mean.
    Where they are numbers, targets are standardised with ``means`` and ``scales`` (value = target *
    scale + mean), and ``lows`` and ``highs`` are the least and the greatest value of each in
    training, () where an earlier release prepared the rows. Chunks of folds hold the values
    themselves, float64: each fold's network standardises them by what it has learned.
    """

    task: str
    columns: tuple[str, ...]
    units: int
    classes: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    means: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()
    hot: bool = False
    lows: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a row's prediction."""
        return (self.units,)


@dataclass(frozen=True)
class Signature:
    """Inputs and output together, and whether rows are weighed in training; equal signatures accept
    each other's models."""

    inputs: tuple[Input, ...]
    output: Output
    weighted: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Signature:
        """Rebuild what ``to_json`` wrote, before or after it was stored as JSON."""
        return cls(
            tuple(Input(**declared(Input, item)) for item in document["inputs"]),
            Output(**declared(Output, document["output"])),
            document.get("weighted", False),
        )
