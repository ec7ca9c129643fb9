"""Sequences of ids that the source has, such as articles or the tokens of a tokenizer: as they
are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import Column, Form, Values
from cerebro_db.dataset.features._base import Feature, Fitter, Options
from cerebro_db.dataset.features._lengths import MAX_STATED_LENGTH, Lengths
from cerebro_db.dataset.features._same import Sameness
from cerebro_db.errors import DataError
from cerebro_db.literals import json_literal
from cerebro_db.model.layers.embedding import MAX_IDS
from cerebro_db.words import counted

_PAD = 0


@dataclass(frozen=True)
class Ids(Feature):
    """The first ids of an array, (length,): 0 pads, and what is none of the ids is ``unknown``.
    NULL is all padding, as an array without elements is."""

    length: int
    size: int
    """Ids are below it."""
    unknown: int = _PAD

    kind = "ids"
    slot = "text"

    @property
    def form(self) -> Form:
        return "ids"

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.length,)

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.size,)

    @property
    def indicator(self) -> bool:
        """Whether a column beside says what is missing: never, a model may take ids alone."""
        return False

    @property
    def options(self) -> dict[str, Any]:
        return {"size": self.size, "length": self.length, "unknown": self.unknown}

    def encode(self, values: Values) -> np.ndarray:
        if _nested(values):
            raise DataError(
                f'column "{self.column}" has an array of several dimensions',
                detail="Training took the arrays of this column as sequences of ids.",
                hint="Give it one dimension.",
            )
        first = [() if value is None else value[: self.length] for value in values]
        lengths = np.fromiter(map(len, first), np.intp, len(first))
        ids = np.concatenate([np.empty(0), *first])
        encoded = np.full((len(first), self.length), _PAD, np.int32)
        encoded[np.arange(self.length) < lengths[:, None]] = np.where(
            _known(ids, self.size), ids, self.unknown
        )
        return encoded


class IdsFitter(Fitter):
    """Counts lengths, and looks whether all rows have ids."""

    def __init__(self, column: Column, options: Options, why: str) -> None:
        super().__init__(column, options, why)
        self._lengths = Lengths()
        self._same = Sameness()
        self._largest = 0
        # Rows, of training and validation.
        self._nested = 0
        self._with_null = 0
        self._with_others = 0
        # What these have that is no id.
        self._range = (np.inf, -np.inf)

    def check(self, values: Values) -> None:
        self._nested += _nested(values)
        arrays = [value.ravel() for value in values if value is not None]
        row = np.repeat(np.arange(len(arrays)), list(map(len, arrays)))
        numbers = np.concatenate([np.empty(0), *arrays])
        known, null = _known(numbers, self._size), np.isinf(numbers)
        others = ~known & ~null
        self._with_null += len(np.unique(row[null]))
        self._with_others += len(np.unique(row[others]))
        self._largest = int(numbers[known].max(initial=self._largest))
        self._widen(numbers[others])

    def learn(self, values: Values, null: np.ndarray) -> None:
        arrays = [value for value in values if value is not None]
        self._same.update(array.tobytes() for array in arrays)
        self._lengths.update(map(len, arrays))

    def partial(self) -> dict[str, Any]:
        return super().partial() | {
            "lengths": self._lengths.partial(),
            "same": self._same.partial(),
            "largest": self._largest,
            "rows_nested": self._nested,
            "rows_with_null": self._with_null,
            "rows_with_others": self._with_others,
            "range": self._range if self._with_others else (),
        }

    def merge(self, partial: Mapping[str, Any]) -> None:
        super().merge(partial)
        self._lengths.merge(partial["lengths"])
        self._same.merge(partial["same"])
        self._largest = max(self._largest, partial["largest"])
        self._nested += partial["rows_nested"]
        self._with_null += partial["rows_with_null"]
        self._with_others += partial["rows_with_others"]
        self._widen(np.array(partial["range"]))

    def useless(self) -> str | None:
        if self._lengths.common == 0:
            return f"no id in any of {counted(self.rows - self.nulls, 'array')}"
        if self.nulls or self._same.differ:
            return None
        return f"the same ids in all {counted(self.rows, 'training row')}"

    def finish(self) -> Ids:
        if self._nested:
            raise DataError(
                f'column "{self.column.name}" has arrays of several dimensions',
                detail=f"It has them in {counted(self._nested, 'row')}.",
                hint="A sequence of ids has one dimension.",
            )
        unknown = self.options.get("unknown")
        if unknown is None and (self._with_null or self._with_others):
            raise self._no_ids()
        lengths = self._lengths
        length = self.options.get("length") or min(
            lengths.common or lengths.usual, MAX_STATED_LENGTH
        )
        cut = lengths.above(length)
        return Ids(
            column=self.column.name,
            type=self.column.type,
            why=self.why + (f", {counted(cut, 'training row')} cut" if cut else ""),
            missing=self.nulls > 0,
            null_share=self.null_share,
            length=length,
            size=self.options.get("size") or 1 + max(self._largest, unknown or _PAD),
            unknown=_PAD if unknown is None else unknown,
        )

    @property
    def _size(self) -> int:
        return int(self.options.get("size", MAX_IDS))

    def _widen(self, numbers: np.ndarray) -> None:
        low, high = self._range
        self._range = float(numbers.min(initial=low)), float(numbers.max(initial=high))

    def _no_ids(self) -> DataError:
        low, high = self._range
        found = []
        if self._with_others:
            rows = counted(self._with_others, "row")
            found.append(f"numbers that are no ids in {rows}: from {int(low)} to {int(high)}")
        if self._with_null:
            found.append(f"NULL among the ids in {counted(self._with_null, 'row')}")
        stated = {"as": "ids", **self.options, **self._room_for_unknown()}
        suffices = not self._with_null and self._size <= low and high < MAX_IDS
        larger = ', or a larger "size"' if suffices else ""
        return DataError(
            f'column "{self.column.name}" holds what is no id from 0 to {self._size - 1}',
            detail=f"It has {' and '.join(found)}.",
            hint='State as "unknown" the id that all else is to be, as in encode := '
            f"{json_literal({self.column.name: stated})}{larger}.",
        )

    def _room_for_unknown(self) -> dict[str, int]:
        """Return options by which what is no id gets one that no row has, or pads where there are
        no more to be had."""
        size = min(max(self.options.get("size", 0), self._largest + 2), MAX_IDS)
        return {"size": size, "unknown": size - 1 if size - 1 > self._largest else _PAD}


def _nested(values: Values) -> int:
    """Return how many arrays have several dimensions."""
    return sum(value is not None and value.ndim != 1 for value in values)


def _known(ids: np.ndarray, size: int) -> np.ndarray:
    return (ids >= 0) & (ids < size)
