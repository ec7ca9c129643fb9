"""Runs that this session predicts with: encodings loaded once, rights checked in every call.

What is cached is found by role and run, and used only after the caller's own rights have shown that
the run is still there and is the one that was loaded.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from cerebro_db.dataset import Columns, Encoding, RowDecoder
from cerebro_db.model.signature import Output
from cerebro_db.store import serving
from cerebro_db.verbs.context import Context

# Runs whose encoding is kept, the most recently used last.
_MAX_SERVED = 8


@dataclass
class Served:
    """A run's best configuration, ready to predict in one statement."""

    context: Context
    head: serving.Head
    encoding: Encoding
    decoder: RowDecoder

    @property
    def output(self) -> Output:
        """What it predicts."""
        return self.encoding.output

    def predict(self, columns: Columns) -> np.ndarray:
        """Return (rows, units) of predictions for canonical columns."""
        inputs = self.encoding.encode(columns)
        context = self.context
        return context.server.infer(context.caller, self.head, inputs, context.poll)


_served: OrderedDict[tuple[str, str], Served] = OrderedDict()


def serve(context: Context, run: str) -> Served:
    """Return what serves a run, after checking the caller's right to it against the catalog.

    Raises:
        UndefinedName: there is no such run, or the role may not see it.
        InvalidArgument: the run has no finished configuration.
    """
    key = (context.role, run)
    served = _served.pop(key, None)
    # What kind of server this is stays true from row to row.
    server = context.server if served is None else served.context.server
    reader = serving.Serving(context.caller, views=server.on_coordinator)
    head = reader.head(run)
    if served is None or served.head != head or served.context.statement != context.statement:
        # In a new statement, what is known of types and connections may have changed.
        served = _load(context, reader, run, head, served)
    _served[key] = served
    while len(_served) > _MAX_SERVED:
        _served.popitem(last=False)
    return served


def _load(
    context: Context,
    reader: serving.Serving,
    run: str,
    head: serving.Head,
    before: Served | None,
) -> Served:
    if before is not None and before.head == head:
        encoding = before.encoding
    else:
        encoding = Encoding.from_json(reader.encoding(run))
    return Served(context, head, encoding, RowDecoder(context.caller, encoding))
