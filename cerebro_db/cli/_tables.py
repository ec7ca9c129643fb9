"""Rows of a query as a table on the terminal."""

from __future__ import annotations

import json
import sys
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
        number = isinstance(value, int | float)
        # What does not fit wraps; a number or a word that is cut says something else.
        table.add_column(
            name, justify="right" if number else "left", no_wrap=number, overflow="fold"
        )
    for row in rows:
        table.add_row(*map(cell, row.values()))
    # Through a pipe, lines are as long as they are.
    Console(width=None if sys.stdout.isatty() else 1_000).print(table)


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
