"""Messages of errors that came through another session or a segment on their way to the user."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from cerebro_db.errors import CerebroError, shortage_of

_OWN = re.compile(r"^cerebro_db: ")
_SEGMENT = re.compile(r"\s+\((?:seg-?\d+|entry db) .*\)$", re.DOTALL)
_CONNECTION_FAILURE = "08006"


@dataclass(frozen=True)
class Failure:
    """An error as users see it: DETAIL and HINT are None where it has none."""

    message: str
    sqlstate: str
    detail: str | None
    hint: str | None


def failure_of(error: BaseException) -> Failure | None:
    """Return what users should see of an error; None: it is one of Python's own.

    Args:
        error: one of this project, of the server, or of psycopg, which need not be imported.
    """
    if isinstance(error, CerebroError):
        return Failure(error.message, error.sqlstate, error.detail or None, error.hint or None)
    told: Any = error
    if hasattr(error, "spidata"):
        _, detail, hint, *_ = told.spidata
        return Failure(message_of(error), spi_sqlstate(error), detail or None, hint or None)
    if hasattr(error, "diag"):
        sqlstate = told.sqlstate or _CONNECTION_FAILURE
        detail, hint = told.diag.message_detail, told.diag.message_hint
        return Failure(message_of(error), sqlstate, detail or None, hint or None)
    short = shortage_of(error)
    return Failure(str(error) or "out of memory", short, None, None) if short else None


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
