"""What a recorder answers where the engines ask for a cluster, a source or staged rows."""

from __future__ import annotations

import struct

import numpy as np
from recording import Answer

from cerebro_db.dataset.columns import Column
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.features.numbers import NumberFitter
from cerebro_db.model.signature import Output

AMOUNT = Column("amount", "numeric(10,2)", "numeric_send")
FLAG = Column("Flag", "boolean", "boolsend")
DAY = Column("day", "date", "date_send")
CITY = Column("city", "text", "textsend")
PAIR = Column("pair", "real[]", "array_send", "float4send")
PICTURE = Column("picture", "bytea", "byteasend")
KIND = Column("kind", "character varying(9)", "varcharsend")
TAGS = Column("tags", "text[]", "array_send", "textsend")
WIDTH = Column("width", "double precision", "float8send")
ID = Column("id", "bigint", "int8send")
HELD_OUT = Column("held out", "boolean", "boolsend")

# Two segments on one machine.
CLUSTER: dict[str, Answer] = {
    "from cerebro.segments\norder by": [
        {"segment": 0, "home": 3, "weight": 1.0},
        {"segment": 1, "home": 5, "weight": 1.0},
    ],
    "gp_segment_configuration": [
        {"segment": 0, "neighbours": 2},
        {"segment": 1, "neighbours": 2},
    ],
}

# Three partitions on two segments, and the validation rows on both.
PARTITIONS: Answer = [
    {
        "validation": validation,
        "number": number,
        "segment": segment,
        "home": 3 + 2 * segment,
        "chunks": len(rows),
        "bytes": sum(rows),
        "rows": rows,
    }
    for validation, number, segment, rows in (
        (False, 0, 0, [1024, 976]),
        (False, 1, 1, [1024, 976]),
        (False, 2, 0, [1900]),
        (True, 0, 0, [500]),
        (True, 0, 1, [500]),
    )
]

# 1,000 rows of 100 bytes, of them 200 for validation, and 10 without a label.
STAGED: dict[str, Answer] = CLUSTER | {
    "from pg_attribute\nwhere attrelid": [{"name": "floats"}],
    "group by category, bucket": [
        {"category": 0, "bucket": 0, "rows": 90},
        {"category": 0, "bucket": 1, "rows": 110},
        {"category": 1, "bucket": 0, "rows": 420},
        {"category": 1, "bucket": 1, "rows": 380},
        {"category": 2, "bucket": 1, "rows": 10},
    ],
    "as labelled": [{"rows": 1010, "labelled": 1000, "validation": 200, "bytes": 101_000}],
    "pg_total_relation_size": [{"bytes": 101_000}],
    "current_setting($1": [{"value": "on"}],
}


def matrix(rows: int, width: int) -> bytes:
    """Return a float8[][] of zeros as the server keeps it."""
    return struct.pack("=iiI4i", 2, 0, 701, rows, width, 1, 1) + bytes(8 * rows * width)


def encoding_of_amount() -> Encoding:
    """Return an encoding of one number, for two classes."""
    fitter = NumberFitter(AMOUNT, {}, "type numeric(10,2)")
    fitter.update(np.array([1.0, 3.0]))
    output = Output("binary", ("kind",), 1, classes=("new", "old"), counts=(1, 1))
    return Encoding((fitter.finish(),), (), output)
