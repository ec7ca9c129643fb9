"""Numeric arrays: a vector of fixed length, standardised element by element, or an image."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import Column, Form, Values
from cerebro_db.dataset.features._base import Feature, Fitter, Options
from cerebro_db.dataset.features._few import FewValues, ToldApart
from cerebro_db.dataset.features._moments import Moments, divisor
from cerebro_db.dataset.features._same import Sameness
from cerebro_db.dataset.features._sample import Sample, between
from cerebro_db.dataset.features._scalars import not_finite
from cerebro_db.dataset.features._scaling import STANDARD, Scale, Scaling, learned
from cerebro_db.dataset.features._spread import (
    Spread,
    bins_shown,
    counted_spread,
    edges_learned,
    spread,
)
from cerebro_db.dataset.values.float32 import as_float32
from cerebro_db.errors import DataError
from cerebro_db.literals import json_literal
from cerebro_db.words import counted

# Longer arrays are mostly one thing in many numbers, such as a picture or a spectrum, whose values
# have no meaning of their own.
_MOST_COUNTED = 32


@dataclass(frozen=True)
class Vector(Feature):
    """The elements of an array, each standardised; NULL is all zeros, the means. An element of few
    values is followed by a 0/1 column for each, see ``Number``."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    array: tuple[int, ...] = ()
    """See ``stack``."""
    edges: tuple[tuple[float, ...], ...] | None = None
    """Of each element, see ``Spread``; None of earlier releases."""
    robust: tuple[tuple[float, float], ...] = ()
    """Of each element, see ``Spread``."""
    scaling: str = STANDARD
    """One of ``SCALINGS``: how elements become encoded ones."""
    quantiles: tuple[tuple[float, ...], ...] = ()
    """Of each element, see ``Scale``; () where none has any."""
    values: tuple[tuple[float, ...], ...] = ()
    """Of each element those with a column of their own, rising; () where none has any."""
    shares: tuple[tuple[float, ...], ...] = ()
    """Of each of ``values``, of all training rows."""

    kind = "vector"
    slot = "numeric"

    @property
    def form(self) -> Form:
        return "array"

    @property
    def shape(self) -> tuple[int, ...]:
        return (self._apart.width,)

    @property
    def spreads(self) -> Sequence[Spread] | None:
        if self.edges is None:
            return None
        shares = self.shares or ((),) * len(self.means)
        return [
            one
            for edges, robust, own in zip(self.edges, self.robust, shares, strict=True)
            for one in (Spread(edges, robust), *map(counted_spread, own))
        ]

    def with_edges(self, edges: Sequence[tuple[float, ...]], why: str) -> Vector:
        return replace(self, edges=tuple(edges[place] for place in self._apart.numbers), why=why)

    @property
    def options(self) -> dict[str, Any]:
        scaling = {} if self.scaling == STANDARD else {"scaling": self.scaling}
        most = max(self.edges or (), key=len, default=())
        apart = {"onehot": sum(map(len, self.values))} if self.values else {}
        return {"length": len(self.means)} | scaling | apart | bins_shown(most)

    def encode(self, values: Values) -> np.ndarray:
        stacked, present = stack(self.column, values, (len(self.means),), self.array)
        encoded = np.zeros((len(values), *self.shape), np.float32)
        scaled = as_float32(self.column, self._scaling(stacked))
        encoded[present] = self._apart.beside(stacked, scaled)
        return encoded

    @cached_property
    def _apart(self) -> ToldApart:
        return ToldApart(self.values or ((),) * len(self.means))

    @cached_property
    def _scaling(self) -> Scaling:
        quantiles = self.quantiles or ((),) * len(self.means)
        return Scaling(
            [
                Scale(mean, scale, self.scaling, own)
                for mean, scale, own in zip(self.means, self.scales, quantiles, strict=True)
            ]
        )


@dataclass(frozen=True)
class ArrayImage(Feature):
    """An array as an image (height, width, channels), standardised by one mean and deviation."""

    image: tuple[int, ...]
    mean: float
    scale: float
    array: tuple[int, ...] = ()
    """See ``stack``."""

    kind = "image"
    slot = "image"

    @property
    def form(self) -> Form:
        return "array"

    @property
    def shape(self) -> tuple[int, ...]:
        return self.image

    @property
    def options(self) -> dict[str, Any]:
        return {"shape": list(self.image), "dtype": self.dtype}

    def encode(self, values: Values) -> np.ndarray:
        stacked, present = stack(self.column, values, self.image, self.array)
        encoded = np.zeros((len(values), *self.image), np.float32)
        encoded[present] = as_float32(self.column, (stacked - self.mean) / divisor(self.scale))
        return encoded


class _ArrayFitter(Fitter):
    def __init__(self, column: Column, options: Options, why: str) -> None:
        super().__init__(column, options, why)
        self.shapes: Counter[tuple[int, ...]] = Counter()
        self.moments = Moments()
        self._sample = Sample()
        self._few: list[FewValues] = []
        self._same = Sameness()
        self._infinite = 0

    def check(self, values: Values) -> None:
        if isinstance(values, np.ndarray):
            self.shapes[values.shape[1:]] += len(values)
            self._infinite += int((~_finite_rows(values)).sum())
            return
        arrays = [value for value in values if value is not None]
        self.shapes.update(array.shape for array in arrays)
        self._infinite += sum(not np.isfinite(array).all() for array in arrays)

    def learn(self, values: Values, null: np.ndarray) -> None:
        self._same.update(value.tobytes() for value in values if value is not None)
        if len(self.shapes) == 1 and not self._infinite and not null.all():
            if not isinstance(values, np.ndarray):
                values = np.stack([value for value in values if value is not None])
            samples = self.samples(values.astype(np.float64))
            self.moments.update(samples)
            # An image is no row of numbers.
            if samples.ndim > 1:
                self._sample.update(samples)
                for few, element in zip(self._few_of(samples.shape[1]), samples.T, strict=True):
                    few.update(element)

    def samples(self, arrays: np.ndarray) -> np.ndarray:
        """Return (samples, statistics) of the arrays of a batch."""
        return arrays.reshape(len(arrays), -1)

    def _few_of(self, elements: int) -> list[FewValues]:
        """Return what counts the values of each element."""
        if not self._few:
            most = self.options.get("onehot", 0) if elements <= _MOST_COUNTED else 0
            self._few = [FewValues(most) for _ in range(elements)]
        return self._few

    def as_vector(self, why: str) -> Vector:
        """Return the feature if it is a vector."""
        found = self.single_shape()
        sample = between(self._sample.sorted, *self.moments.range)
        scales = self._scales(sample)
        bins = edges_learned(self.options, len(scales))
        spreads = [spread(values, bins) for values in Scaling(scales)(sample).T]
        kind = self.options.get("scale", STANDARD)
        apart = [few.apart(self.options.get("min_rows", 1)) for few in self._few]
        told = sum(map(len, apart))
        return Vector(
            column=self.column.name,
            type=self.column.type,
            why=why + (f", {counted(told, 'value')} told apart" if told else ""),
            missing=self.nulls > 0,
            null_share=self.null_share,
            means=tuple(one.mean for one in scales),
            scales=tuple(one.scale for one in scales),
            array=found,
            edges=tuple(one.edges for one in spreads),
            robust=tuple(one.robust for one in spreads),
            scaling=kind,
            quantiles=tuple(s.quantiles for s in scales) if kind == "quantile" else (),
            values=tuple(map(tuple, apart)) if told else (),
            shares=tuple(_shares(own, self.rows) for own in apart) if told else (),
        )

    def _scales(self, sample: np.ndarray) -> list[Scale]:
        """Return the scale of each element of a vector."""
        kind = self.options.get("scale", STANDARD)
        if kind == STANDARD:
            standard = self.moments.standard(self.column.name)
            return [Scale(*both) for both in zip(*(s.tolist() for s in standard), strict=True)]
        return [learned(kind, values, sample.shape[1]) for values in sample.T]

    def as_image(self, why: str) -> ArrayImage:
        """Return the feature if it is an image."""
        found = self.single_shape()
        image = image_shape(self.options.get("shape", found))
        if not _may_be(found, image):
            raise DataError(
                f'the arrays of column "{self.column.name}" do not have the stated shape',
                detail=f"Theirs is {_dimensions(found)}; stated is {_dimensions(image)}.",
                hint="State their shape in encode; arrays of one dimension are cut into any shape"
                " of as many elements.",
            )
        mean, scale = self.moments.standard(self.column.name)
        return ArrayImage(
            column=self.column.name,
            type=self.column.type,
            why=why,
            missing=self.nulls > 0,
            null_share=self.null_share,
            image=image,
            mean=float(mean),
            scale=float(scale),
            array=found,
        )

    def partial(self) -> dict[str, Any]:
        return super().partial() | {
            "shapes": list(self.shapes.items()),
            "infinite": self._infinite,
            "moments": self.moments.partial(),
            "sample": self._sample.partial(),
            "few": [few.partial() for few in self._few],
            "same": self._same.partial(),
        }

    def merge(self, partial: Mapping[str, Any]) -> None:
        super().merge(partial)
        self.shapes.update({tuple(shape): rows for shape, rows in partial["shapes"]})
        self._infinite += partial["infinite"]
        self._same.merge(partial["same"])
        # Moments of different shapes cannot be merged, and are of no use.
        if len(self.shapes) == 1:
            self.moments.merge(partial["moments"])
            self._sample.merge(partial["sample"])
            if partial["few"]:
                both = zip(self._few_of(len(partial["few"])), partial["few"], strict=True)
                for few, other in both:
                    few.merge(other)

    def useless(self) -> str | None:
        if not any(map(math.prod, self.shapes)):
            return f"no element in any of {counted(self.shapes.total(), 'array')}"
        if self.nulls or self._same.differ:
            return None
        return f"the same array in all {counted(self.rows, 'training row')}"

    def single_shape(self) -> tuple[int, ...]:
        """Return the shape that all arrays have.

        Raises:
            DataError: there are several, or an element is not finite.
        """
        if len(self.shapes) > 1:
            counts = [f"{n} of {_dimensions(shape)}" for shape, n in self.shapes.most_common(5)]
            name, ids = self.column.name, ""
            if self.column.offers("ids"):
                ids = f", read them as ids with encode := {json_literal({name: 'ids'})}"
            raise DataError(
                f'the arrays of column "{name}" differ in shape',
                detail="The number of rows with arrays of each shape: " + ", ".join(counts) + ".",
                hint=f"Make them equal{ids}, or leave the column out with"
                f" encode := {json_literal({name: 'skip'})}.",
            )
        if self._infinite:
            raise not_finite(self.column.name, self._infinite, elements=True)
        (shape,) = self.shapes
        return shape


def _shares(values: Mapping[float, int], rows: int) -> tuple[float, ...]:
    """Return the share of all rows that each value has."""
    return tuple(own / rows for own in values.values())


class VectorFitter(_ArrayFitter):
    """Learns the mean and the standard deviation of every element."""

    def finish(self) -> Vector:
        return self.as_vector(self.why)


class ArrayImageFitter(_ArrayFitter):
    """Learns one mean and one standard deviation, and the shape if none is stated."""

    def samples(self, arrays: np.ndarray) -> np.ndarray:
        return arrays.reshape(-1)

    def finish(self) -> ArrayImage:
        return self.as_image(self.why)


class ArrayFitter(_ArrayFitter):
    """Learns an image of arrays that have two or three dimensions, else a vector."""

    def samples(self, arrays: np.ndarray) -> np.ndarray:
        return arrays.reshape(-1) if _is_image(arrays.shape[1:]) else super().samples(arrays)

    def finish(self) -> Vector | ArrayImage:
        shape = self.single_shape()
        why = f"{self.why}, {counted(len(shape), 'dimension')}"
        return self.as_image(why) if _is_image(shape) else self.as_vector(why)


def _is_image(shape: tuple[int, ...]) -> bool:
    return len(shape) in (2, 3)


def image_shape(shape: Sequence[int]) -> tuple[int, ...]:
    """Return (height, width, channels); a shape of two numbers has one channel."""
    return (*shape, 1) if len(shape) == 2 else tuple(shape)


def stack(
    column: str, values: Values, shape: tuple[int, ...], array: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray | slice]:
    """Return the arrays that are not NULL as one (arrays, *shape), and the rows where they are.

    Args:
        array: the shape that arrays have in the column, as they had in training; () where that
            was not kept, by earlier releases: then any of as many elements will do.

    Raises:
        DataError: an array has another shape, or an element that is not finite.
    """

    def fits(found: tuple[int, ...]) -> bool:
        return found == array if array else math.prod(found) == math.prod(shape)

    if isinstance(values, np.ndarray) and fits(values.shape[1:]):
        return _finite(column, values.reshape(-1, *shape)), slice(None)
    arrays = [value for value in values if value is not None]
    for found in arrays:
        if not fits(found.shape):
            own, due = _dimensions(found.shape), _dimensions(array or shape)
            raise DataError(
                f'an array of column "{column}" has another shape than in training',
                detail=f"Its shape is {own}; due is {due}.",
                hint="Order and cut the elements as in the rows that were trained on.",
            )
    if not arrays:
        return np.empty((0, *shape)), np.zeros(len(values), bool)
    stacked = _finite(column, np.stack([array.reshape(shape) for array in arrays]))
    if len(arrays) == len(values):
        return stacked, slice(None)
    return stacked, np.fromiter((value is not None for value in values), bool, len(values))


def _finite(column: str, arrays: np.ndarray) -> np.ndarray:
    if not np.isfinite(arrays).all():
        raise not_finite(column, int((~_finite_rows(arrays)).sum()), elements=True)
    return arrays


def _finite_rows(arrays: np.ndarray) -> np.ndarray:
    return np.isfinite(arrays.reshape(len(arrays), -1)).all(axis=1)


def _may_be(found: tuple[int, ...], image: tuple[int, ...]) -> bool:
    """Return whether arrays can be images of a stated shape, but for dimensions of one element."""
    if len(found) == 1:
        return found[0] == math.prod(image)
    return [size for size in found if size > 1] == [size for size in image if size > 1]


def _dimensions(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
