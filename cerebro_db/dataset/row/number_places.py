"""Where the numbers of a row lie among the bytes of ``record_send``: learned of one row, then read
of thousands without a loop over columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

# How numpy reads what these send functions write.
NUMBERS = {
    "boolsend": "u1",
    "float4send": ">f4",
    "float8send": ">f8",
    "int2send": ">i2",
    "int4send": ">i4",
    "int8send": ">i8",
}

# What stands before the columns: of the record around the row, its number of columns, type and
# length, then the row's number of columns. The length varies with the columns.
_BEGINNING = 16
_ROW_LENGTH = range(8, 12)


class NumberPlaces:
    """Reads rows of one type whose columns are as long as an example's, but for some that vary.

    Args:
        example: a row.
        lengths: the bytes of each of its columns, -1 for NULL; None where that varies.
        wanted: the columns to read, of which none varies, with numpy's types of their values.
    """

    def __init__(
        self, example: bytes, lengths: Sequence[int | None], wanted: Sequence[tuple[int, str]]
    ) -> None:
        self.lengths = tuple(lengths)
        # The bytes before each column that varies, its type included, since the one before.
        self._stretches: list[int] = []
        starts: list[int] = []
        headers = [place for place in range(_BEGINNING) if place not in _ROW_LENGTH]
        place, begun = _BEGINNING, 0
        for length in lengths:
            header = 4 if length is None else 8
            headers += range(place, place + header)
            place += header
            starts.append(place)
            if length is None:
                self._stretches.append(place - begun)
                begun = place
            else:
                place += max(length, 0)
        self._bytes = place
        self._headers = np.array(headers, np.intp)
        self._gathers = [_Gather.of(wanted, starts, kind) for kind in {kind for _, kind in wanted}]
        self._width = len(wanted)
        squeezed = np.frombuffer(self._squeezed(example), np.uint8)
        self._expected = squeezed[self._headers].tobytes()

    def read(self, row: bytes) -> np.ndarray | None:
        """Return the wanted values, float64 (columns,), or None if the row lies otherwise."""
        if self._stretches:
            row = self._squeezed(row)
        if len(row) != self._bytes:
            return None
        own = np.frombuffer(row, np.uint8)
        if own[self._headers].tobytes() != self._expected:
            return None
        if len(self._gathers) == 1:
            return self._gathers[0].values(own).astype(np.float64)
        values = np.empty(self._width)
        for gather in self._gathers:
            values[gather.columns] = gather.values(own)
        return values

    def _squeezed(self, row: bytes) -> bytes:
        """Return the row without the columns that vary, of which only the types stay."""
        parts, start = [], 0
        for stretch in self._stretches:
            end = start + stretch
            parts.append(row[start:end])
            start = end + 4
            start += max(0, int.from_bytes(row[end:start], "big", signed=True))
        parts.append(row[start:])
        return b"".join(parts)


@dataclass(frozen=True)
class _Gather:
    """Takes the values of one numpy type: their places among the wanted, and those of their bytes
    in a row."""

    kind: np.dtype[Any]
    columns: np.ndarray
    places: np.ndarray

    @classmethod
    def of(cls, wanted: Sequence[tuple[int, str]], starts: Sequence[int], kind: str) -> _Gather:
        columns = [i for i, (_, own) in enumerate(wanted) if own == kind]
        dtype = np.dtype(kind)
        begins = np.array([starts[wanted[i][0]] for i in columns], np.intp)
        places = begins[:, None] + np.arange(dtype.itemsize)
        return cls(dtype, np.array(columns, np.intp), places.ravel())

    def values(self, row: np.ndarray) -> np.ndarray:
        """Return the values in the bytes of a row."""
        return row[self.places].view(self.kind)
