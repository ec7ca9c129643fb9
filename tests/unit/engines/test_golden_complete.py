"""The golden files leave out no statement of an engine."""

from __future__ import annotations

import pytest
from fix_golden import FOLDER
from recording import PACKAGES, TARGETS, patterns


@pytest.mark.parametrize("target", TARGETS)
def test_every_statement_of_an_engine_is_in_a_golden_file(target: str) -> None:
    files = [file for file in (FOLDER / target).glob("*.sql") if "--" not in file.name]
    sent = "\n".join(file.read_text() for file in files)
    engine, shared, _ = PACKAGES[target]
    named = [*patterns(engine), *patterns(shared)]
    assert [name for name, pattern in named if not pattern.search(sent)] == []
