"""The extension of a database and the package that its functions import have to be of one version:
tables, functions and what is in them change together."""

from __future__ import annotations

import re

from cerebro_db import __version__
from cerebro_db.errors import WrongVersion


def require_version(extension: str) -> None:
    """Refuse to work with an extension of another version.

    Raises:
        WrongVersion: it is not the package's.
    """
    if extension == __version__:
        return
    hint = (
        "As a superuser: alter extension cerebro_db update"
        if _numbers(extension) < _numbers(__version__)
        else "Connect again: a session keeps the package that it has loaded. If that is no help, "
        f"install version {extension} of the package on the server."
    )
    raise WrongVersion(
        "the extension and the package of cerebro_db do not fit together",
        detail=f"The extension in this database is version {extension}, the package in this "
        f"session {__version__}.",
        hint=hint,
    )


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]
