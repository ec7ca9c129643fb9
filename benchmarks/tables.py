"""Writes the table of a workload, and reads it back into arrays as fast as a client can: by COPY
BINARY, whose rows are all of one length here, so that numpy needs no loop over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import psycopg
from psycopg import sql

from benchmarks.workloads import SHARE_HELD_OUT, Workload

_SEED = 20
_ROWS_AT_ONCE = 100_000
# The format's signature, flags and length of extensions; behind the last row, a count of -1.
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_OID_OF_FLOAT4 = 700
_NUMBER = [("length", ">i4"), ("value", ">f4")]


@dataclass(frozen=True)
class Split:
    """A table as arrays: features (rows, ...), numbers float32, images uint8; labels (rows), of two
    classes float32, 0 and 1, else int32."""

    x: np.ndarray
    y: np.ndarray
    held_out_x: np.ndarray
    held_out_y: np.ndarray

    def scaled(self) -> Split:
        """Return the same with images as float32 between 0 and 1."""
        if self.x.dtype != np.uint8:
            return self
        x, held_out_x = (array.astype(np.float32) / 255 for array in (self.x, self.held_out_x))
        return replace(self, x=x, held_out_x=held_out_x)


def create(connection: psycopg.Connection, workload: Workload) -> None:
    """Create and fill the table, unless it is there."""
    if connection.execute("select to_regclass(%s)", [workload.name]).fetchone() != (None,):
        return
    table = sql.Identifier(workload.name)
    columns = sql.SQL(", ").join(sql.SQL(f"{name} {kind}") for name, kind in _columns(workload))
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("create table {} ({})").format(table, columns))
        with cursor.copy(sql.SQL("copy {} from stdin (format binary)").format(table)) as copy:
            copy.write(_HEADER)
            for records in _records(workload):
                copy.write(records.tobytes())
            copy.write(_TRAILER)
    connection.execute(sql.SQL("vacuum analyze {}").format(table))


def export(conninfo: str, workload: Workload) -> Split:
    """Read the table into arrays, and split them by its column held_out."""
    query = sql.SQL("copy {} to stdout (format binary)").format(sql.Identifier(workload.name))
    with psycopg.connect(conninfo) as connection, connection.cursor().copy(query) as copy:
        payload = b"".join(copy)
    start, stop = len(_HEADER), len(payload) - len(_TRAILER)
    records = np.frombuffer(memoryview(payload)[start:stop], _layout(workload))
    held_out = records["held_out"].astype(bool)
    x, y = _arrays(workload, records)
    return Split(x[~held_out], y[~held_out], x[held_out], y[held_out])


def _columns(workload: Workload) -> list[tuple[str, str]]:
    features = [(f"x{number}", "real") for number in range(1, 1 + workload.shape[0])]
    if workload.as_array:
        features = [("x", "real[]")]
    elif workload.filters:
        features = [("x", "bytea")]
    return [
        *features,
        ("y", "boolean" if workload.classes == 2 else "int"),
        ("held_out", "boolean"),
    ]


def _layout(workload: Workload) -> np.dtype:
    """Return the bytes of a row: a count of fields, and the length of each field before it."""
    size = int(np.prod(workload.shape))
    if workload.as_array:
        head = [(n, ">i4") for n in ("length", "dimensions", "flags", "type", "size", "first")]
        features = [*head, ("x", _NUMBER, size)]
    elif workload.filters:
        features = [("length", ">i4"), ("x", "u1", size)]
    else:
        features = [("x", _NUMBER, size)]
    label = "u1" if workload.classes == 2 else ">i4"
    return np.dtype(
        [
            ("fields", ">i2"),
            *features,
            ("y_length", ">i4"),
            ("y", label),
            ("held_out_length", ">i4"),
            ("held_out", "u1"),
        ]
    )


def _arrays(workload: Workload, records: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if workload.filters:
        x = records["x"].reshape(-1, *workload.shape)
    else:
        x = records["x"]["value"].astype(np.float32)
    return x, records["y"].astype(np.float32 if workload.classes == 2 else np.int32)


def _records(workload: Workload) -> Iterator[np.ndarray]:
    """Yield rows as the table is sent them."""
    random = np.random.default_rng(_SEED)
    teacher = _Patterns(random) if workload.filters else _Network(random, workload.shape[0])
    for first in range(0, workload.rows, _ROWS_AT_ONCE):
        rows = min(_ROWS_AT_ONCE, workload.rows - first)
        records = np.zeros(rows, _layout(workload))
        records["fields"] = len(_columns(workload))
        x, records["y"] = teacher.draw(random, rows)
        if workload.filters:
            records["x"], records["length"] = x, x.shape[1]
        else:
            records["x"]["value"], records["x"]["length"] = x, 4
        if workload.as_array:
            records["length"] = 20 + 8 * x.shape[1]
            records["dimensions"] = records["first"] = 1
            records["type"], records["size"] = _OID_OF_FLOAT4, x.shape[1]
        records["y_length"] = records["y"].itemsize
        records["held_out_length"] = 1
        records["held_out"] = random.random(rows) < SHARE_HELD_OUT
        yield records


class _Network:
    """Labels numbers by a fixed random network over sixteen of them, and a coin: the best possible
    loss is above 0."""

    _INPUTS, _UNITS, _SHARPNESS = 16, 24, 4

    def __init__(self, random: np.random.Generator, width: int) -> None:
        self._width = width
        self._first = random.normal(size=(self._INPUTS, self._UNITS)) / np.sqrt(self._INPUTS)
        self._last = random.normal(size=self._UNITS) / np.sqrt(self._UNITS)

    def draw(self, random: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """Return features (rows, width) and labels (rows)."""
        x = random.standard_normal((rows, self._width), np.float32)
        logits = np.tanh(x[:, : self._INPUTS] @ self._first) @ self._last
        chances = 1 / (1 + np.exp(-self._SHARPNESS * logits))
        return x, random.random(rows) < chances


class _Patterns:
    """Draws images as one of ten fixed random patterns, moved by some pixels, under noise; some
    labels are wrong, so the best possible loss is above 0."""

    _CLASSES, _SIDE, _MOVE, _NOISE, _WRONG = 10, 28, 3, 90, 0.05

    def __init__(self, random: np.random.Generator) -> None:
        coarse = random.integers(0, 2, (self._CLASSES, 7, 7)) * 255
        self._patterns = coarse.repeat(4, axis=1).repeat(4, axis=2)

    def draw(self, random: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """Return pixels (rows, pixels) and labels (rows)."""
        labels = random.integers(0, self._CLASSES, rows)
        moves = random.integers(-self._MOVE, self._MOVE + 1, (2, rows, 1))
        down, across = (np.arange(self._SIDE) + moves) % self._SIDE
        images = self._patterns[labels[:, None, None], down[:, :, None], across[:, None, :]]
        noisy = images + random.normal(0, self._NOISE, images.shape)
        wrong = random.random(rows) < self._WRONG
        labels[wrong] = random.integers(0, self._CLASSES, wrong.sum())
        return noisy.clip(0, 255).astype(np.uint8).reshape(rows, -1), labels
