"""Chooses how each column is encoded, and says why: from its type, its values and the user's word.

Looks only at training rows.
"""

from __future__ import annotations

from typing import Any

from cerebro_db.dataset.columns import INTEGER_SENDS, Column, Form
from cerebro_db.dataset.features import Dropped, Feature, Fitter
from cerebro_db.dataset.features._scaling import STANDARD
from cerebro_db.dataset.features._spread import TARGET, default_bins
from cerebro_db.dataset.features.arrays import ArrayFitter, ArrayImageFitter, VectorFitter
from cerebro_db.dataset.features.dates import DateTimeFitter
from cerebro_db.dataset.features.ids import IdsFitter
from cerebro_db.dataset.features.images import ByteImageFitter
from cerebro_db.dataset.features.numbers import NumberFitter, UnstatedNumberFitter
from cerebro_db.dataset.features.texts import TextFitter
from cerebro_db.dataset.fitting.categories import choose_texts, enough_rows
from cerebro_db.dataset.request.overrides import Override, Stated
from cerebro_db.dataset.staged.rows import StagedRows

# Up to so many whole numbers in a column are told apart, too, where each has so many rows.
_FEW_VALUES = 32
_FEW_ROWS = 10


def choose(staged: StagedRows, stated: Stated) -> list[Feature | Fitter | Dropped]:
    """Return each column's encoding, or what will learn it from the training rows."""
    chosen = {
        name: feature
        for group in staged.text_groups
        for name, feature in choose_texts(staged, group, stated).items()
    }
    return [
        chosen.get(column.name) or _fitter(staged, column, form, stated)
        for column, form in staged.selection.features
    ]


def _fitter(staged: StagedRows, column: Column, form: Form, stated: Stated) -> Fitter:
    override = stated.of(column.name)
    why = "stated in encode" if override else f"type {column.type}"
    kind = override.kind if override else ""
    fitter: type[Fitter]
    defaults: dict[str, Any] = {}
    match form:
        case "number" | "boolean":
            counting = form == "number" and column.send in _COUNTING
            unstated = counting and not (override or staged.selection.named)
            fitter = UnstatedNumberFitter if unstated else NumberFitter
            if form == "number":
                defaults = _of_numbers(staged, override)
        case "datetime":
            fitter = DateTimeFitter
            defaults = {"bins": _bins(staged)}
        case "bytes":
            fitter = ByteImageFitter
        case "ids":
            fitter = IdsFitter
        case "array":
            fitter = _ARRAYS.get(kind, ArrayFitter)
            defaults = _of_numbers(staged, override)
        case _:
            fitter = TextFitter
    options = stated.options(column.name, **defaults)
    if options.get("bins") == TARGET:
        options |= {"bins": _bins(staged), "by": TARGET}
    return fitter(column, options, why)


def _of_numbers(staged: StagedRows, override: Override | None) -> dict[str, Any]:
    """Return the options of numbers where nobody states them."""
    return {
        "bins": _bins(staged),
        "scale": STANDARD,
        # What is stated to be a number is that alone.
        "onehot": 0 if override else _FEW_VALUES,
        "min_rows": max(_FEW_ROWS, enough_rows(staged)),
    }


def _bins(staged: StagedRows) -> int:
    """Return how many bins each number gets by default."""
    forms = [form for _, form in staged.selection.features]
    return default_bins(sum(form in ("number", "datetime") for form in forms))


# Types in which rows are numbered.
_COUNTING = INTEGER_SENDS | {"numeric_send"}

_ARRAYS: dict[str, type[Fitter]] = {"image": ArrayImageFitter, "vector": VectorFitter}
