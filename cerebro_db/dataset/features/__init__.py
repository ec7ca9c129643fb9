"""The kinds of features, one per file. A new kind is a file beside these and its classes below."""

from collections.abc import Mapping
from typing import Any

from cerebro_db.dataset.features._base import (
    Dropped,
    Feature,
    Fitter,
    Learner,
    Options,
    all_null,
    kept_by,
    null_mask,
)
from cerebro_db.dataset.features.arrays import (
    ArrayFitter,
    ArrayImage,
    ArrayImageFitter,
    Vector,
    VectorFitter,
)
from cerebro_db.dataset.features.categories import Embedding, OneHot
from cerebro_db.dataset.features.dates import DateTime, DateTimeFitter
from cerebro_db.dataset.features.ids import Ids, IdsFitter
from cerebro_db.dataset.features.images import ByteImage, ByteImageFitter
from cerebro_db.dataset.features.numbers import Number, NumberFitter, UnstatedNumberFitter
from cerebro_db.dataset.features.texts import Text, TextFitter

CLASSES: dict[str, type[Feature]] = {
    cls.__name__: cls
    for cls in (ArrayImage, ByteImage, DateTime, Embedding, Ids, Number, OneHot, Text, Vector)
}

FITTERS: dict[str, type[Fitter]] = {
    cls.__name__: cls
    for cls in (
        ArrayFitter,
        ArrayImageFitter,
        ByteImageFitter,
        DateTimeFitter,
        IdsFitter,
        NumberFitter,
        TextFitter,
        UnstatedNumberFitter,
        VectorFitter,
    )
}

__all__ = [
    "CLASSES",
    "FITTERS",
    "Dropped",
    "Feature",
    "Fitter",
    "Learner",
    "Options",
    "all_null",
    "from_json",
    "kept_by",
    "null_mask",
]


def from_json(document: Mapping[str, Any]) -> Feature:
    """Rebuild the feature that ``Feature.to_json`` wrote."""
    return CLASSES[document["class"]].from_json(document)
