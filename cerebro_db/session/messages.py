"""Messages of errors that came through another session or a segment on their way to the user."""

from __future__ import annotations

import re
from typing import Any

_OWN = re.compile(r"^cerebro_db: ")
_SEGMENT = re.compile(r"\s+\((?:seg-?\d+|entry db) .*\)$", re.DOTALL)


def message_of(error: BaseException) -> str:
    """Return an error's message, in plain words and without the text of statements.

    Args:
        error: one of this project, of the server, or of psycopg, which need not be imported.
    """
    diag: Any = getattr(error, "diag", None)
    return _plain((diag and diag.message_primary) or str(error).strip())


def spi_sqlstate(error: Any) -> str:
    """Return the SQLSTATE of a plpy.SPIError, also where it is none of the server's own codes."""
    code: int = error.spidata[0]
    return "".join(chr((code >> 6 * place & 0x3F) + ord("0")) for place in range(5))


def _plain(message: str) -> str:
    """Return a message without our own name before it and, if it is ours, the segment behind it.

    Greenplum appends segment, slice, address and process id, which tell whoever reads an error of
    the server itself where to look, but nothing to whoever mistyped a column.
    """
    own = _OWN.sub("", message)
    return _SEGMENT.sub("", own) if own != message else message
