"""Label values as the targets of training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

import numpy as np

from cerebro_db.dataset.columns import Columns, Form
from cerebro_db.dataset.features._scalars import not_finite
from cerebro_db.dataset.labels.hot import encode_hot
from cerebro_db.dataset.values.float32 import as_float32
from cerebro_db.errors import DataError
from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import LabelKind, task_of

_FORMS: dict[LabelKind, Form] = {"class": "text", "set": "labels", "numbers": "number"}


def label_form(output: Output) -> Form:
    """Return the canonical form in which targets are read."""
    if output.hot:
        return "labels"
    return _FORMS[task_of(output).labels]


def encode_targets(output: Output, columns: Columns) -> np.ndarray:
    """Return the targets of canonical label values, as ``Output`` says.

    Raises:
        DataError: a label is none of the classes that were trained, is not finite or too large.
    """
    task = task_of(output)
    if task.labels == "numbers":
        values = np.array([columns[name] for name in output.columns]).T
        if not np.isfinite(values).all():
            column = int(np.flatnonzero(~np.isfinite(values).all(axis=0))[0])
            rows = int((~np.isfinite(values[:, column])).sum())
            raise not_finite(output.columns[column], rows)
        with np.errstate(over="ignore"):
            standard = task.standardised(output, values)
        of_columns = zip(output.columns, standard.T, strict=True)
        return np.stack([as_float32(name, own) for name, own in of_columns], axis=1)
    positions = {label: position for position, label in enumerate(output.classes)}
    labels = cast(list[Any], columns[output.columns[0]])
    if output.hot:
        return encode_hot(output, labels)
    try:
        if task.labels == "set":
            encoded = np.zeros((len(labels), output.units), task.dtype)
            for row, present in zip(encoded, labels, strict=True):
                row[[positions[label] for label in _flat(present)]] = 1.0
            return encoded
        codes = np.fromiter(map(positions.__getitem__, labels), np.int32, len(labels))
    except KeyError as error:
        raise DataError(
            f'column "{output.columns[0]}" holds a label that training did not see',
            detail=f"The label is {error.args[0]!r}.",
            hint="The labels are: " + ", ".join(output.classes[:20]) + ".",
        ) from None
    return codes.astype(task.dtype, copy=False)


def _flat(labels: Iterable[Any]) -> Iterator[Any]:
    """Yield the labels of an array of any dimensions, without those that are NULL."""
    for label in labels:
        if isinstance(label, list):
            yield from _flat(label)
        elif label is not None:
            yield label
