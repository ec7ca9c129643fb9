"""Keeps psycopg's libpq apart from another one that the process may have.

Greenplum's server is itself a client of its segments, and exports the functions of an old libpq.
The loader would bind psycopg to these, and the first call would end the server.
"""

from __future__ import annotations

import ctypes
import os
import sys


def bind_psycopg() -> None:
    """Import psycopg so that it calls its own libpq; has to come before any other import of it."""
    if not hasattr(ctypes.CDLL(None), "PQconnectStart"):
        return
    flags = sys.getdlopenflags()
    sys.setdlopenflags(flags | os.RTLD_DEEPBIND)
    try:
        import psycopg  # noqa: F401
    finally:
        sys.setdlopenflags(flags)
