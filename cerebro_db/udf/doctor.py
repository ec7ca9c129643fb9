"""Facts about the installation that only a backend can tell."""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import get_args

from cerebro_db import __version__
from cerebro_db.context import Context
from cerebro_db.engines.machine import memory_gb, processors
from cerebro_db.errors import CerebroError
from cerebro_db.model.frameworks import Framework
from cerebro_db.store.workers import left
from cerebro_db.udf.context import verb

_PACKAGES = (*get_args(Framework), "keras", "numpy", "psycopg", "sqlglot")
_LOGIN = "select session_user::text as login, cerebro._worker_powers() as powers"


@verb
def doctor(context: Context) -> str:
    """cerebro._doctor: versions, and whether a worker could connect."""
    connection, hint, login = "", "", {}
    try:
        with context.control() as control:
            login = control.fetch(_LOGIN)[0] | {"workers_left": len(left(control))}
    except CerebroError as error:
        connection, hint = f"{error.message}: {error.detail}", error.hint
    return json.dumps(
        {
            "system": f"{_system()} on {platform.machine()}",
            "python": f"{platform.python_version()} in {sys.prefix}",
            "cerebro_db": __version__,
            "packages": {name: found for name in _PACKAGES if (found := _version(name))},
            "connection": connection,
            "connection_hint": hint,
            **login,
            "processors": processors(),
            "memory_gb": round(memory_gb(), 1),
        }
    )


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
