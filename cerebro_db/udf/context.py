"""The context of a call, made of what PL/Python gives to a function."""

from __future__ import annotations

from typing import Any

from cerebro_db.session.backend import BackendSession
from cerebro_db.session.process import now
from cerebro_db.store.versions import require_version
from cerebro_db.verbs.context import Context

_CALL = """
select current_user::text as role, extversion as extension
from pg_catalog.pg_extension
where extname = 'cerebro_db'
"""


def context_of(plpy: Any) -> Context:
    """Return the context of the call at hand.

    Role and moment come from the server and not from arguments, which a caller could forge.

    Raises:
        WrongVersion: extension and package do not fit together.
    """
    caller = BackendSession(plpy)
    call = caller.fetch(_CALL)[0]
    require_version(call["extension"])
    return Context(caller, plpy.notice, call["role"], now())
