"""linear: one linear layer over all inputs of any kind; linear or logistic regression."""

from dataclasses import replace

from cerebro_db.model.families._base import DROPOUT, EMBEDDING_DIM, Family

FAMILY = Family(
    "linear",
    "one linear layer over numbers, embedded categories, flattened images and averaged words",
    (replace(DROPOUT, doc="share of features dropped while training"), EMBEDDING_DIM),
)
