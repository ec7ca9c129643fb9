"""Runs that this session predicts with: encodings loaded once, rights checked in every statement.

What is cached is found by role and run, and used only after the caller's own rights have shown, in
the statement at hand, that the run is still there and is the one that was loaded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cerebro_db.dataset import Columns, Encoding, RowDecoder
from cerebro_db.engines.postgres import WorkerLimits, Workers, infer
from cerebro_db.model.signature import Output
from cerebro_db.store import serving
from cerebro_db.verbs.context import Context
from cerebro_db.verbs.options import Options

# Runs whose encoding is kept; another one is loaded anew when so many have been used since.
_MAX_LOADED = 8


@dataclass
class Served:
    """A run's best configuration, ready to predict in one statement."""

    context: Context
    head: serving.Head
    encoding: Encoding
    decoder: RowDecoder
    workers: Workers

    @property
    def output(self) -> Output:
        """What it predicts."""
        return self.encoding.output

    def predict(self, columns: Columns) -> np.ndarray:
        """Return (rows, units) of predictions for canonical columns."""
        inputs = self.encoding.encode(columns)
        return infer(self.workers, self.head.id, self.head.config, inputs, self.context.poll)


_encodings: dict[tuple[str, str, serving.Head], Encoding] = {}
_served: dict[tuple[str, str], Served] = {}


def serve(context: Context, run: str) -> Served:
    """Return what serves a run; checked against the catalog once in each statement of a role.

    Raises:
        UndefinedName: there is no such run, or the role may not see it.
        InvalidArgument: the run has no finished configuration.
    """
    served = _served.get((context.role, run))
    if served is None or served.context.statement != context.statement:
        head = serving.head(context.caller, run)
        encoding = _encoding(context, run, head)
        # What a decoder knows of the user's types may have changed since the last statement.
        decoder = RowDecoder(context.caller, encoding)
        limits = WorkerLimits.of(Options.threads, Options.cache_mb)
        served = Served(context, head, encoding, decoder, Workers(context.conninfo, limits))
        _served[context.role, run] = served
    return served


def _encoding(context: Context, run: str, head: serving.Head) -> Encoding:
    key = (context.role, run, head)
    encoding = _encodings.pop(key, None)
    if encoding is None:
        encoding = Encoding.from_json(serving.encoding(context.caller, run))
    _encodings[key] = encoding
    while len(_encodings) > _MAX_LOADED:
        del _encodings[next(iter(_encodings))]
    return encoding
