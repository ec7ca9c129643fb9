"""Turns a table, a view or a SELECT into packed chunks, and encodes rows exactly as in training.

SQL only extracts typed columns: set-wise (``staging``, ``extract``) or one row at a time (``rows``,
``binary``). Both end in the same canonical ``columns``, and one ``encoding``, which ``prepare``
fits, makes tensors of them.
"""

from cerebro_db.dataset.columns import Columns
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.prepare import Chunk, Prepared, chunk_rows, prepare
from cerebro_db.dataset.request import Request, plan_request
from cerebro_db.dataset.restage import stage_for
from cerebro_db.dataset.rows import RowDecoder
from cerebro_db.dataset.source import parse_source
from cerebro_db.dataset.staging import Staged

__all__ = [
    "Chunk",
    "Columns",
    "Encoding",
    "Prepared",
    "Request",
    "RowDecoder",
    "Staged",
    "chunk_rows",
    "parse_source",
    "plan_request",
    "prepare",
    "stage_for",
]
