"""Golden files: generated texts, kept in tests/golden so that a review sees when they change.

``make golden`` writes them anew, by running the tests that have "golden" in their names.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import sqlglot
from sqlglot import exp

FOLDER = Path(__file__).with_name("golden")
REWRITE = "CEREBRO_REWRITE_GOLDEN"

# Greenplum's own clause of CREATE TABLE, which has to be its last.
_DISTRIBUTION = re.compile(r"\s+distributed (replicated|randomly|by \([\w, ]+\))$")
_LOCK = re.compile(r"lock table ([\w.]+) in [a-z ]+ mode")


def golden(path: str, text: str) -> None:
    """Compare a text with the file of that path in tests/golden, or write it there."""
    file = FOLDER / path
    if os.environ.get(REWRITE):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert file.exists(), f"tests/golden/{path} is missing: make golden"
    assert text == file.read_text(), f"tests/golden/{path} differs: make golden, and look at it"


def parse(statement: str) -> exp.Expression:
    """Return a statement as sqlglot understands it; fail where it only takes it for a command.

    It has no LOCK TABLE, which takes the place of an expression on the table.
    """
    if locked := _LOCK.fullmatch(statement):
        return sqlglot.to_table(locked[1], dialect="postgres")
    parsed = sqlglot.parse_one(_DISTRIBUTION.sub("", statement), dialect="postgres")
    assert not isinstance(parsed, exp.Command), f"sqlglot cannot parse: {statement}"
    return parsed


def statements(script: str) -> list[str]:
    """Split a script at the semicolons that are in no string, comment or body."""
    tokens = sqlglot.tokenize(script, dialect="postgres")
    ends = [token.start for token in tokens if token.text == ";"]
    starts = [0, *(end + 1 for end in ends)]
    return [script[start:end].strip() for start, end in zip(starts, ends, strict=False)]
