"""The ids that layers give which move them about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cerebro_db.model.layers._base import Ids


def same_ids(arguments: Mapping[str, Any], taken: Sequence[Ids]) -> Ids:
    """Return bounds of all ids that are taken."""
    return Ids(min(ids.low for ids in taken), max(ids.high for ids in taken))
