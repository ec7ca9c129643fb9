"""Rows of a query as a table on the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


def show_table(rows: Sequence[Mapping[str, Any]], title: str = "") -> None:
    """Print rows of one shape; numbers to the right, rounded to what a person compares."""
    if not rows:
        Console().print("no rows")
        return
    table = Table(title=title or None)
    for name, value in rows[0].items():
        table.add_column(name, justify="right" if isinstance(value, int | float) else "left")
    for row in rows:
        table.add_row(*map(cell, row.values()))
    Console().print(table)


def cell(value: Any) -> str:
    """Return a value as a table shows it."""
    match value:
        case None:
            return ""
        case float():
            return f"{value:.4g}"
        case dict():
            return " ".join(f"{name}={json.dumps(item)}" for name, item in value.items())
    return str(value)
