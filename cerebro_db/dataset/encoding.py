"""The encoding of a dataset: what makes tensors of canonical columns, in training and ever after.

One row for prediction and a chunk of training rows go through the same code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import Columns, Form
from cerebro_db.dataset.features import Dropped, Feature, from_json, null_mask
from cerebro_db.dataset.features._spread import Spread
from cerebro_db.dataset.features.numbers import Number, NumberBlock
from cerebro_db.dataset.labels.targets import encode_targets, label_form
from cerebro_db.dataset.values.weighing import Weighing
from cerebro_db.model.signature import ROW_WEIGHTS, TARGETS, Input, Output, Signature
from cerebro_db.model.tasks import task_of
from cerebro_db.tensors import Tensors

# Names of tensors that an image's or a text's own column cannot take.
_TAKEN = frozenset({"numeric", "categorical", TARGETS, "__metadata__"})


@dataclass(frozen=True)
class Encoding:
    """Features in order, the columns left out with the reason, the output, and how rows are
    weighed; None: all alike.

    Where partitions are folds, ``folds`` has from the first one on what the network of each has
    learned of the labels that train it. The output itself is learned of all rows.
    """

    features: tuple[Feature, ...]
    dropped: tuple[Dropped, ...]
    output: Output
    weights: Weighing | None = None
    folds: tuple[Output, ...] = ()

    def of_fold(self, fold: int) -> Encoding:
        """Return the encoding as a fold's network knows it; of fold 0, itself."""
        return replace(self, output=self.folds[fold - 1], folds=()) if fold else self

    @property
    def columns(self) -> tuple[str, ...]:
        """The source's columns that ``encode`` needs."""
        return tuple(feature.column for feature in self.features)

    @property
    def forms(self) -> dict[str, Form]:
        """The canonical form in which ``encode`` needs each column."""
        return {feature.column: feature.form for feature in self.features}

    @property
    def label_form(self) -> Form:
        """The canonical form in which ``encode_target`` needs the target columns."""
        return label_form(self.output)

    @cached_property
    def signature(self) -> Signature:
        """The tensors of ``encode`` and the output, as a model sees them."""
        inputs = []
        if self._numeric_tensor.width:
            width, spreads = self._numeric_tensor.width, self._spreads
            edges, robust = tuple(one.edges for one in spreads), tuple(s.robust for s in spreads)
            inputs.append(
                Input("numeric", "numeric", (width,), "float32", edges=edges, robust=robust)
            )
        codes = self._of_slot("categorical")
        if codes:
            sizes = tuple(feature.sizes[0] for feature in codes)
            own = [feature.embedding_width for feature in codes]
            widths = tuple(width for width in own if width is not None)
            inputs.append(
                Input(
                    "categorical",
                    "categorical",
                    (len(codes),),
                    "int32",
                    sizes,
                    widths=widths if len(widths) == len(codes) else (),
                )
            )
        for name, feature in self._own.items():
            inputs.append(Input(name, feature.slot, feature.shape, feature.dtype, feature.sizes))
        return Signature(tuple(inputs), self.output, weighted=self.weights is not None)

    @cached_property
    def meanings(self) -> dict[str, str]:
        """What the numbers of each input of the signature mean, as JSON, by its name.

        Where two encodings say the same, weights that read the one's can read the other's.
        """
        numeric = [
            [
                feature.column,
                feature.meaning if feature.slot == "numeric" else {},
                feature.indicator,
            ]
            for feature in self.features
            if feature.slot == "numeric" or feature.indicator
        ]
        found: dict[str, Any] = {name: feature.meaning for name, feature in self._own.items()}
        found["numeric"] = numeric
        found["categorical"] = [feature.meaning for feature in self._of_slot("categorical")]
        return {
            item.name: json.dumps(found[item.name], sort_keys=True)
            for item in self.signature.inputs
        }

    @cached_property
    def statistics(self) -> dict[str, Any]:
        """The means and deviations by which values are standardised, by column."""
        found = {feature.column: feature.statistics for feature in self.features}
        output = self.output
        found |= {
            column: {"mean": mean, "scale": scale}
            for column, mean, scale in zip(
                output.columns, output.means, output.scales, strict=False
            )
        }
        return {column: values for column, values in found.items() if values}

    def encode(self, columns: Columns) -> Tensors:
        """Return the input tensors of canonical rows, by the names of the signature's inputs.

        Raises:
            DataError: a value cannot be encoded, such as an infinite number.
        """
        tensors = {}
        if self._numeric_tensor.width:
            tensors["numeric"] = self._numeric(columns)
        codes = self._of_slot("categorical")
        if codes:
            parts = [feature.encode(columns[feature.column]) for feature in codes]
            tensors["categorical"] = np.concatenate(parts, axis=1)
        for name, feature in self._own.items():
            tensors[name] = feature.encode(columns[feature.column])
        return tensors

    @cached_property
    def only_numbers(self) -> bool:
        """Whether all columns are numbers, so that ``encode_numbers`` takes rows."""
        return len(self._numeric_tensor.block.features) == len(self.features) > 0

    def encode_numbers(self, values: np.ndarray) -> Tensors | None:
        """Return ``encode`` of float64 (rows, columns); None if that is to look closer, because a
        number is NULL, infinite or too large."""
        tensor = self._numeric_tensor
        encoded = tensor.block.encode_finite(values)
        if encoded is None:
            return None
        if tensor.width == tensor.block.width:
            return {"numeric": encoded}
        numeric = np.zeros((len(values), tensor.width), np.float32)
        numeric[:, tensor.numbers] = encoded
        return {"numeric": numeric}

    def farthest(self, tensors: Tensors) -> tuple[str, float] | None:
        """Return the column with the largest number of what ``encode`` gave, and that number: how
        many standard deviations it is from the mean. None if there is no number."""
        found: list[tuple[float, str]] = []
        if "numeric" in tensors:
            largest = np.abs(tensors["numeric"]).max(axis=0)
            place = int(np.argmax(largest))
            starts = self._numeric_tensor.starts
            at = int(np.searchsorted(starts, place, side="right")) - 1
            found.append((float(largest[place]), self.features[at].column))
        for name, feature in self._own.items():
            if feature.dtype == "float32":
                found.append((float(np.abs(tensors[name]).max()), feature.column))
        if not found:
            return None
        size, column = max(found)
        return column, size

    def encode_target(self, columns: Columns) -> np.ndarray:
        """Return the targets of canonical labels, in the form that ``Output`` describes.

        Raises:
            DataError: a label that is none of the classes.
        """
        return encode_targets(self.output, columns)

    def encode_weights(self, columns: Columns) -> Tensors:
        """Return the weights of canonical rows by their name in chunks; nothing where all rows
        count the same.

        Raises:
            DataError: a weight is NULL, negative or not finite.
        """
        return {} if self.weights is None else {ROW_WEIGHTS: self.weights.encode(columns)}

    def pack_target(self, columns: Columns) -> np.ndarray:
        """Return the targets as chunks hold them: as ``encode_target``, but for numbers where there
        are folds. Each network has a scale of its own for them, so they are as they came, float64.

        Raises:
            DataError: a label that is none of the classes, is not finite or too large.
        """
        encoded = self.encode_target(columns)
        if not self.folds or not task_of(self.output).of_numbers:
            return encoded
        for output in self.folds:
            encode_targets(output, columns)
        return np.array([columns[name] for name in self.output.columns], np.float64).T.copy()

    def describe(self) -> list[dict[str, Any]]:
        """Return what was chosen for each column and why: column, type, kind, why, width, options.

        ``width`` is the number of values that a row has in its tensor, the missing indicator
        included.
        """
        chosen = [
            {
                "column": feature.column,
                "type": feature.type,
                "kind": feature.kind,
                "why": feature.why,
                "width": int(np.prod(feature.shape)) + feature.indicator,
                "options": feature.options | {"missing": feature.missing},
            }
            for feature in self.features
        ]
        return chosen + [
            asdict(dropped) | {"kind": "skip", "width": 0, "options": {}}
            for dropped in self.dropped
        ]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "features": [feature.to_json() for feature in self.features],
            "dropped": [asdict(dropped) for dropped in self.dropped],
            "output": Signature((), self.output).to_json()["output"],
            "weights": None if self.weights is None else asdict(self.weights),
        } | ({"folds": [asdict(output) for output in self.folds]} if self.folds else {})

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Encoding:
        """Rebuild what ``to_json`` wrote, before or after it was stored as JSON."""
        signature = Signature.from_json({"inputs": [], "output": document["output"]})
        return cls(
            tuple(from_json(feature) for feature in document["features"]),
            tuple(Dropped(**dropped) for dropped in document["dropped"]),
            signature.output,
            # Rows of the earlier releases all count the same.
            Weighing(**weights) if (weights := document.get("weights")) else None,
            tuple(
                Signature.from_json({"inputs": [], "output": output}).output
                for output in document.get("folds", ())
            ),
        )

    def _numeric(self, columns: Columns) -> np.ndarray:
        tensor = self._numeric_tensor
        rows = len(columns[self.columns[0]])
        numeric = np.zeros((rows, tensor.width), np.float32)
        if tensor.block.features:
            values, null = tensor.block.encode(columns)
            numeric[:, tensor.numbers] = values
            numeric[:, tensor.number_indicators] = null[:, tensor.indicated]
        for feature, start in tensor.others:
            width = feature.shape[0] if feature.slot == "numeric" else 0
            values_of = columns[feature.column]
            if width:
                numeric[:, start : start + width] = feature.encode(values_of)
            if feature.indicator:
                numeric[:, start + width] = null_mask(values_of)
        return numeric

    @property
    def _spreads(self) -> list[Spread]:
        """How each column of ``numeric`` spreads; nothing if that is not known of all."""
        found: list[Spread] = []
        for feature in self.features:
            if feature.slot == "numeric":
                own = feature.spreads
                if own is None:
                    return []
                found += own
            if feature.indicator:
                found.append(feature.indicator_spread)
        return found

    def _of_slot(self, slot: str) -> list[Feature]:
        return [feature for feature in self.features if feature.slot == slot]

    @cached_property
    def _numeric_tensor(self) -> _NumericTensor:
        return _NumericTensor.of(self.features)

    @cached_property
    def _own(self) -> dict[str, Feature]:
        """The features that are an input of their own, by its name: the column's, if it is free."""
        own: dict[str, Feature] = {}
        taken = _TAKEN if self.weights is None else _TAKEN | {ROW_WEIGHTS}
        columns = {feature.column for feature in self.features}
        for feature in self.features:
            if feature.slot in ("image", "text"):
                name = feature.column
                while name in taken or name in own or (name != feature.column and name in columns):
                    name += "_"
                own[name] = feature
        return own


@dataclass(frozen=True)
class _NumericTensor:
    """The places of features in the ``numeric`` tensor, the missing indicator of each last."""

    width: int
    block: NumberBlock
    numbers: np.ndarray
    """The positions of the block's columns."""
    indicated: np.ndarray
    """The features of the block that have an indicator."""
    number_indicators: np.ndarray
    """The positions of these indicators."""
    others: list[tuple[Feature, int]]
    """The other features that have columns here, and where they begin."""
    starts: np.ndarray
    """The place at which the columns of each feature begin, or would."""

    @classmethod
    def of(cls, features: tuple[Feature, ...]) -> _NumericTensor:
        start = 0
        block: list[Number] = []
        numbers: list[int] = []
        indicated: list[int] = []
        number_indicators: list[int] = []
        others: list[tuple[Feature, int]] = []
        starts: list[int] = []
        for feature in features:
            starts.append(start)
            width = feature.shape[0] if feature.slot == "numeric" else 0
            if isinstance(feature, Number):
                numbers += range(start, start + width)
                if feature.indicator:
                    indicated.append(len(block))
                    number_indicators.append(start + width)
                block.append(feature)
            elif width or feature.indicator:
                others.append((feature, start))
            start += width + feature.indicator
        return cls(
            start,
            NumberBlock(block),
            np.array(numbers, np.intp),
            np.array(indicated, np.intp),
            np.array(number_indicators, np.intp),
            others,
            np.array(starts, np.intp),
        )
