"""The default space: a small grid that does well on many tables, or around a family's defaults."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from cerebro_db.model.families import FAMILIES
from cerebro_db.model.parameters import default_batch_size

_HIDDEN = [[64], [128, 64]]

# How many configurations the default space holds at most.
DEFAULT_CONFIGS = 8

# The open hyper-parameters of each family besides the learning rate, or other rates than those of
# most.
_FAMILIES: dict[str, dict[str, Any]] = {
    "mlp": {"hidden": _HIDDEN},
    "wide_deep": {"hidden": _HIDDEN},
    "cnn": {"dropout": [0.0, 0.3]},
    # Without dropout words are learned by heart within two epochs.
    "text": {
        "learning_rate": [0.001, 0.003],
        "pooling": ["mean", "max"],
        "dropout": [0.3],
        "embedding_dropout": [0.2, 0.5],
    },
    "linear": {"l2": [0.0, 1e-4]},
    "realmlp": {"dropout": [0.15, 0.3]},
    "resnet": {"numbers": ["plain", "periodic"], "batch_size": [256]},
    "tabm": {"learning_rate": [0.0005, 0.001, 0.002, 0.004], "batch_size": [256]},
    "ft_transformer": {"learning_rate": [0.00003, 0.0001, 0.0003, 0.001], "batch_size": [256]},
}


def default_space(family: str, stated: Collection[str], rows: int, task: str) -> dict[str, Any]:
    """Return the space to search for a model: eight configurations, fewer where it says more.

    A family with a learning rate of its own has that and half of it.

    Args:
        family: the model's family, "" for another architecture.
        stated: hyper-parameters that the model sets itself; they are left alone.
        rows: training rows.
        task: that of the dataset.
    """
    own = {}
    if family in FAMILIES and "optimizer" not in stated:
        own = FAMILIES[family].defaults_beside({}, task)
    rate = own.get("learning_rate")
    space = {
        "learning_rate": [0.0003, 0.001, 0.003, 0.01] if rate is None else [rate / 2, rate],
        # No other than where a space is stated; here so that people see it.
        "batch_size": [own.get("batch_size", default_batch_size(rows))],
        **_FAMILIES.get(family, {}),
    }
    return {name: values for name, values in space.items() if name not in stated}
