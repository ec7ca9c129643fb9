"""Numbers, standardised on the training rows, and booleans as 0 and 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import Column, Columns, Form, Values
from cerebro_db.dataset.features._base import Feature, Options, kept_by
from cerebro_db.dataset.features._ids import Distinctness, named_id
from cerebro_db.dataset.features._moments import divisor
from cerebro_db.dataset.features._scalars import ScalarFitter, not_finite
from cerebro_db.dataset.features._spread import DISCRETE, Spread, bins_shown
from cerebro_db.dataset.values.float32 import all_finite, too_large
from cerebro_db.words import counted


@dataclass(frozen=True)
class Number(Feature):
    """A number as (value - mean) / scale; NULL as the mean, which is 0.

    A scale of 0 says that all values in training were the mean: whatever comes is 0.

    Args:
        edges, robust: see ``Spread``; None of earlier releases.
    """

    mean: float
    scale: float
    boolean: bool
    edges: tuple[float, ...] | None = None
    robust: tuple[float, float] = DISCRETE.robust

    kind = "number"
    slot = "numeric"

    @property
    def form(self) -> Form:
        return "boolean" if self.boolean else "number"

    @property
    def shape(self) -> tuple[int, ...]:
        return (1,)

    @property
    def spreads(self) -> Sequence[Spread] | None:
        if self.boolean:
            return [DISCRETE]
        return None if self.edges is None else [Spread(self.edges, self.robust)]

    @property
    def options(self) -> dict[str, Any]:
        if self.boolean:
            return {}
        return {"mean": self.mean, "scale": self.scale} | bins_shown(self.edges)

    def encode(self, values: Values) -> np.ndarray:
        return NumberBlock((self,)).encode({self.column: values})[0]


@dataclass(frozen=True)
class NumberBlock:
    """Numbers encoded side by side, so that one row costs one numpy operation and not one each."""

    features: Sequence[Number]

    def encode(self, columns: Columns) -> tuple[np.ndarray, np.ndarray]:
        """Return the encoded values and which of them are missing: both (rows, features)."""
        joined = np.concatenate([columns[f.column] for f in self.features], dtype=np.float64)
        values = joined.reshape(len(self.features), -1).T
        if np.isinf(values).any():
            column = int(np.flatnonzero(np.isinf(values).any(axis=0))[0])
            raise not_finite(self.features[column].column, int(np.isinf(values[:, column]).sum()))
        null = np.isnan(values)
        encoded = self._standardised(values)
        encoded[null] = 0.0
        if not all_finite(encoded):
            wrong = ~np.isfinite(encoded)
            column = int(np.flatnonzero(wrong.any(axis=0))[0])
            raise too_large(self.features[column].column, int(wrong[:, column].sum()))
        return encoded, null

    def standardise(self, values: np.ndarray) -> np.ndarray | None:
        """Return float64 (rows, features) of numbers encoded; None if ``encode`` is to look closer,
        because one is NULL, infinite or too large."""
        encoded = self._standardised(values)
        return encoded if all_finite(encoded) else None

    @np.errstate(over="ignore")
    def _standardised(self, values: np.ndarray) -> np.ndarray:
        return ((values - self._means) / self._scales).astype(np.float32)

    @cached_property
    def _means(self) -> np.ndarray:
        return np.array([feature.mean for feature in self.features])

    @cached_property
    def _scales(self) -> np.ndarray:
        return divisor(np.array([feature.scale for feature in self.features]))


class _NumberFitter(ScalarFitter):
    """Learns mean and standard deviation; a boolean stays 0 and 1."""

    def finish(self) -> Number:
        boolean = self.column.form == "boolean"
        mean, scale = map(float, self.moments.standard(self.column.name))
        if boolean:
            mean, scale = 0.0, float(scale > 0)
        found = DISCRETE if boolean else self.spread(mean, scale)
        return Number(
            column=self.column.name,
            type=self.column.type,
            why=self.why,
            missing=self.nulls > 0,
            mean=mean,
            scale=scale,
            boolean=boolean,
            edges=found.edges,
            robust=found.robust,
        )


class NumberFitter(_NumberFitter):
    """Learns a number that was stated to be one, or a boolean."""


class UnstatedNumberFitter(_NumberFitter):
    """Learns a number of which nobody has said that it is one: it may only count the rows."""

    def __init__(self, column: Column, options: Options, why: str) -> None:
        super().__init__(column, options, why)
        self._distinct = Distinctness()

    def check(self, values: Values) -> None:
        super().check(values)
        self._distinct.update(np.asarray(values))

    def partial(self) -> dict[str, Any]:
        return super().partial() | {"distinct": self._distinct.partial()}

    def merge(self, partial: Mapping[str, Any]) -> None:
        super().merge(partial)
        self._distinct.merge(partial["distinct"])

    def counts_rows(self) -> str | None:
        if not self._distinct.all_differ:
            return None
        each = f"a different integer in each of {counted(self._distinct.rows, 'row')}"
        if named_id(self.column.name):
            return kept_by(self.column.name, "number", f"{each}, and its name is one of an id")
        if self._distinct.gapless:
            return kept_by(self.column.name, "number", f"{each}, without gaps: an id")
        return None
