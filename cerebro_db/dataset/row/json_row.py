"""Reads one row that is a JSON object, with the types that its columns had in training."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import FLOAT_FORMS, Columns, Values, undefined
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.features import Feature
from cerebro_db.dataset.row.json_values import DUE, WRONG, Convert, converter
from cerebro_db.errors import InvalidArgument, LimitExceeded
from cerebro_db.session import Session
from cerebro_db.tensors import Tensors

_ABSENT = object()


@dataclass(frozen=True)
class _KeyReader:
    """Reads one column."""

    feature: Feature
    convert: Convert

    def read(self, row: dict[str, Any], null: Any) -> Any:
        """Return the canonical value; ``null`` for NULL.

        A column without a key is NULL if training knew NULLs there.
        """
        name = self.feature.column
        value = row.get(name, _ABSENT)
        if value is _ABSENT:
            if not self.feature.missing:
                raise undefined(name, row, where="in the row")
            return null
        if value is None:
            return null
        try:
            return self.convert(value)
        except WRONG:
            raise self._wrong(value) from None

    def _wrong(self, value: Any) -> InvalidArgument:
        return InvalidArgument(
            f'the value of column "{self.feature.column}" is not of its type',
            detail=f"It is {json.dumps(value, ensure_ascii=False)[:100]}; "
            f"in training the column was {self.feature.type}.",
            hint=f"Give {DUE.get(self.feature.form, 'another value')}, or null.",
        )


class JsonRow:
    """Turns JSON objects into the canonical columns that an encoding needs, and into its tensors;
    further keys are ignored."""

    def __init__(self, session: Session, encoding: Encoding) -> None:
        self._encoding = encoding
        readers = [
            _KeyReader(feature, converter(session, feature.form, feature.type))
            for feature in encoding.features
        ]
        self._floats = [reader for reader in readers if reader.feature.form in FLOAT_FORMS]
        self._others = [reader for reader in readers if reader.feature.form not in FLOAT_FORMS]

    def encode(self, text: str) -> Tensors:
        """Return ``Encoding.encode`` of one row.

        Raises: see ``decode``.
        """
        row = _object(text)
        floats = self._read_floats(row)
        if self._encoding.only_numbers:
            encoded = self._encoding.encode_numbers(floats[None])
            if encoded is not None:
                return encoded
        return self._encoding.encode(self._columns(row, floats))

    def decode(self, text: str) -> Columns:
        """Return canonical columns of one row.

        Raises:
            InvalidArgument: it is no JSON object, or a value is not of its column's type.
            UndefinedColumn: a key is missing of a column that knew no NULL in training.
            LimitExceeded: it is nested too deeply.
        """
        row = _object(text)
        return self._columns(row, self._read_floats(row))

    def _read_floats(self, row: dict[str, Any]) -> np.ndarray:
        return np.array([reader.read(row, math.nan) for reader in self._floats], np.float64)

    def _columns(self, row: dict[str, Any], floats: np.ndarray) -> Columns:
        columns: dict[str, Values] = {
            reader.feature.column: value
            for reader, value in zip(self._floats, floats.reshape(-1, 1), strict=True)
        }
        for reader in self._others:
            columns[reader.feature.column] = [reader.read(row, None)]
        return columns


def _object(text: str) -> dict[str, Any]:
    try:
        row = json.loads(text)
    except RecursionError:
        raise LimitExceeded(
            "the row is nested too deeply",
            detail="Reading it takes more levels than Python has.",
            hint="Give an object whose values are numbers, texts, booleans and arrays.",
        ) from None
    except ValueError as error:
        raise InvalidArgument(
            "the row cannot be read as JSON",
            detail=f"{error}.",
            hint="Give numbers that a column could hold.",
        ) from None
    if not isinstance(row, dict):
        raise InvalidArgument(
            "the row is no JSON object",
            detail=f"It is {text[:100]}.",
            hint="""Write '{"column": value, ...}'::jsonb, with a key for each feature.""",
        )
    return row
