"""Images stored as raw bytes, with a shape and an element type that the user states."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import Column, Form, Values
from cerebro_db.dataset.features._base import Feature, Fitter, Options
from cerebro_db.dataset.features._moments import Moments, divisor
from cerebro_db.dataset.features._same import Sameness
from cerebro_db.dataset.features._scalars import not_finite
from cerebro_db.dataset.features.arrays import image_shape
from cerebro_db.dataset.values.float32 import as_float32
from cerebro_db.errors import DataError
from cerebro_db.words import counted


@dataclass(frozen=True)
class ByteImage(Feature):
    """Bytes as an image (height, width, channels): uint8 as they are, float32 standardised.

    NULL is all zeros.
    """

    image: tuple[int, ...]
    element: str
    mean: float
    scale: float

    kind = "image"
    slot = "image"

    @property
    def form(self) -> Form:
        return "bytes"

    @property
    def shape(self) -> tuple[int, ...]:
        return self.image

    @property
    def dtype(self) -> str:
        return self.element

    @property
    def options(self) -> dict[str, Any]:
        return {"shape": list(self.image), "dtype": self.element}

    def encode(self, values: Values) -> np.ndarray:
        encoded = np.zeros((len(values), *self.image), self.element)
        due = math.prod(self.image) * encoded.itemsize
        present = [row for row, value in enumerate(values) if value is not None]
        for row in present:
            if len(values[row]) != due:
                raise DataError(
                    f'a value of column "{self.column}" has another length than in training',
                    detail=f"It has {counted(len(values[row]), 'byte')}; {due:,} are due.",
                )
        images = pixels(b"".join(values[row] for row in present), self.element)
        images = images.reshape(-1, *self.image)
        if self.element == "uint8":
            encoded[present] = images
            return encoded
        if not np.isfinite(images).all():
            rows = ~np.isfinite(images.reshape(len(present), -1)).all(axis=1)
            raise not_finite(self.column, int(rows.sum()))
        standard = (images.astype(np.float64) - self.mean) / divisor(self.scale)
        encoded[present] = as_float32(self.column, standard)
        return encoded


class ByteImageFitter(Fitter):
    """Checks the length of every value; learns mean and deviation of float32 images."""

    def __init__(self, column: Column, options: Options, why: str) -> None:
        super().__init__(column, options, why)
        self._image = image_shape(options["shape"])
        self._element = options.get("dtype", "uint8")
        self._due = math.prod(self._image) * np.dtype(self._element).itemsize
        self._lengths: Counter[int] = Counter()
        self._infinite = 0
        self._moments = Moments()
        self._same = Sameness()

    def check(self, values: Values) -> None:
        self._lengths.update(len(value) for value in values if value is not None)
        if self._element == "float32":
            images = (pixels(v, "float32") for v in values if v is not None and not len(v) % 4)
            self._infinite += sum(not np.isfinite(image).all() for image in images)

    def learn(self, values: Values, null: np.ndarray) -> None:
        self._same.update(value for value in values if value is not None)
        if self._element == "float32" and set(self._lengths) <= {self._due} and not self._infinite:
            images = b"".join(value for value in values if value is not None)
            self._moments.update(pixels(images, "float32").astype(np.float64))

    def partial(self) -> dict[str, Any]:
        return super().partial() | {
            "lengths": list(self._lengths.items()),
            "infinite": self._infinite,
            "moments": self._moments.partial(),
            "same": self._same.partial(),
        }

    def merge(self, partial: Mapping[str, Any]) -> None:
        super().merge(partial)
        self._lengths.update(dict(partial["lengths"]))
        self._infinite += partial["infinite"]
        self._moments.merge(partial["moments"])
        self._same.merge(partial["same"])

    def useless(self) -> str | None:
        if self.nulls or self._same.differ:
            return None
        return f"the same image in all {counted(self.rows, 'training row')}"

    def finish(self) -> ByteImage:
        wrong = {length: n for length, n in self._lengths.items() if length != self._due}
        if wrong:
            length, rows = max(wrong.items(), key=lambda item: item[1])
            raise DataError(
                f'values of column "{self.column.name}" do not fill the stated shape',
                detail=f"{counted(sum(wrong.values()), 'row is', 'rows are')} not "
                f"{counted(self._due, 'byte')} long; {rows:,} of them"
                f" are {length}.",
                hint="State the shape and the dtype of the images as they are stored.",
            )
        if self._infinite:
            raise not_finite(self.column.name, self._infinite)
        mean, scale = 0.0, 1.0
        if self._element == "float32":
            mean, scale = map(float, self._moments.standard(self.column.name))
        return ByteImage(
            column=self.column.name,
            type=self.column.type,
            why=self.why,
            missing=self.nulls > 0,
            null_share=self.null_share,
            image=self._image,
            element=self._element,
            mean=mean,
            scale=scale,
        )


def pixels(payload: bytes, element: str) -> np.ndarray:
    """Return the elements (pixels,) of bytes in little-endian order."""
    return np.frombuffer(payload, np.dtype(element).newbyteorder("<"))
