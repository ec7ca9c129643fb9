"""Numbers, scaled by the training rows and told apart where they are few; booleans as 0 and 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import Column, Columns, Form, Values
from cerebro_db.dataset.features._base import Feature, Options, kept_by
from cerebro_db.dataset.features._few import FewValues, ToldApart
from cerebro_db.dataset.features._ids import Distinctness, named_id
from cerebro_db.dataset.features._scalars import ScalarFitter, not_finite
from cerebro_db.dataset.features._scaling import STANDARD, Scale, Scaling
from cerebro_db.dataset.features._spread import (
    UNCOUNTED,
    Spread,
    bins_shown,
    counted_spreads,
)
from cerebro_db.dataset.values.float32 import all_finite, too_large
from cerebro_db.words import counted


@dataclass(frozen=True)
class Number(Feature):
    """A number as (value - mean) / scale; NULL as the mean, which is 0.

    A scale of 0 says that all values in training were the mean: whatever comes is 0. A column of
    few values, such as an hour, is followed by a 0/1 column for each: what it means need not grow
    or fall with the number. Another value than these is 0 in all of them.

    Args:
        edges, robust: see ``Spread``; None of earlier releases.
        values: those with a column of their own, rising.
        scaling: one of ``SCALINGS``: how the number becomes an encoded one.
        quantiles: see ``Scale``.
        shares: of all training rows, those of each of ``values``, or those of true; () of earlier
            releases.
    """

    mean: float
    scale: float
    boolean: bool
    edges: tuple[float, ...] | None = None
    robust: tuple[float, float] = UNCOUNTED.robust
    values: tuple[float, ...] = ()
    scaling: str = STANDARD
    quantiles: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()

    kind = "number"
    slot = "numeric"

    @property
    def form(self) -> Form:
        return "boolean" if self.boolean else "number"

    @property
    def shape(self) -> tuple[int, ...]:
        return (1 + len(self.values),)

    @property
    def spreads(self) -> Sequence[Spread] | None:
        if self.boolean:
            return counted_spreads(self.shares, 1)
        if self.edges is None:
            return None
        apart = counted_spreads(self.shares, len(self.values))
        return [Spread(self.edges, self.robust), *apart]

    def with_edges(self, edges: Sequence[tuple[float, ...]], why: str) -> Number:
        return replace(self, edges=edges[0], why=why)

    @property
    def options(self) -> dict[str, Any]:
        if self.boolean:
            return {}
        found: dict[str, Any] = {"mean": self.mean, "scale": self.scale}
        if self.scaling != STANDARD:
            found = {"scaling": self.scaling}
        if self.values:
            found["onehot"] = len(self.values)
        return found | bins_shown(self.edges)

    def encode(self, values: Values) -> np.ndarray:
        return NumberBlock((self,)).encode({self.column: values})[0]


@dataclass(frozen=True)
class NumberBlock:
    """Numbers encoded side by side, so that one row costs one numpy operation and not one each.

    The encoded columns of a feature follow one another: the number, then those of its values.
    """

    features: Sequence[Number]

    def encode(self, columns: Columns) -> tuple[np.ndarray, np.ndarray]:
        """Return the encoded values and which numbers are missing: (rows, width) and (rows,
        features)."""
        joined = np.concatenate([columns[f.column] for f in self.features], dtype=np.float64)
        values = joined.reshape(len(self.features), -1).T
        if np.isinf(values).any():
            column = int(np.flatnonzero(np.isinf(values).any(axis=0))[0])
            raise not_finite(self.features[column].column, int(np.isinf(values[:, column]).sum()))
        null = np.isnan(values)
        scaled = self._scaled(values)
        scaled[null] = 0.0
        if not all_finite(scaled):
            wrong = ~np.isfinite(scaled)
            column = int(np.flatnonzero(wrong.any(axis=0))[0])
            raise too_large(self.features[column].column, int(wrong[:, column].sum()))
        return self._apart.beside(values, scaled), null

    def encode_finite(self, values: np.ndarray) -> np.ndarray | None:
        """Return float64 (rows, features) of numbers encoded; None if ``encode`` is to look closer,
        because one is NULL, infinite or too large."""
        scaled = self._scaled(values)
        return self._apart.beside(values, scaled) if all_finite(scaled) else None

    @property
    def width(self) -> int:
        """The number of encoded columns."""
        return self._apart.width

    @np.errstate(over="ignore")
    def _scaled(self, values: np.ndarray) -> np.ndarray:
        return self._scaling(values).astype(np.float32)

    @cached_property
    def _scaling(self) -> Scaling:
        return Scaling([Scale(f.mean, f.scale, f.scaling, f.quantiles) for f in self.features])

    @cached_property
    def _apart(self) -> ToldApart:
        return ToldApart([feature.values for feature in self.features])


class _NumberFitter(ScalarFitter):
    """Learns how to scale a number, and its values where they are few; a boolean stays 0 and 1.

    Options: see ``ScalarFitter``; ``onehot``, how many values are few; ``min_rows``, how many rows
    each needs that is told apart.
    """

    def __init__(self, column: Column, options: Options, why: str) -> None:
        super().__init__(column, options, why)
        self._few = FewValues(options.get("onehot", 0))

    def learn(self, values: Values, null: np.ndarray) -> None:
        super().learn(values, null)
        numbers = np.asarray(values, np.float64)
        self._few.update(numbers[~null] if null.any() else numbers)

    def partial(self) -> dict[str, Any]:
        return super().partial() | {"few": self._few.partial()}

    def merge(self, partial: Mapping[str, Any]) -> None:
        super().merge(partial)
        self._few.merge(partial["few"])

    def finish(self) -> Number:
        boolean = self.column.form == "boolean"
        scale, apart = self.scale(), self._few.apart(self.options.get("min_rows", 1))
        values = tuple(apart)
        # Where a boolean is NULL, it is 0.
        true = [scale.mean * (1 - self.null_share)] if boolean else []
        shares = (*true, *(rows / self.rows for rows in apart.values()))
        found = UNCOUNTED if boolean else self.spread(scale)
        return Number(
            column=self.column.name,
            type=self.column.type,
            why=self.why + (f", {counted(len(values), 'value')} told apart" if values else ""),
            missing=self.nulls > 0,
            null_share=self.null_share,
            mean=0.0 if boolean else scale.mean,
            scale=float(scale.scale > 0) if boolean else scale.scale,
            boolean=boolean,
            edges=found.edges,
            robust=found.robust,
            values=values,
            scaling=scale.kind,
            quantiles=scale.quantiles,
            shares=shares,
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
