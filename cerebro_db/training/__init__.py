"""Trains and applies one configuration: (spec, state, chunks) → (state, metrics). No SQL here.

The framework is imported on first use; ``warm_up`` does so ahead of time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cerebro_db.model.spec import Spec
from cerebro_db.polls import no_poll
from cerebro_db.training import losses
from cerebro_db.training._base import (
    Chunk,
    Predictor,
    Progress,
    Sizes,
    SubEpoch,
    UnitKey,
    UnitResult,
    sizes_of,
    together,
)
from cerebro_db.training.runtime import backend, computing, configure, framework, warm_up
from cerebro_db.training.signals import opened
from cerebro_db.training.states import read_state, serving_in, write_state

__all__ = [
    "Chunk",
    "Predictor",
    "Progress",
    "Sizes",
    "SubEpoch",
    "UnitKey",
    "UnitResult",
    "begin",
    "configure",
    "framework",
    "mean_loss",
    "predictor",
    "sizes_of",
    "together",
    "warm_up",
    "weights_of",
]


def begin(
    spec: Spec,
    key: UnitKey,
    state: bytes | None,
    *,
    progress: Progress | None = None,
    lender: Spec | None = None,
    poll: Callable[[], None],
) -> SubEpoch:
    """Start a unit.

    Args:
        spec: the configuration.
        key: which unit it is.
        state: what the configuration's last unit left, or None to begin with initial weights.
        progress: how far the configuration has come; needed where something of it has a schedule.
        lender: the configuration of which the state is, where it is another's, whose weights this
            one begins with; see ``Spec.pretrained``.
        poll: called at least every second or mini-batch, and while a model is built and compiled
            between its layers; raises to give up. What is one call of the framework is bounded in
            ``model/cost``.

    Raises:
        InvalidArgument: the framework cannot build the model for this dataset.
        DataError: the state is damaged, missing, or that of another model.
        NotReady: see ``warm_up``.
    """
    warm_up(poll)
    from cerebro_db.training.keras import KerasSubEpoch

    return KerasSubEpoch(spec, key, state, progress, lender, opened(poll))


def predictor(spec: Spec, weights: bytes, *, poll: Callable[[], None] = no_poll) -> Predictor:
    """Return what predicts with the weights of a state, or with what ``weights_of`` kept of it.

    Args:
        poll: called between layers while the model is built, and between calls of the framework
            that predict; raises to give up.

    Raises:
        DataError: the weights are damaged, or are those of another model.
        NotReady: see ``warm_up``.
    """
    warm_up(poll)
    from cerebro_db.training.keras import KerasPredictor

    return KerasPredictor(spec, weights, opened(poll))


def mean_loss(
    spec: Spec,
    targets: np.ndarray,
    predictions: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    poll: Callable[[], None] = no_poll,
) -> float:
    """Return the mean loss of rows that a configuration has predicted, without penalties.

    Only a registered loss takes the framework, which executes it; its logits are made of the
    predictions.

    Args:
        targets: as in chunks.
        predictions: as a ``Predictor`` gives them.
        weights: how much each row counts; None: all the same.
        poll: see ``predictor``.

    Raises:
        CodeFailed: a registered loss raises, or gives something else.
        NotReady: see ``warm_up``.
    """
    registered = spec.registered("loss")
    if not registered:
        return losses.mean_loss(spec, targets, predictions, weights)
    warm_up(poll)
    (code,) = registered
    logits = losses.logits(spec, predictions)
    with computing():
        of_rows = backend().registered_losses(code, spec.signature.output, logits, targets)
    return losses.weighted_mean(of_rows, weights)


def weights_of(state: bytes) -> bytes:
    """Return the weights of a state that predict: what serving needs.

    Raises:
        DataError: the state is damaged.
    """
    return write_state(serving_in(read_state(state)))
