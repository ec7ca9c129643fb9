"""Layers that an administrator has registered, where they stand in a Keras config.

    {"module": "cerebro", "class_name": "Gate", "registered_name": "cerebro>Gate",
     "config": {"units": 8}}

So Keras writes a class that ``keras.saving.register_keras_serializable("cerebro")`` decorates, but
for the module, which it leaves null. Arguments are those that the source of the class names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cerebro_db.errors import InvalidArgument, UndefinedName
from cerebro_db.model.code import PACKAGE, FindCode, outline, registered_layer
from cerebro_db.model.layers import LAYERS
from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers._base import SHARED
from cerebro_db.model.layers.arguments import Class
from cerebro_db.model.values import Check, refused

_MAX_TEXT, _MAX_ITEMS = 1_000, 1_024


def table_of(
    layer: Any, where: str, find: FindCode, *, frozen: bool = False
) -> Mapping[str, Class]:
    """Return the table that a layer has to be in: the project's own, or that of registered code.

    Args:
        frozen: whether a model around the layer has it untrained.

    Raises:
        UndefinedName: no layer of that name is registered.
        InvalidArgument: it is frozen, and is of code that cannot be told so.
    """
    name = registered_layer(layer)
    if name is None:
        return LAYERS
    code = find(name, "layer")
    if code is None:
        raise UndefinedName(
            f'{where} is of a layer that is not registered: "{name}"',
            detail="No code of that name and of kind layer is registered.",
            hint="See cerebro.code. Administrators register code with cerebro_register_code.",
        )
    stated = outline(code)
    own: dict[str, Check] = dict.fromkeys(stated.names, _plain)
    known = {n: check for n, check in SHARED.items() if stated.passes_on or n in own}
    if frozen and "trainable" not in known:
        raise InvalidArgument(
            f"{where} is in a model that is not trained, and trains all the same",
            detail=f'Code "{name}" takes neither trainable nor **kwargs in its __init__.',
            hint="Have it take **kwargs and hand them on, or put the layer outside that model.",
        )
    return {name: Class(PACKAGE, own | known, stated.required, f"{PACKAGE}>{name}")}


def registered_layers(config: dict[str, Any]) -> list[str]:
    """Return the names of the registered layers of an admitted config, each once."""
    found = map(registered_layer, config["config"]["layers"])
    return list(dict.fromkeys(name for name in found if name is not None))


def _scalar(value: Any, where: str) -> Any:
    """Accept null, true and false, finite numbers, and texts that are not too long."""
    if value is None or isinstance(value, bool):
        return value
    if not isinstance(value, str):
        a.ANY_NUMBER(value, where)
    elif len(value) > _MAX_TEXT:
        raise refused(where, f"a text of at most {_MAX_TEXT:,} characters", value)
    return value


# What the code makes of it is its author's business.
_plain = a.either(a.items(_scalar, 0, _MAX_ITEMS), _scalar)
