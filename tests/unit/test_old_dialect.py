"""Rules for SQL that all servers get: Greenplum 6 has the dialect of PostgreSQL 9.4."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The engine of PostgreSQL alone sends what stands there.
OF_POSTGRESQL = ROOT / "cerebro_db" / "engines" / "postgres"
WRITTEN = [
    path
    for folder in ("sql", "extension/update", "cerebro_db")
    for path in sorted((ROOT / folder).rglob("*.sql"))
    if OF_POSTGRESQL not in path.parents
]
# What came later, or what PostgreSQL 9.4 and Greenplum 6 spell in another way.
UNKNOWN = re.compile(
    r"\bon conflict\b|\bmerge into\b|\bskip locked\b|=>"
    r"|\badd column if not exists\b|\bcreate (unique )?index if not exists\b"
    r"|\bassert_failure\b|\bto_jsonb\(|\bjsonb_build_\w+\(|\bjsonb_(set|agg|object_agg)\("
    r"|\bgen_random_uuid\(|\bregrole\b|\bcurrent_setting\([^()]*, true\)|\bparallel (un)?safe\b"
    r"|\bpg_blocking_pids\(|\bpercentile_disc\b.*\bover\b|\bcreate procedure\b",
    re.IGNORECASE,
)
# Greenplum 6 takes no rows where nothing is to be returned.
VOID = re.compile(
    r"create function [^$]*?\breturns void\b[^$]*?\blanguage sql\b[^$]*?\$\w*\$(.*?)\$\w*\$",
    re.DOTALL | re.IGNORECASE,
)


def code_of(path: Path) -> str:
    """Return a file's SQL without comments, and without strings that are told to people."""
    text = re.sub(r"--.*", "", path.read_text())
    return re.sub(r"\b(hint|message|detail) = '([^']|'')*'", "", text)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_statements_are_such_as_older_servers_know(path: Path) -> None:
    code = code_of(path)
    assert UNKNOWN.findall(code) == []
    for body in VOID.findall(code):
        last = body.strip().rstrip(";").rpartition(";")[2].split()[0]
        assert last not in {"select", "with", "values"}, body
