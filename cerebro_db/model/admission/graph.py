"""Admits the two containers: a Sequential's list of layers, a Functional's graph of calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cerebro_db.errors import InvalidArgument, LimitExceeded
from cerebro_db.model.admission.registered import table_of
from cerebro_db.model.code import FindCode, no_code
from cerebro_db.model.layers import layer_of
from cerebro_db.model.layers._base import Arity, float32, layer_name
from cerebro_db.model.layers.arguments import admitted_object, check_shapes, fields
from cerebro_db.model.values import choice, flag, optional, refused, shown

# Far beyond the architectures that people register, and far below what would hurt.
MAX_LAYERS = 512
MAX_CALLS = 1_024
MAX_DEPTH = 64
MAX_VALUES = 200_000

_MODULES = {"Sequential": "keras", "Functional": "keras.src.models.functional"}
_CONTAINER = ("module", "class_name", "config", "registered_name", "build_config", "compile_config")

# One call of a layer: (layer, position among the layer's calls).
_Call = tuple[str, int]


def admit(config: Any, find: FindCode = no_code) -> dict[str, Any]:
    """Return a Keras config rebuilt from admitted parts alone; placeholders stay.

    Nothing of the given document reaches a framework but what this module and its tables name, and
    arguments of registered layers.

    Args:
        find: gives registered code.

    Raises:
        InvalidArgument: something is not admitted; the message gives its JSON path.
        UndefinedName: no layer of a name is registered.
        LimitExceeded: the document is larger or deeper than the project takes.
    """
    _bounded(config)
    fields(config, "$", _CONTAINER, ("class_name", "config"))
    kind = choice(*_MODULES)(config["class_name"], "$.class_name")
    choice("keras", _MODULES[kind])(config.get("module", "keras"), "$.module")
    if config.get("registered_name") not in (None, kind):
        raise refused("$.registered_name", "null", config["registered_name"])
    check_shapes(config.get("build_config"), "$.build_config")
    _check_not_compiled(config.get("compile_config"))
    body = (_sequential if kind == "Sequential" else _functional)(config["config"], find)
    return {
        "module": _MODULES[kind],
        "class_name": kind,
        "config": {"name": "model", "trainable": True, **body},
        "registered_name": None,
    }


def _check_not_compiled(value: Any) -> None:
    # Without a compile(), Keras writes {}. With one it would have no effect here: better refused
    # than passed over.
    if value not in (None, {}):
        raise refused(
            "$.compile_config",
            "empty",
            value,
            hint="Leave it out: optimizer, learning_rate, loss and the like are hyper-parameters "
            "beside the config.",
        )


def _bounded(document: Any) -> None:
    """Refuse too large documents before anything recurses into them."""
    depth, seen = 0, 0
    for values in _levels(document):
        seen, depth = seen + values, depth + 1
        if depth > MAX_DEPTH or seen > MAX_VALUES:
            raise LimitExceeded(
                "the Keras config is too large",
                detail=f"At most {MAX_DEPTH} levels and {MAX_VALUES:,} values are admitted.",
                hint="Register a smaller architecture.",
            )


def count_values(document: Any) -> int:
    """Return how many values a document has, containers included."""
    return sum(_levels(document))


def _levels(document: Any) -> Iterator[int]:
    """Yield how many values a document has on each level."""
    level = [document]
    while level:
        yield len(level)
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]


def _sequential(body: Any, find: FindCode) -> dict[str, Any]:
    known = ("name", "trainable", "dtype", "layers", "build_input_shape")
    layers = _layers(fields(body, "$.config", known, ("layers",)), (), find)
    check_shapes(body.get("build_input_shape"), "$.config.build_input_shape")
    for i, layer in enumerate(layers):
        if _arity(layer) not in ("one", "masked", "either"):
            raise _misplaced(f"$.config.layers[{i}]", layer, "only stand in a Functional model")
        if i and layer["class_name"] == "InputLayer":
            raise _misplaced(f"$.config.layers[{i}]", layer, "only stand first")
    return {"layers": layers}


def _functional(body: Any, find: FindCode) -> dict[str, Any]:
    known = ("name", "trainable", "dtype", "layers", "input_layers", "output_layers")
    fields(body, "$.config", known, ("layers", "input_layers", "output_layers"))
    layers = _layers(body, ("name", "inbound_nodes"), find)
    calls: dict[_Call, list[_Call]] = {}
    for i, (layer, given) in enumerate(zip(layers, body["layers"], strict=True)):
        where, name = f"$.config.layers[{i}]", layer["config"].get("name")
        if name is None or given.get("name", name) != name:
            raise refused(f"{where}.name", "the name in the layer's config", given.get("name"))
        nodes = given.get("inbound_nodes", [])
        if not isinstance(nodes, list):
            raise refused(f"{where}.inbound_nodes", "a list", nodes)
        is_input = layer["class_name"] == "InputLayer"
        if is_input == bool(nodes):
            wanted = "empty for an InputLayer, and not for any other"
            raise refused(f"{where}.inbound_nodes", wanted, nodes)
        layer["name"], layer["inbound_nodes"] = name, []
        for j, node in enumerate(nodes):
            inbound, calls[name, j] = _node(node, f"{where}.inbound_nodes[{j}]", _arity(layer))
            layer["inbound_nodes"].append(inbound)
        if is_input:
            calls[name, 0] = []
    if len(calls) > MAX_CALLS:
        raise refused("$.config.layers", f"called at most {MAX_CALLS} times in all", len(calls))
    _acyclic(calls)
    return {
        "layers": layers,
        "input_layers": _ends(body, "input_layers", calls),
        "output_layers": _ends(body, "output_layers", calls),
    }


def _layers(body: dict[str, Any], also: tuple[str, ...], find: FindCode) -> list[dict[str, Any]]:
    given = body["layers"]
    flag(body.get("trainable", True), "$.config.trainable")
    float32(body.get("dtype", "float32"), "$.config.dtype")
    optional(layer_name)(body.get("name"), "$.config.name")
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_LAYERS:
        raise refused("$.config.layers", f"a list of 1 to {MAX_LAYERS} layers", given)
    layers, names = [], set()
    for i, item in enumerate(given):
        where = f"$.config.layers[{i}]"
        layer = admitted_object(item, where, table_of(item, where, find), "layer", also)
        name = layer["config"].get("name", i)
        if name in names:
            raise refused(f"{where}.config.name", "unlike that of any other layer", name)
        names.add(name)
        layers.append(layer)
    return layers


def _arity(admitted: dict[str, Any]) -> Arity:
    layer = layer_of(admitted)
    return "either" if layer is None else layer.arity


def _node(node: Any, where: str, kind: Arity) -> tuple[dict[str, Any], list[_Call]]:
    """Return one call of a layer, rebuilt, and the calls whose tensors it takes."""
    fields(node, where, ("args", "kwargs"), ("args",))
    args, path = node["args"], f"{where}.args"
    if kind == "either":
        kind = "many" if isinstance(args, list) and args and isinstance(args[0], list) else "one"
    if kind == "many":
        if not isinstance(args, list) or len(args) != 1 or not isinstance(args[0], list):
            raise refused(path, "one list of tensors", args)
        sources = [_source(t, f"{path}[0][{i}]") for i, t in enumerate(args[0])]
        rebuilt: list[Any] = [[_tensor(call) for call in sources]]
    else:
        most = 3 if kind == "attention" else 1
        if not isinstance(args, list) or not 1 <= len(args) <= most:
            raise refused(path, f"a list of 1 to {most} tensors", args)
        sources = [_source(t, f"{path}[{i}]") for i, t in enumerate(args)]
        rebuilt = [_tensor(call) for call in sources]
    kwargs: dict[str, Any] = {}
    for name, value in fields(node.get("kwargs", {}), f"{where}.kwargs", _KWARGS, ()).items():
        if value is not None and name in _TENSORS.get(kind, ()):
            call = _source(value, f"{where}.kwargs.{name}")
            kwargs[name] = _tensor(call)
            sources.append(call)
        elif kind == "attention" and name == "use_causal_mask":
            kwargs[name] = flag(value, f"{where}.kwargs.{name}")
        elif value is not None and value is not False:
            raise refused(f"{where}.kwargs.{name}", "null", value)
    return {"args": rebuilt, "kwargs": kwargs}, sources


# Call arguments that Keras writes down; none may have a value but tensors that a layer takes by
# name, and attention's flag.
_TENSORS: dict[Arity, tuple[str, ...]] = {"attention": ("value", "key"), "masked": ("mask",)}
_KWARGS = (
    "training", "mask", "value", "key", "use_causal_mask", "attention_mask", "query_mask",
    "value_mask", "key_mask", "return_attention_scores", "initial_state",
)  # fmt: skip


def _source(value: Any, where: str) -> _Call:
    fields(value, where, ("class_name", "config"), ("class_name", "config"))
    choice("__keras_tensor__")(value["class_name"], f"{where}.class_name")
    known = ("shape", "dtype", "keras_history")
    config = fields(value["config"], f"{where}.config", known, ("keras_history",))
    check_shapes(config.get("shape"), f"{where}.config.shape")
    optional(choice("float32", "int32"))(config.get("dtype"), f"{where}.config.dtype")
    return _call(config["keras_history"], f"{where}.config.keras_history")


def _call(value: Any, where: str) -> _Call:
    match value:
        case [str(name), int(position), 0] if not isinstance(position, bool):
            return name, position
    raise refused(where, "[layer, call, 0]", value)


def _tensor(call: _Call) -> dict[str, Any]:
    # Keras finds the tensor by its history; shape and dtype are only there to be parsed.
    config = {"shape": [None], "dtype": "float32", "keras_history": [*call, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


def _acyclic(calls: dict[_Call, list[_Call]]) -> None:
    """Refuse unknown sources and cycles, which Keras would try to resolve for ever."""
    for call, sources in calls.items():
        for source in sources:
            if source not in calls:
                raise InvalidArgument(
                    f'layer "{call[0]}" takes a tensor that no layer makes',
                    detail=f"It names call {source[1]} of {shown(source[0])}.",
                    hint="Write what Keras' model.to_json() writes.",
                )
    done: set[_Call] = set()
    waiting = list(calls)
    while waiting:
        left = [call for call in waiting if not done.issuperset(calls[call])]
        if len(left) == len(waiting):
            raise InvalidArgument(
                "the layers of the Keras config form a cycle",
                detail="In it: " + ", ".join(dict.fromkeys(name for name, _ in left)) + ".",
                hint="Write what Keras' model.to_json() writes.",
            )
        done.update(set(waiting) - set(left))
        waiting = left


def _ends(body: dict[str, Any], member: str, calls: dict[_Call, list[_Call]]) -> list[Any]:
    """Return input_layers or output_layers as Keras writes them: [layer, call, 0], or several."""
    where, value = f"$.config.{member}", body[member]
    if isinstance(value, dict):
        value = list(value.values())
    elif isinstance(value, list) and value and not isinstance(value[0], list):
        value = [value]
    if not isinstance(value, list) or not value:
        raise refused(where, "a list of [layer, call, 0]", value)
    ends = [_call(item, f"{where}[{i}]") for i, item in enumerate(value)]
    for i, end in enumerate(ends):
        if end not in calls:
            raise refused(f"{where}[{i}]", "a call of a layer", value[i])
        if member == "input_layers" and (calls[end] or end[1]):
            raise refused(f"{where}[{i}]", "an InputLayer", value[i])
    if member == "output_layers" and len(ends) != 1:
        raise refused(where, "one output", value)
    return [*ends[0], 0] if len(ends) == 1 else [[*end, 0] for end in ends]


def _misplaced(where: str, layer: dict[str, Any], rule: str) -> InvalidArgument:
    return InvalidArgument(
        f"{where}: {layer['class_name']} may {rule}",
        detail=f"Found {shown(layer)}.",
        hint="Write what Keras' model.to_json() writes.",
    )
