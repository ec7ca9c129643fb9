"""Predictions in the process that asks: on Greenplum mostly a segment's, beside the rows.

A segment can read the kept states, of which each has a copy, but can ask no other session.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from cerebro_db import training
from cerebro_db.errors import NotPermitted
from cerebro_db.model import Spec
from cerebro_db.model.frameworks import SPOKEN, TENSORFLOW, Framework
from cerebro_db.session import Session
from cerebro_db.store import serving
from cerebro_db.tensors import Tensors

_MAX_MODELS = 8

# Of which one process does not survive both it and the server's just-in-time compiler.
_WITHOUT_JIT = (TENSORFLOW,)

_models: OrderedDict[serving.ServedNetwork, training.Predictor] = OrderedDict()


def infer(
    session: Session, network: serving.ServedNetwork, framework: Framework, inputs: Tensors
) -> np.ndarray:
    """Return (rows, ...) of predictions by a kept state, as a training.Predictor gives them.

    Args:
        session: the caller's; its right to the run has been checked.
        network: which kept state.
        framework: what has trained it.
        inputs: the encoded rows.

    Raises:
        UndefinedName: the state is gone, because the run was dropped meanwhile.
        NotPermitted: the framework cannot be loaded into this process.
    """
    predictor = _models.pop(network, None) or _load(session, network, framework)
    _models[network] = predictor
    while len(_models) > _MAX_MODELS:
        _models.popitem(last=False)
    return predictor.predict(inputs)


def _load(
    session: Session, network: serving.ServedNetwork, framework: Framework
) -> training.Predictor:
    refuse_beside_jit(session, framework)
    training.configure(1, framework)
    found = serving.Serving(session).definition(network)
    return training.predictor(Spec.from_json(found["spec"]), training.weights_of(found["state"]))


def refuse_beside_jit(session: Session, framework: Framework) -> None:
    """Refuse a framework that one process does not survive together with the session's settings.

    Raises:
        NotPermitted: it is one, and the just-in-time compiler is on.
    """
    if framework in _WITHOUT_JIT and serving.compiles_queries(session):
        raise NotPermitted(
            "this session cannot predict",
            detail="The just-in-time compiler is on; together with "
            f"{SPOKEN[framework]} it ends the server.",
            hint="set jit = off",
        )
