"""Admits a Functional model: its layers, and the graph of their calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cerebro_db.errors import InvalidArgument, UndefinedName
from cerebro_db.model.admission.registered import table_of
from cerebro_db.model.code import FindCode, no_code
from cerebro_db.model.configs import MAX_CALLS, MAX_LAYERS, OneForm, bounded, one_form
from cerebro_db.model.layers import layer_of
from cerebro_db.model.layers._base import Arity, float32, layer_name
from cerebro_db.model.layers.arguments import admitted_object, check_shapes, fields
from cerebro_db.model.values import choice, flag, optional, refused, shown

_MODULE, _CLASS = "keras.src.models.functional", "Functional"
_CALLED = ("name", "inbound_nodes")
_CONTAINER = ("module", "class_name", "config", "registered_name", "build_config", "compile_config")

# One call of a layer: (layer, position among the layer's calls).
_Call = tuple[str, int]


def admit(config: Any, find: FindCode = no_code) -> dict[str, Any]:
    """Return a Keras config of any form in the one form, rebuilt from admitted parts alone;
    placeholders stay.

    Nothing of the given document reaches a framework but what this module and its tables name, and
    arguments of registered layers.

    Args:
        find: gives registered code.

    Raises:
        InvalidArgument: something is not admitted; the message gives its JSON path.
        UndefinedName: no layer of a name is registered.
        LimitExceeded: the document is larger or deeper than the project takes.
    """
    read = one_form(config)
    config = read.config
    bounded(config)
    fields(config, "$", _CONTAINER, ("class_name", "config"))
    choice(_CLASS)(config["class_name"], "$.class_name")
    choice("keras", _MODULE)(config.get("module", "keras"), "$.module")
    if config.get("registered_name") not in (None, _CLASS):
        raise refused("$.registered_name", "null", config["registered_name"])
    check_shapes(config.get("build_config"), "$.build_config")
    _check_not_compiled(config.get("compile_config"))
    body = _functional(config["config"], read, find)
    return {
        "module": _MODULE,
        "class_name": _CLASS,
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


def _functional(body: Any, read: OneForm, find: FindCode) -> dict[str, Any]:
    ends = ("input_layers", "output_layers")
    known = ("name", "trainable", "dtype", "build_input_shape", "layers", *ends)
    fields(body, "$.config", known, ("layers", *ends))
    check_shapes(body.get("build_input_shape"), "$.config.build_input_shape")
    layers = _layers(body, read, find)
    calls: dict[_Call, list[_Call]] = {}
    for layer, given, where in zip(layers, body["layers"], read.places, strict=True):
        with _naming(layer):
            calls.update(_called(layer, given, where))
    if len(calls) > MAX_CALLS:
        raise refused("$.config.layers", f"called at most {MAX_CALLS} times in all", len(calls))
    _acyclic(calls)
    return {
        "layers": layers,
        "input_layers": _ends(body, "input_layers", calls),
        "output_layers": _ends(body, "output_layers", calls),
    }


def _called(layer: dict[str, Any], given: dict[str, Any], where: str) -> dict[_Call, list[_Call]]:
    """Give a layer its calls, rebuilt; return those whose tensors each takes."""
    name = layer["name"]
    nodes = given.get("inbound_nodes", [])
    if not isinstance(nodes, list):
        raise refused(f"{where}.inbound_nodes", "a list", nodes)
    is_input = layer["class_name"] == "InputLayer"
    if is_input == bool(nodes):
        wanted = "empty for an InputLayer, and not for any other"
        raise refused(f"{where}.inbound_nodes", wanted, nodes)
    layer["inbound_nodes"] = []
    calls: dict[_Call, list[_Call]] = {(name, 0): []} if is_input else {}
    for j, node in enumerate(nodes):
        kind = _arity(layer)
        if kind in ("many", "attention") and _takes_one(node):
            raise _misplaced(where, layer, "only be called on several tensors")
        inbound, calls[name, j] = _node(node, f"{where}.inbound_nodes[{j}]", kind)
        layer["inbound_nodes"].append(inbound)
    return calls


@contextmanager
def _naming(layer: Any) -> Iterator[None]:
    """Have what is refused of a layer tell its name."""
    try:
        yield
    except (InvalidArgument, UndefinedName) as error:
        name = layer.get("name") if isinstance(layer, dict) else None
        if not isinstance(name, str):
            raise
        message = f"{error.message}, in layer {shown(name)}"
        raise type(error)(message, detail=error.detail, hint=error.hint) from None


def _takes_one(node: Any) -> bool:
    args, kwargs = (node.get("args"), node.get("kwargs")) if isinstance(node, dict) else (0, 0)
    return not kwargs and isinstance(args, list) and len(args) == 1 and isinstance(args[0], dict)


def _layers(body: dict[str, Any], read: OneForm, find: FindCode) -> list[dict[str, Any]]:
    given = body["layers"]
    flag(body.get("trainable", True), "$.config.trainable")
    float32(body.get("dtype", "float32"), "$.config.dtype")
    optional(layer_name)(body.get("name"), "$.config.name")
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_LAYERS:
        raise refused("$.config.layers", f"a list of 1 to {MAX_LAYERS} layers", given)
    layers, names = [], set()
    for where, item in zip(read.places, given, strict=True):
        with _naming(item):
            table = table_of(item, where, find, frozen=where in read.frozen)
            layer = admitted_object(item, where, table, "layer", _CALLED)
            # Registered code need not take a name; all others are called by the layer's.
            stated = layer["config"].get("name")
            name = layer_name(item.get("name", stated), f"{where}.name")
            if stated not in (None, name):
                raise refused(f"{where}.name", "the name in the layer's config", name)
        if name in names:
            raise refused(f"{where}.config.name", "unlike that of any other layer", name)
        names.add(name)
        if layer["class_name"] == "InputLayer":
            layer["config"]["name"] = name
        layers.append({**layer, "name": name})
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
    optional(choice("float32", "int32", "bool"))(config.get("dtype"), f"{where}.config.dtype")
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
    wanting = {call: len(set(sources)) for call, sources in calls.items()}
    takers: dict[_Call, list[_Call]] = {call: [] for call in calls}
    for call, sources in calls.items():
        for source in set(sources):
            takers[source].append(call)
    ready = [call for call, count in wanting.items() if not count]
    while ready:
        for taker in takers[ready.pop()]:
            wanting[taker] -= 1
            if not wanting[taker]:
                ready.append(taker)
    left = dict.fromkeys(name for (name, _), count in wanting.items() if count)
    if left:
        raise InvalidArgument(
            "the layers of the Keras config form a cycle",
            detail="In it: " + ", ".join(left) + ".",
            hint="Write what Keras' model.to_json() writes.",
        )


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
