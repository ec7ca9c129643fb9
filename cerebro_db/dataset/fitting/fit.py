"""Fits the encoding of a staged source: one pass over its rows, in bounded memory.

Every row is checked, validation rows too, so that nothing can fail once chunks are being written;
only training rows teach.
"""

from __future__ import annotations

from cerebro_db.dataset.features import Dropped, Feature, Fitter, all_null
from cerebro_db.dataset.fitting.choose import choose
from cerebro_db.dataset.request.overrides import Stated
from cerebro_db.dataset.staged.rows import StagedRows


def fit_features(staged: StagedRows, stated: Stated) -> tuple[list[Feature], list[Dropped]]:
    """Return the features in the order of the columns, and the columns that are of no use.

    Raises:
        DataError: values that cannot be encoded.
    """
    chosen = choose(staged, stated)
    fitters = [one for one in chosen if isinstance(one, Fitter)]
    if fitters:
        staged.learn(fitters)
    found = [_learned(one) if isinstance(one, Fitter) else one for one in chosen]
    reasons = [one.counts_rows() if isinstance(one, Fitter) else None for one in chosen]
    # Where there is nothing else to learn from, what seems to be an id is what is meant.
    others = any(
        isinstance(one, Feature) and reason is None
        for one, reason in zip(found, reasons, strict=True)
    )
    features: list[Feature] = []
    dropped: list[Dropped] = []
    for one, reason in zip(found, reasons, strict=True):
        if isinstance(one, Dropped):
            dropped.append(one)
        elif reason is not None and others:
            dropped.append(Dropped(one.column, one.type, reason))
        else:
            features.append(one)
    return features, dropped


def _learned(fitter: Fitter) -> Feature | Dropped:
    if fitter.nulls == fitter.rows:
        return all_null(fitter.column, fitter.rows)
    feature = fitter.finish()
    reason = fitter.useless()
    if reason is None:
        return feature
    return Dropped(fitter.column.name, fitter.column.type, reason)
