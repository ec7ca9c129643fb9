"""Fits the encoding of a staged source: one pass over its rows, in bounded memory.

Every row is checked, validation rows too, so that nothing can fail once chunks are being written;
only training rows teach.
"""

from __future__ import annotations

from collections.abc import Mapping

from cerebro_db.dataset.features import Dropped, Feature, Fitter
from cerebro_db.dataset.fitting.choose import all_null, choose
from cerebro_db.dataset.request.overrides import Override
from cerebro_db.dataset.staged.rows import StagedRows


def fit_features(
    staged: StagedRows, overrides: Mapping[str, Override]
) -> tuple[list[Feature], list[Dropped]]:
    """Return the features in the order of the columns, and the columns that are of no use.

    Raises:
        DataError: values that cannot be encoded.
    """
    chosen = choose(staged, overrides)
    fitters = [one for one in chosen if isinstance(one, Fitter)]
    if fitters:
        staged.learn(fitters)
    found = [_learned(one) if isinstance(one, Fitter) else one for one in chosen]
    return (
        [one for one in found if isinstance(one, Feature)],
        [one for one in found if isinstance(one, Dropped)],
    )


def _learned(fitter: Fitter) -> Feature | Dropped:
    if fitter.nulls == fitter.rows:
        return all_null(fitter.column, fitter.rows)
    return fitter.finish()
