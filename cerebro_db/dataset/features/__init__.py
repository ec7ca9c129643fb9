"""The kinds of features, one per file. A new kind is a file beside these and a line in CLASSES."""

from collections.abc import Mapping
from typing import Any

from cerebro_db.dataset.features._base import Feature, Fitter, Options, null_mask
from cerebro_db.dataset.features.arrays import ArrayImage, Vector
from cerebro_db.dataset.features.categories import Embedding, OneHot
from cerebro_db.dataset.features.dates import DateTime
from cerebro_db.dataset.features.images import ByteImage
from cerebro_db.dataset.features.numbers import Number
from cerebro_db.dataset.features.texts import Text

CLASSES: dict[str, type[Feature]] = {
    cls.__name__: cls
    for cls in (ArrayImage, ByteImage, DateTime, Embedding, Number, OneHot, Text, Vector)
}

__all__ = ["CLASSES", "Feature", "Fitter", "Options", "from_json", "null_mask"]


def from_json(document: Mapping[str, Any]) -> Feature:
    """Rebuild the feature that ``Feature.to_json`` wrote."""
    return CLASSES[document["class"]].from_json(document)
