"""The values that one hyper-parameter may take: a list, or a range of one kind. One kind a file;
``reading.py`` makes them of JSON."""

from cerebro_db.search.dimensions._base import Branch, Dimension, Option, Place, canonical
from cerebro_db.search.dimensions.reading import SpaceDocument, opens, read_branches

__all__ = [
    "Branch",
    "Dimension",
    "Option",
    "Place",
    "SpaceDocument",
    "canonical",
    "opens",
    "read_branches",
]
