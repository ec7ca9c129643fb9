"""Predictions by models that only their framework can compute, wherever the server runs it."""

from __future__ import annotations

from functools import partial

import numpy as np

from cerebro_db.engines.choose import server_of
from cerebro_db.engines.sessions.loopback import find_loopback
from cerebro_db.session import Session
from cerebro_db.store.serving import Network
from cerebro_db.tensors import Tensors


class FrameworkPredictor:
    """See ``training.Predictor``.

    Args:
        session: the caller's.
        network: which kept state.
    """

    def __init__(self, session: Session, network: Network) -> None:
        self._session = session
        self._network = network
        self._server = server_of(session, partial(find_loopback, session))

    def predict(self, inputs: Tensors) -> np.ndarray:
        """Return (rows, units) of predictions.

        Raises:
            UndefinedName: the state is gone, because the run was dropped meanwhile.
        """
        poll = partial(self._server.poll, self._session)
        return self._server.infer(self._session, self._network, inputs, poll)
