"""Registered code as it is read: never executed, and named by hash in all that uses it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cerebro_db.errors import CerebroError, InvalidArgument, LimitExceeded, UndefinedName
from cerebro_db.model import KerasArchitecture, Spec, check_definition, resolve, structure
from cerebro_db.model.code import MAX_SOURCE, Code, Kind, code_of, outline
from cerebro_db.model.signature import Input, Output, Signature

GATE = """
import keras

class Gate(keras.layers.Layer):
    def __init__(self, units, sharpness=1.0, *, bias, init="zeros", **kwargs):
        super().__init__(**kwargs)
"""
SHIFT = "import keras\nclass Shift(keras.layers.Layer):\n    def __init__(self, by=1): pass\n"
PLAIN = "class Plain(Base):\n    def call(self, x): return x\n"
LOSS = "def tempered(truth, logits, *, power=2): return (truth - logits) ** power\n"
METRIC = "higher_is_better = False\ndef brier(truth, predicted): return 0.0\n"
CODE = {
    code.name: code
    for code in (
        code_of("Gate", "layer", GATE),
        code_of("Shift", "layer", SHIFT),
        code_of("Plain", "layer", PLAIN),
        code_of("tempered", "loss", LOSS),
        code_of("brier", "metric", METRIC),
    )
}
CHURN = Signature(
    (Input("numeric", "numeric", (4,), "float32"),),
    Output("binary", ("y",), 1, ("no", "yes"), (30, 10)),
)


def find(name: str, kind: Kind) -> Code | None:
    code = CODE.get(name)
    return code if code is not None and code.kind == kind else None


def no_model(name: str) -> dict[str, Any]:
    raise AssertionError("no model is registered here")


def layer(class_name: str, /, **config: Any) -> dict[str, Any]:
    return {
        "module": "cerebro",
        "class_name": class_name,
        "registered_name": f"cerebro>{class_name}",
        "config": config,
    }


def dense(units: int = 1) -> dict[str, Any]:
    return {"class_name": "Dense", "config": {"units": units}}


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"keras": {"class_name": "Sequential", "config": {"layers": list(layers)}}}


def made(definition: dict[str, Any], metric: Code | None = None, **params: Any) -> Spec:
    return resolve(definition, params, CHURN, no_model, find, metric)


def test_a_source_states_what_it_takes() -> None:
    gate = outline(CODE["Gate"])
    assert gate.arguments == "units, sharpness=1.0, *, bias, init='zeros', **kwargs"
    assert gate.names == ("units", "sharpness", "bias", "init")
    assert gate.required == ("units", "bias")
    assert (gate.passes_on, outline(CODE["Shift"]).passes_on) == (True, False)
    assert outline(CODE["Plain"]).passes_on
    assert outline(CODE["tempered"]).arguments == "truth, logits, *, power=2"
    assert outline(CODE["brier"]).higher_is_better is False


REFUSED: dict[str, tuple[str, str, str, str]] = {
    "no name": ("", "layer", GATE, "needs the name"),
    "no identifier": ("a-b", "loss", LOSS, "needs the name"),
    "private": ("_x", "loss", LOSS, "needs the name"),
    "unknown kind": ("Gate", "module", GATE, "kind must be one of layer, loss, metric"),
    "syntax": ("f", "loss", "\n\ndef f(a, b:\n", "line 3 of the source is no Python"),
    "zero byte": ("f", "loss", "def f(a, b): return '\0'", "no Python"),
    "deeply nested": ("f", "loss", "(" * 5000 + ")" * 5000, "no Python"),
    "empty": ("Gate", "layer", "", "one class of its name, Gate"),
    "two classes": ("Plain", "layer", PLAIN * 2, "one class of its name"),
    "another name": ("Gates", "layer", GATE, "one class of its name"),
    "within another": ("G", "layer", "class A(B):\n    class G(B): pass\n", "one class"),
    "function for a class": ("tempered", "layer", LOSS, "one class"),
    "class for a function": ("Gate", "loss", GATE, "one function"),
    "coroutine": ("f", "loss", "async def f(truth, logits): pass\n", "one function"),
    "class of nothing": ("A", "layer", "class A: pass\n", "derived from nothing"),
    "positional only": (
        "A",
        "layer",
        "class A(B):\n    def __init__(self, units, /): pass\n",
        "have to be named",
    ),
    "one argument": ("f", "loss", "def f(truth): pass\n", "takes two arguments"),
    "three arguments": ("f", "loss", "def f(truth, logits, weights): pass\n", "two arguments"),
    "keyword needed": ("f", "metric", "def f(truth, predicted, *, beta): pass\n", "two arguments"),
    "no direction": ("f", "metric", "def f(truth, predicted): pass\n", "which direction"),
    "direction computed": (
        "f",
        "metric",
        "higher_is_better = bool(1)\ndef f(truth, predicted): pass\n",
        "which direction",
    ),
    "framework in a metric": (
        "brier",
        "metric",
        METRIC + "def helper():\n    from tensorflow import math\n",
        "computes with numpy",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_refused(case: str) -> None:
    name, kind, source, message = REFUSED[case]
    with pytest.raises(InvalidArgument, match=message) as raised:
        code_of(name, kind, source)
    assert raised.value.detail
    assert raised.value.hint


def test_a_source_is_bounded() -> None:
    with pytest.raises(LimitExceeded):
        code_of("f", "loss", LOSS + "#" * MAX_SOURCE)


def test_nothing_is_executed(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    write = f"open({str(trace)!r}, 'w').close()\n"
    source = (
        f"{write}class Gate(__import__('os').system('touch {trace}')):\n"
        f"    {write}"
        f"    def __init__(self, units={write.strip()}): pass\n"
    )
    code = code_of("Gate", "layer", source)
    config = sequential(layer("Gate", units=3), dense())
    resolve(config, {}, CHURN, no_model, lambda name, kind: code)
    assert not trace.exists()


def test_a_config_names_registered_layers() -> None:
    gate = layer("Gate", units="${units}", bias=[True, None], init="ones", name="gate")
    spec = made(sequential(gate, layer("Shift"), dense()), units=3)
    assert isinstance(spec.architecture, KerasArchitecture)
    _, first, second, _ = spec.architecture.keras["config"]["layers"]
    del first["inbound_nodes"], second["inbound_nodes"]
    gate = layer("Gate", units=3, bias=[True, None], init="ones", name="gate")
    assert first == {**gate, "name": "gate"}
    assert second == {**layer("Shift"), "name": "shift_1"}
    assert spec.code == (CODE["Gate"], CODE["Shift"])
    # As Keras writes it for a decorated class.
    written = {**layer("Plain"), "module": None, "build_config": {"input_shape": [None, 4]}}
    assert made(sequential(written, dense())).code == (CODE["Plain"],)


HOSTILE: dict[str, dict[str, Any]] = {
    "unknown argument": layer("Shift", units=3),
    "argument missing": layer("Gate", units=3),
    "not handed on": layer("Shift", name="mine"),
    "object": layer("Shift", by={"class_name": "Dense", "config": {}}),
    "object in a list": layer("Shift", by=[{"a": 1}]),
    "list in a list": layer("Shift", by=[[1]]),
    "not finite": layer("Shift", by=float("nan")),
    "too long": layer("Shift", by="x" * 1001),
    "another module": {**layer("Shift"), "module": "os"},
    "another registered name": {**layer("Shift"), "registered_name": "cerebro>Gate"},
    "registered name elsewhere": {**layer("Shift"), "registered_name": "builtins>Shift"},
    "of another kind": layer("brier"),
    "not registered": layer("Missing"),
    "class name as a list": {**layer("Shift"), "class_name": ["Shift"]},
    "half precision": layer("Plain", dtype="float16"),
    "wrapped": {
        "class_name": "Bidirectional",
        "config": {"layer": layer("Plain")},
    },
    "as an initializer": {
        "class_name": "Dense",
        "config": {"units": 1, "kernel_initializer": layer("Plain")},
    },
}


@pytest.mark.parametrize("case", HOSTILE)
def test_other_uses_are_refused(case: str) -> None:
    with pytest.raises((InvalidArgument, UndefinedName)) as raised:
        check_definition(sequential(HOSTILE[case], dense()), find)
    assert raised.value.message.startswith("$.config.layers[0]")


def test_a_functional_model_calls_them_on_one_tensor_or_several() -> None:
    def tensor(name: str) -> dict[str, Any]:
        return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}

    def node(name: str, what: dict[str, Any], *args: Any) -> dict[str, Any]:
        config = {**what["config"], "name": name}
        inbound = [{"args": list(args), "kwargs": {}}] if args else []
        return {**what, "config": config, "name": name, "inbound_nodes": inbound}

    definition = {
        "class_name": "Functional",
        "config": {
            "layers": [
                node("x", {"class_name": "InputLayer", "config": {}}),
                node("one", layer("Plain"), tensor("x")),
                node("both", layer("Plain"), [tensor("x"), tensor("one")]),
                node("out", dense(), tensor("both")),
            ],
            "input_layers": ["x", 0, 0],
            "output_layers": ["out", 0, 0],
        },
    }
    assert made({"keras": definition}).code == (CODE["Plain"],)


def test_losses_and_metrics_go_with_any_model() -> None:
    spec = made({"family": "mlp", "loss": "tempered"}, CODE["brier"])
    assert (spec.loss, spec.code) == ("tempered", (CODE["tempered"], CODE["brier"]))
    assert spec.registered("metric") == (CODE["brier"],)
    assert Spec.from_json(spec.to_json()) == spec
    for values in ({"label_weights": "balanced"}, {"label_smoothing": 0.1}):
        with pytest.raises(InvalidArgument, match="no effect on a registered loss"):
            made({"family": "mlp", "loss": "tempered", **values})
    with pytest.raises(CerebroError, match=r"loss \(binary\) must be one of"):
        made({"family": "mlp", "loss": "brier"})


def test_specs_of_the_first_release_are_read() -> None:
    document = made({"family": "mlp"}).to_json()
    del document["code"]
    assert Spec.from_json(document).code == ()


def test_code_tells_structures_apart_but_what_measures_does_not() -> None:
    spec = made({"family": "mlp", "loss": "tempered"})
    other = code_of("tempered", "loss", LOSS + "# changed\n")
    assert structure(replace(spec, code=(other,))) != structure(spec)
    assert structure(replace(spec, code=(*spec.code, CODE["brier"]))) == structure(spec)
