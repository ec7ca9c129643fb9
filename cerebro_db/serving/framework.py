"""Predictions by models that only their framework can compute, wherever the server runs it."""

from __future__ import annotations

from functools import partial

import numpy as np

from cerebro_db.engines.choose import server_of
from cerebro_db.engines.sessions.loopback import find_loopback
from cerebro_db.model.frameworks import Framework
from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import task_of
from cerebro_db.session import Session
from cerebro_db.store.serving import ServedNetwork
from cerebro_db.tensors import Tensors
from cerebro_db.training import Predictor


class FrameworkPredictor:
    """See ``training.Predictor``.

    Args:
        session: the caller's.
        network: which kept state.
        framework: what has trained it, and predicts.
    """

    def __init__(self, session: Session, network: ServedNetwork, framework: Framework) -> None:
        self._session = session
        self._network = network
        self._framework = framework
        self._server = server_of(session, partial(find_loopback, session))

    def predict(self, inputs: Tensors) -> np.ndarray:
        """Return (rows, ...) of predictions.

        Raises:
            UndefinedName: the state is gone, because the run was dropped meanwhile.
        """
        poll = partial(self._server.poll, self._session)
        return self._server.infer(self._session, self._network, self._framework, inputs, poll)


class Rescaled:
    """What a fold's network predicts, whose scale of values is its own; see ``training.Predictor``.

    Args:
        predictor: gives them by the scale of all rows.
        output: that scale.
        own: the network's.
    """

    def __init__(self, predictor: Predictor, output: Output, own: Output) -> None:
        self._predictor = predictor
        self._output = output
        self._own = own

    def predict(self, inputs: Tensors) -> np.ndarray:
        """Return (rows, ...) of predictions in the targets' own units."""
        task = task_of(self._output)
        standard = task.standardised(self._output, self._predictor.predict(inputs))
        return task.in_own_units(self._own, standard)
