"""The figures of packing and of predicting, which have programs of their own beside this one."""

from __future__ import annotations

from benchmarks import packing, predictions
from benchmarks.report import Figure, Goal


def packing_figures(conninfo: str, rounds: int) -> list[Figure]:
    """Return packing against COPY, and how fast a worker reads what it does not hold."""
    found = packing.measure(conninfo, rounds)
    pairs = {
        "200,000 x 64 numbers": (found.numeric_prepared, found.numeric_copied, 1.0),
        "numbers and texts": (found.mixed_prepared, found.mixed_copied, 3.0),
    }
    what = "cerebro_prepare, over COPY BINARY to a client"
    ratios = [
        Figure(subject, what, prepared / copied, "x", Goal(bound, least=False))
        for subject, (prepared, copied, bound) in pairs.items()
        if prepared is not None and copied is not None
    ]
    reading = "read by a worker that does not hold them"
    return [*ratios, Figure("chunks", reading, found.read, "GB/s", Goal(1, least=True))]


def prediction_figures(conninfo: str, rounds: int) -> list[Figure]:
    """Return predicting row by row and in bulk, and in bulk against Keras and back."""
    found = predictions.measure(conninfo, rounds)
    ways = [
        ("first row of a session", found.first_row, "s", Goal(0.7, least=False)),
        ("row by row in a SELECT", found.rows_per_second, "rows/s", Goal(40_000, least=True)),
        ("into a table", found.bulk_rows_per_second, "rows/s", Goal(200_000, least=True)),
        ("export, Keras and import, over into a table", found.ratio, "x", Goal(1, least=True)),
    ]
    return [Figure("predicting", *way) for way in ways]
