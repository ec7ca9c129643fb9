"""Fits the encoding of a staged source: one pass over its rows, in bounded memory, and another one
where the target is to choose bins.

Every row is checked, validation rows too, so that nothing can fail once chunks are being written;
only training rows teach.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cerebro_db.dataset.features import Dropped, Feature, Fitter, all_null
from cerebro_db.dataset.features._spread import TARGET
from cerebro_db.dataset.fitting.choose import choose
from cerebro_db.dataset.fitting.row_weights import RowWeights
from cerebro_db.dataset.fitting.target_bins import TargetBins
from cerebro_db.dataset.labels.targets import label_form
from cerebro_db.dataset.request.overrides import Stated
from cerebro_db.dataset.staged.rows import StagedRows
from cerebro_db.dataset.values.weighing import Weighing
from cerebro_db.errors import InvalidArgument
from cerebro_db.model.signature import Output


class Fitted(NamedTuple):
    """The features in the order of the columns, the columns that are of no use, and how rows are
    weighed."""

    features: list[Feature]
    dropped: list[Dropped]
    weights: Weighing | None


def fit_features(staged: StagedRows, stated: Stated, output: Output) -> Fitted:
    """Return what the rows teach.

    Args:
        output: what is asked of the features, by which bins may be chosen.

    Raises:
        DataError: values that cannot be encoded.
    """
    chosen = choose(staged, stated)
    fitters = [one for one in chosen if isinstance(one, Fitter)]
    weights = _weights(staged)
    learners = [*fitters, *([] if weights is None else [weights])]
    if learners:
        staged.learn(learners)
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
    return Fitted(
        _with_target_bins(staged, features, fitters, output),
        dropped,
        None if weights is None else weights.finish(),
    )


def _weights(staged: StagedRows) -> RowWeights | None:
    column = staged.selection.weights
    return None if column is None else RowWeights(column, {}, "stated")


def _with_target_bins(
    staged: StagedRows, features: list[Feature], fitters: Sequence[Fitter], output: Output
) -> list[Feature]:
    """Have the target choose the edges of the features of which that is asked, in a second pass."""
    asked = {f.column.name: f for f in fitters if f.options.get("by") == TARGET}
    learners = {
        feature.column: TargetBins.of(fitter.column, feature, output, fitter.options["bins"])
        for feature in features
        if (fitter := asked.get(feature.column)) and any(s.edges for s in feature.spreads or ())
    }
    if learners and staged.selection.folds is not None:
        raise InvalidArgument(
            'bins cannot be chosen by the target where there are folds: "bins": "target"',
            detail="The target would be that of all rows, and so of those that a fold's network"
            f" has not seen. It is stated for {', '.join(learners)}.",
            hint="State how many bins there are to be, or hold out a fraction: validation :="
            " '0.2'.",
        )
    if learners:
        staged.label_form = label_form(output)
        staged.learn(list(learners.values()))
    return [
        learners[feature.column].finish() if feature.column in learners else feature
        for feature in features
    ]


def _learned(fitter: Fitter) -> Feature | Dropped:
    if fitter.nulls == fitter.rows:
        return all_null(fitter.column, fitter.rows)
    feature = fitter.finish()
    reason = fitter.useless()
    if reason is None:
        return feature
    return Dropped(fitter.column.name, fitter.column.type, reason)
