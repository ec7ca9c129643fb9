"""Values as a hint shows them, to be taken into a statement as they stand."""

from __future__ import annotations

import json
from typing import Any


def json_text(value: Any) -> str:
    """Return a value as JSON, in which letters of any language are themselves."""
    return json.dumps(value, ensure_ascii=False)


def json_literal(value: Any) -> str:
    """Return a value as JSON within a SQL literal: ``'{"ar''t": "skip"}'``."""
    return "'" + json_text(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a name in double quotes, as SQL reads it."""
    return '"' + name.replace('"', '""') + '"'
