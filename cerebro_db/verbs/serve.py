"""Models that this session predicts with: loaded once, checked in every statement.

A cached model is found by role and run, and used only after the caller's own rights have shown, in
the statement at hand, that the run is still there and is the one that was loaded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cerebro_db.dataset import Columns, Encoding, RowDecoder
from cerebro_db.model import Spec
from cerebro_db.model.signature import Output
from cerebro_db.session import Session
from cerebro_db.store import serving
from cerebro_db.training import Predictor, predictor, weights_of

# Models of other runs are loaded anew when this many have been used since.
_MAX_LOADED = 8


@dataclass
class Served:
    """A run's best configuration, ready to predict."""

    head: serving.Head
    encoding: Encoding
    decoder: RowDecoder
    predictor: Predictor
    checked: str = ""

    @property
    def output(self) -> Output:
        """What it predicts."""
        return self.encoding.signature.output

    def predict(self, columns: Columns) -> np.ndarray:
        """Return (rows, units) of predictions for canonical columns."""
        return self.predictor.predict(self.encoding.encode(columns))


_loaded: dict[tuple[str, str], Served] = {}


def serve(session: Session, role: str, run: str, statement: str = "") -> Served:
    """Return the model that serves a run.

    Args:
        session: the caller's.
        role: the role that calls.
        run: the run's name.
        statement: identifies the statement at hand, which needs one check only; "" checks anyway.

    Raises:
        UndefinedName: there is no such run, or the role may not see it.
        InvalidArgument: the run has no finished configuration.
    """
    served = _loaded.get((role, run))
    if served is not None and statement and served.checked == statement:
        return served
    head = serving.head(session, run)
    if served is None or served.head != head:
        served = _load(session, run, head)
        _loaded.pop((role, run), None)
        _loaded[role, run] = served
        while len(_loaded) > _MAX_LOADED:
            del _loaded[next(iter(_loaded))]
    # What the decoder knows of the user's types may have changed since the last statement.
    served.decoder = RowDecoder(session, served.encoding)
    served.checked = statement
    return served


def _load(session: Session, run: str, head: serving.Head) -> Served:
    body = serving.body(session, run)
    encoding = Encoding.from_json(body.encoding)
    return Served(
        head=head,
        encoding=encoding,
        decoder=RowDecoder(session, encoding),
        predictor=predictor(Spec.from_json(body.spec), weights_of(body.state)),
    )
