"""Turns a table, a view or a SELECT into packed chunks, and encodes rows exactly as in training.

SQL only extracts typed columns: set-wise (``staging``, ``extract``) or one row at a time (``rows``,
``binary``). Both end in the same canonical ``columns``, and one ``encoding``, which ``prepare``
fits, makes tensors of them.
"""

from cerebro_db.dataset.chunking import Chunk, Extent, chunk_rows, chunks, encode_chunk
from cerebro_db.dataset.columns import Columns
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.plan import Plan
from cerebro_db.dataset.prepare import Prepared, prepare
from cerebro_db.dataset.reading import Reading
from cerebro_db.dataset.request import Request, plan_request
from cerebro_db.dataset.restage import stage_for
from cerebro_db.dataset.rows import RowDecoder
from cerebro_db.dataset.source import parse_source
from cerebro_db.dataset.staged import Staged
from cerebro_db.dataset.staging import LocalStaged, stage

__all__ = [
    "Chunk",
    "Columns",
    "Encoding",
    "Extent",
    "LocalStaged",
    "Plan",
    "Prepared",
    "Reading",
    "Request",
    "RowDecoder",
    "Staged",
    "chunk_rows",
    "chunks",
    "encode_chunk",
    "parse_source",
    "plan_request",
    "prepare",
    "stage",
    "stage_for",
]
