"""Every file in ``hostile`` is a Keras config that must be refused, with words that it names."""

import json
from pathlib import Path

import pytest

from cerebro_db.errors import InvalidArgument, LimitExceeded
from cerebro_db.model import check_definition

CASES = sorted((Path(__file__).parent / "hostile").glob("*.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_refused_with_its_place(case: Path) -> None:
    document = json.loads(case.read_text())
    with pytest.raises((InvalidArgument, LimitExceeded)) as refusal:
        check_definition({"keras": document["keras"]})
    assert document["says"] in refusal.value.message
    assert refusal.value.detail


def test_there_are_cases() -> None:
    assert len(CASES) > 80
