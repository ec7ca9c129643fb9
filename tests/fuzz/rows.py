"""Strategies for bytes: rows as the server hands them over, and anything sound with damage done."""

from __future__ import annotations

import json
import struct
from typing import Any

from hypothesis import strategies as st

from cerebro_db.dataset.columns import Column
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.features.arrays import Vector
from cerebro_db.dataset.features.categories import Embedding, OneHot
from cerebro_db.dataset.features.dates import DateTime
from cerebro_db.dataset.features.images import ByteImage
from cerebro_db.dataset.features.numbers import Number
from cerebro_db.dataset.features.texts import Text
from cerebro_db.dataset.staged.batch_layout import BatchLayout
from cerebro_db.dataset.staged.row_layout import RowLayout
from cerebro_db.model.signature import Output

ENCODING = Encoding(
    (
        Number("age", "integer", "", True, 40.0, 0.1, False),
        Number("price", "numeric", "", True, 4.0, 0.1, False),
        OneHot("plan", "text", "", True, ("a", "b")),
        Embedding("key", "uuid", "", False, ("x",)),
        Text("note", "text", "", True, 3, 5, ("hello", "you")),
        DateTime("seen", "date", "", False, 0.0, 86_400.0, False),
        Vector("pair", "real[]", "", False, (1.0, 2.0), (0.5, 0.25)),
        ByteImage("image", "bytea", "", False, (1, 2, 1), "uint8", 0.0, 1.0),
    ),
    (),
    Output("binary", ("y",), 1, ("no", "yes"), (3, 4)),
)

# As pg_type has them, and what some row has there.
_RECORD = 2249
_TYPES: dict[int, tuple[str, str, str | None]] = {
    _RECORD: ("record", "record_send", None),
    17: ("bytea", "byteasend", None),
    23: ("integer", "int4send", None),
    25: ("text", "textsend", None),
    700: ("real", "float4send", None),
    1021: ("real[]", "array_send", "float4send"),
    1082: ("date", "date_send", None),
    1700: ("numeric", "numeric_send", None),
    2950: ("uuid", "uuid_send", None),
}
_PAIR = struct.pack("!iiIii", 1, 0, 700, 2, 1) + struct.pack("!if", 4, 1.5) * 2
_VALUES = {
    "age": (23, struct.pack("!i", 40)),
    "price": (1700, struct.pack("!hhHHHH", 2, 0, 0, 2, 12, 5000)),
    "plan": (25, b"a"),
    "key": (2950, bytes(16)),
    "note": (25, b"hello you"),
    "seen": (1082, struct.pack("!i", 8000)),
    "pair": (1021, _PAIR),
    "image": (17, b"\x01\x02"),
}
DOCUMENT = json.dumps({"f1": dict.fromkeys(_VALUES)})


class Types:
    """The catalog of types, of which a decoder of nameless rows asks nothing else."""

    def fetch(self, statement: str, oid: Any) -> list[dict[str, Any]]:
        """Return the row of a type, or that there is none."""
        if "format_type" not in statement or oid not in _TYPES:
            return []
        return [dict(zip(("type", "send", "element"), _TYPES[oid], strict=True))]


def _record(fields: list[tuple[int, bytes]]) -> bytes:
    parts = [struct.pack("!Ii", oid, len(value)) + value for oid, value in fields]
    return struct.pack("!i", len(fields)) + b"".join(parts)


ROW = _record([(_RECORD, _record(list(_VALUES.values())))])

# A batch: a column of numbers, packed; a group of one of text, and one of bytes.
_BYTES = struct.pack("!iiIiiii", 2, 1, 17, 1, 1, 2, 1) + struct.pack("!i", 1) + b"\x01"
BATCH = _record(
    [
        (17, struct.pack("=iiIii", 2, 0, 701, 2, 1) + struct.pack("=ii", 1, 1)
            + struct.pack("=dd", 1.5, 2.5)),
        (17, b'[["a", null]]'),
        (1001, _BYTES + struct.pack("!i", -1)),
    ]
)  # fmt: skip

LAYOUTS = [
    cls(
        (
            (Column("n", "numeric", "numeric_send"), "number"),
            (Column("t", "text", "textsend"), "text"),
            (Column("b", "bytea", "byteasend"), "bytes"),
        )
    )
    for cls in (BatchLayout, RowLayout)
]

_NUMBERS = [struct.pack("!i", number) for number in (-1, 0, 6, 7, 2**31 - 1, -(2**31))]


@st.composite
def damaged(draw: st.DrawFn, sound: bytes) -> bytes:
    """Return sound bytes in which up to four stretches are missing or hold something else."""
    payload = sound
    for _ in range(draw(st.integers(0, 4))):
        first = draw(st.integers(0, len(payload)))
        last = min(len(payload), first + draw(st.sampled_from([0, 1, 4, 8, 100])))
        other = draw(st.sampled_from([b"", *_NUMBERS]) | st.binary(max_size=8))
        payload = payload[:first] + other + payload[last:]
    return payload
