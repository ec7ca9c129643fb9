"""Predictions by a worker, for a backend that asks: the framework stays out of users' sessions.

TensorFlow and PostgreSQL's just-in-time compiler each bring an LLVM, and one process does not
survive both. Workers have the compiler off; a user's session need not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cerebro_db.engines.sessions.workers import Workers
from cerebro_db.errors import CerebroError
from cerebro_db.session.job import Job, Statement, Steps
from cerebro_db.store.serving import ServedNetwork, dropped
from cerebro_db.store.statements import load_statements
from cerebro_db.tensors import Tensors, pack, unpack

_SQL = load_statements(__package__, "units.sql")

# The name of the one tensor that comes back.
PREDICTIONS = "predictions"


def infer(
    workers: Workers, network: ServedNetwork, inputs: Tensors, poll: Callable[[], None]
) -> np.ndarray:
    """Return (rows, ...) of predictions by a kept state, as a training.Predictor gives them.

    Args:
        workers: whose warm worker to ask; one is started if there is none.
        network: which kept state; the caller's right to it has been checked.
        inputs: the encoded rows.
        poll: called while waiting; raises when the caller is cancelled.

    Raises:
        UndefinedName: the state is gone, because the run was dropped meanwhile.
    """
    worker = workers.take(briefly=True)
    try:
        if worker.job is not None:
            worker.job.run(poll)
            worker.job = None
        stale = worker.models.get((network.id, network.config), network) != network
        payload = Job(worker.connection, _steps(network, pack(inputs), stale=stale)).run(poll)
        worker.models[network.id, network.config] = network
    except CerebroError:
        # No fault of the worker's.
        workers.give_back(worker)
        raise
    except BaseException:
        stuck = worker.connection.closed
        worker.connection.close()
        if stuck:
            workers.leave([worker])
        raise
    workers.give_back(worker)
    return unpack(payload)[PREDICTIONS]


def _steps(network: ServedNetwork, inputs: bytes, *, stale: bool = False) -> Steps:
    """Ask, and load the model first if the worker does not hold it, or an earlier state of it."""
    ask = Statement(_SQL["infer"], (network.id, network.config, inputs))
    payload = None
    if not stale:
        payload = (yield ask)[0]["payload"]
    if payload is None:
        loaded = yield Statement(
            _SQL["load_model"], (network.id, network.config, network.units, network.fold)
        )
        if not loaded:
            raise dropped(network)
        payload = (yield ask)[0]["payload"]
    return payload
