"""Fits the encoding of a staged source: one pass over its rows, in bounded memory.

Every row is checked, validation rows too, so that nothing can fail once chunks are being written;
only training rows teach.
"""

from __future__ import annotations

from collections.abc import Mapping

from cerebro_db.dataset.choose import Dropped, choose
from cerebro_db.dataset.features import Feature, Fitter
from cerebro_db.dataset.overrides import Override
from cerebro_db.dataset.staged import Staged


def fit_features(
    staged: Staged, overrides: Mapping[str, Override]
) -> tuple[list[Feature], list[Dropped]]:
    """Return the features in the order of the columns, and the columns that are of no use.

    Raises:
        DataError: values that cannot be encoded.
    """
    fitters: list[Fitter] = []
    dropped: list[Dropped] = []
    for column, form in staged.plan.features:
        chosen = choose(staged, column, form, overrides.get(column.name))
        if isinstance(chosen, Dropped):
            dropped.append(chosen)
        else:
            fitters.append(chosen)
    staged.learn(fitters)
    features = []
    for fitter in fitters:
        if fitter.nulls == fitter.rows:
            why = f"NULL in all {fitter.rows} training rows"
            dropped.append(Dropped(fitter.column.name, fitter.column.type, why))
        else:
            features.append(fitter.finish())
    return features, dropped
