"""The families of architectures, one file each. To add one: a file, and its name in the list."""

from cerebro_db.model.families import (
    cnn,
    ft_transformer,
    linear,
    mlp,
    realmlp,
    resnet,
    tabm,
    text,
    wide_deep,
)
from cerebro_db.model.families._base import Family

FAMILIES: dict[str, Family] = {
    module.FAMILY.name: module.FAMILY
    for module in (mlp, linear, wide_deep, realmlp, resnet, tabm, ft_transformer, cnn, text)
}

__all__ = ["FAMILIES", "Family"]
