"""Configurations that this session predicts with: read once, and the caller's right to them looked
at again in each statement, and every second of a long one.

What is kept is found by role, run and the configuration that is asked for, and used only after the
caller's own rights have shown that the run is still there and is served by what was read.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic

import numpy as np

from cerebro_db.dataset.columns import Columns
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.row.decoder import RowDecoder
from cerebro_db.dataset.values.float32 import all_finite
from cerebro_db.errors import DataError
from cerebro_db.model.frameworks import TENSORFLOW
from cerebro_db.model.signature import Output
from cerebro_db.serving.mean import mean_of
from cerebro_db.session import Row, Session
from cerebro_db.session.process import Moment
from cerebro_db.store.appraisals import Threshold
from cerebro_db.store.serving import Head, ServedNetwork, Serving, Wanted
from cerebro_db.tensors import Tensors
from cerebro_db.training import Predictor, forward
from cerebro_db.words import counted

# Configurations that are held, the most recently used last.
_MAX_SERVED = 8
# How long one statement may go on without another look at the caller's rights.
_SECONDS = 1.0


@dataclass(slots=True)
class Served:
    """A configuration, ready to predict until ``deadline`` of one statement.

    ``predictor`` is the mean of its ``networks``; ``thresholds``, float64 (units,), are those of
    classes or labels where they are not as usual. What ``rows`` knows of the catalog holds as long
    as the transaction writes nothing.
    """

    head: Head
    encoding: Encoding
    networks: dict[ServedNetwork, Predictor]
    predictor: Predictor
    thresholds: np.ndarray | None
    rows: RowDecoder
    moment: Moment
    deadline: float

    @property
    def output(self) -> Output:
        """The output of the run's model."""
        return self.encoding.output

    def predict(self, columns: Columns) -> np.ndarray:
        """Return (rows, ...) of predictions for canonical columns.

        Raises:
            DataError: a value cannot be encoded, or a prediction is not finite.
        """
        return self.predict_inputs(self.encoding.encode(columns))

    def predict_inputs(self, inputs: Tensors) -> np.ndarray:
        """Return (rows, ...) of predictions for encoded rows.

        Raises:
            DataError: one is not finite.
        """
        predictions = self.predictor.predict(inputs)
        if not all_finite(predictions):
            raise self._not_finite(inputs, predictions)
        return predictions

    def predict_row(self, payload: bytes, document: str | None) -> np.ndarray | None:
        """Return (1, units) for a row as ``RowDecoder`` takes it, None for a row that is NULL."""
        inputs = self.rows.encode(payload, document)
        return None if inputs is None else self.predict_inputs(inputs)

    def _not_finite(self, inputs: Tensors, predictions: np.ndarray) -> DataError:
        wrong = ~np.isfinite(predictions).all(axis=1)
        farthest = self.encoding.farthest({name: own[wrong] for name, own in inputs.items()})
        detail = f"{counted(int(wrong.sum()), 'row')} came to NaN or infinity."
        if farthest is not None:
            column, size = farthest
            detail += f' Column "{column}" is {size:.3g} times its deviation from the mean there.'
        return DataError(
            "a prediction is not a finite number",
            detail=detail,
            hint="Correct the value that lies so far from those of the training rows.",
        )


# The role that asks, and what it wants.
_Key = tuple[int, Wanted]
_served: OrderedDict[_Key, Served] = OrderedDict()


def serve(
    session: Session,
    moment: Moment,
    run: str,
    config: int | None = None,
    *,
    of_folds: bool = False,
) -> Served:
    """Return what serves a run to the caller of this moment: its ensemble, the best configuration
    where it has none, or the one of this number.

    Args:
        of_folds: whether the networks of its folds are meant, whoever answers in their place.

    Raises:
        UndefinedName: there is no such run, or the role may not see it; or no such configuration.
        InvalidArgument: no state is kept of the configuration, or of none of the run's.
    """
    key = moment.role, Wanted(run, config, of_folds)
    served = _served.get(key)
    if (
        served is not None
        and served.moment.statement == moment.statement
        and monotonic() < served.deadline
    ):
        if served.moment.written != moment.written:
            # A table may have been altered: in a block, that is no statement of its own.
            served.rows.forget()
            served.moment = moment
        return served
    return _looked_at(session, moment, key)


def look_again() -> None:
    """Have runs looked at again: one may have been made or dropped within the same statement."""
    for served in _served.values():
        served.deadline = 0.0


def _looked_at(session: Session, moment: Moment, key: _Key) -> Served:
    role, wanted = key
    before = _served.pop(key, None)
    reader = Serving(session)
    head = reader.head(wanted)
    # The best configuration may have been asked for by its number too, and an ensemble has several.
    others = [served for (of, *_), served in _served.items() if of == role]
    there = others if before is None else [before, *others]
    held = {network: own for served in there for network, own in served.networks.items()}
    encoding = next((served.encoding for served in there if _of_one_run(served.head, head)), None)
    networks: dict[ServedNetwork, Predictor] = {}
    for network in head.networks:
        if encoding is None or network not in held:
            model = reader.model(network)
            encoding = encoding or Encoding.from_json(model["encoding"])
            held[network] = _predictor(session, network, encoding, model)
        networks[network] = held[network]
    assert encoding is not None
    predictor = mean_of(list(networks.values()), head.weights)
    # The types of rows are learned anew too: tables may have changed.
    rows = RowDecoder(session, encoding)
    deadline = monotonic() + _SECONDS
    thresholds = _thresholds(head.threshold, encoding.output)
    served = Served(head, encoding, networks, predictor, thresholds, rows, moment, deadline)
    _served[key] = served
    while len(_served) > _MAX_SERVED:
        _served.popitem(last=False)
    return served


def _of_one_run(one: Head, other: Head) -> bool:
    """Return whether two heads are of one run, whose rows are encoded alike."""
    return (one.id, one.networks[0].installation) == (other.id, other.networks[0].installation)


def _thresholds(threshold: Threshold | None, output: Output) -> np.ndarray | None:
    if threshold is None:
        return None
    if isinstance(threshold, dict):
        return np.array([threshold[label] for label in output.classes], np.float64)
    return np.array([threshold], np.float64)


def _predictor(
    session: Session, network: ServedNetwork, encoding: Encoding, model: Row
) -> Predictor:
    own = encoding.of_fold(network.fold)
    found = forward.of_state(own.signature, model["state"])
    if found is not None:
        return found
    # Few models need what this imports.
    from cerebro_db.serving.framework import FrameworkPredictor, Rescaled

    predictor = FrameworkPredictor(session, network, model["framework"] or TENSORFLOW)
    return predictor if own is encoding else Rescaled(predictor, encoding.output, own.output)
