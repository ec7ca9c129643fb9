"""Static SQL in .sql files beside the code that runs it: each statement under its name.

A line ``-- name: why`` opens a statement, which ends where the next one opens. The why may go on
in lines of comment below it.
"""

from __future__ import annotations

import re
from importlib.resources import files

_OPENING = re.compile(r"^-- (\w+): .*(?:\n-- .*)*$", re.MULTILINE)


def load_statements(package: str, file: str) -> dict[str, str]:
    """Return the statements of a package's .sql file by name."""
    text = files(package).joinpath(file).read_text("utf-8")
    parts = _OPENING.split(text)[1:]
    return {name: body.strip().rstrip(";") for name, body in zip(*[iter(parts)] * 2, strict=True)}
