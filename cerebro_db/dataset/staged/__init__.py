"""Staged rows: a source read once into a temporary table.

``layout`` says what lies where in the table, ``source_rows`` how it is filled, ``rows`` what can be
asked of it; who fills it, and where, is the engine's.
"""

from collections.abc import Mapping
from typing import Any

from cerebro_db.dataset.staged.batch_layout import BatchLayout
from cerebro_db.dataset.staged.layout import StagedLayout
from cerebro_db.dataset.staged.row_layout import RowLayout

LAYOUTS: dict[str, type[StagedLayout]] = {cls.__name__: cls for cls in (BatchLayout, RowLayout)}


def layout_from_json(document: Mapping[str, Any]) -> StagedLayout:
    """Rebuild the layout that ``StagedLayout.to_json`` wrote."""
    return LAYOUTS[document["class"]].from_json(document)
