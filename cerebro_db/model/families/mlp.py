"""mlp: dense layers over all inputs of any kind."""

from cerebro_db.model.families._base import (
    ACTIVATION,
    BATCH_NORM,
    DROPOUT,
    EMBEDDING_DIM,
    Family,
    hidden,
)

FAMILY = Family(
    "mlp",
    "dense layers over numbers, embedded categories, flattened images and averaged words",
    (hidden(128, 64), ACTIVATION, DROPOUT, BATCH_NORM, EMBEDDING_DIM),
)
