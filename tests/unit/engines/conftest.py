"""Names that statements are given by chance or by number are always the same."""

from __future__ import annotations

import itertools
from uuid import UUID

import pytest

from cerebro_db.dataset import source, staging
from cerebro_db.engines.greenplum import packing
from cerebro_db.engines.greenplum import staging as segment_staging


@pytest.fixture(autouse=True)
def repeatable_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (source, staging, segment_staging):
        monkeypatch.setattr(module, "_numbers", itertools.count(1))
    monkeypatch.setattr(packing, "uuid4", lambda: UUID(int=1))
