"""Names that statements are given by chance or by number are always the same."""

from __future__ import annotations

import itertools
from uuid import UUID

import pytest

from cerebro_db.dataset.source import temporary
from cerebro_db.engines.greenplum import packing


@pytest.fixture(autouse=True)
def repeatable_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporary, "_numbers", itertools.count(1))
    monkeypatch.setattr(packing, "uuid4", lambda: UUID(int=1))
