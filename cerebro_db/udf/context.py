"""The context of a call, made of what PL/Python gives to a function."""

from __future__ import annotations

from typing import Any

from cerebro_db.session.backend import BackendSession
from cerebro_db.session.process import now
from cerebro_db.verbs.context import Context


def context_of(plpy: Any) -> Context:
    """Return the context of the call at hand.

    Role and moment come from the server and not from arguments, which a caller could forge.
    """
    caller = BackendSession(plpy)
    role = caller.fetch("select current_user::text as role")[0]["role"]
    return Context(caller, plpy.notice, role, now())
