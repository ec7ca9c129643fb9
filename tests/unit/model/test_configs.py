"""Reading Keras configs: what says that it is not of Keras is taken at its word, models that are
frozen stay so, and the work is in proportion to the document."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from fix_hostile import hostile_cases

import cerebro_db
from cerebro_db.errors import InvalidArgument
from cerebro_db.model.admission import admit
from cerebro_db.model.code import Code, Kind, code_of
from cerebro_db.model.configs import count_values, one_form

Config = dict[str, Any]


def registered(class_name: str, **config: Any) -> Config:
    return {
        "module": "cerebro",
        "class_name": class_name,
        "registered_name": f"cerebro>{class_name}",
        "config": {"name": "mine", **config},
    }


def sequential(*layers: Config, **config: Any) -> Config:
    return {"class_name": "Sequential", "config": {**config, "layers": list(layers)}}


def functional(*layers: Config, output: str, **config: Any) -> Config:
    ends = {"input_layers": ["x", 0, 0], "output_layers": [output, 0, 0]}
    given = {"class_name": "InputLayer", "config": {"name": "x"}, "inbound_nodes": []}
    return {"class_name": "Functional", "config": {**config, "layers": [given, *layers], **ends}}


def read(config: Config, name: str = "mine") -> Config:
    """Return the layer of a name in the one form of a config."""
    (found,) = (one for one in one_form(config).config["config"]["layers"] if one["name"] == name)
    return dict(found)


# With arguments that layers of Keras 2 have under these names, and those of Keras 3 have not.
NAMED_ALIKE = {
    "argument left out": registered("BatchNormalization", fused=True),
    "argument of recurrent layers": registered("LSTM", units=2, implementation=1),
    "argument renamed": registered("LeakyReLU", alpha=0.1),
    "layer renamed": registered("ThresholdedReLU", theta=1.0),
    "layer replaced": registered("Normalization", axis=-1, mean=None, variance=None),
    "axis in a list": registered("BatchNormalization", axis=[1]),
    "initializer": registered("VarianceScaling", distribution="normal"),
    "shape of a batch": registered("Gate", batch_input_shape=[None, 3]),
    "operation": registered("TFOpLambda", function="nn.relu"),
    "object in it": registered("Gate", inner={"class_name": "LeakyReLU", "config": {"alpha": 1}}),
    "model": registered("Sequential", layers=["a"]),
}


@pytest.mark.parametrize("said", ["both", "module", "registered_name"])
@pytest.mark.parametrize("case", NAMED_ALIKE)
def test_registered_layers_keep_their_names_and_arguments(case: str, said: str) -> None:
    layer = dict(NAMED_ALIKE[case])
    if said == "module":
        del layer["registered_name"]
    elif said == "registered_name":
        # As Keras writes it for a decorated class.
        layer["module"] = None
    found = read(sequential(layer))
    assert {name: found[name] for name in layer} == layer


@pytest.mark.parametrize("said", ["module", "registered_name"])
def test_so_do_layers_of_our_own(said: str) -> None:
    own = {"module": "cerebro_db.layers", "registered_name": "cerebro_db>LeakyReLU"}
    layer = {said: own[said], "class_name": "LeakyReLU", "config": {"name": "mine", "alpha": 0.1}}
    assert read(sequential(layer))["config"] == layer["config"]


def test_layers_of_keras_are_still_respelled() -> None:
    layer = {"class_name": "LeakyReLU", "config": {"name": "mine", "alpha": 0.1}}
    assert read(sequential(layer))["config"] == {"name": "mine", "negative_slope": 0.1}


def test_a_registered_layer_is_given_what_its_config_states() -> None:
    arguments = "fused=False, mean=None, variance=None, batch_input_shape=None"
    source = f"class NAME(Base):\n    def __init__(self, {arguments}, **kwargs): pass\n"

    def find(name: str, kind: Kind) -> Code:
        return code_of(name, kind, source.replace("NAME", name))

    for layer in (
        registered("BatchNormalization", fused=True, batch_input_shape=[None, 3]),
        registered("Normalization", mean=None, variance=None),
    ):
        found, given = admit(sequential(layer), find)["config"]["layers"]
        assert found["class_name"] == layer["class_name"]
        assert found["config"] == layer["config"]
        # The shape is the layer's own business.
        assert "batch_shape" not in given["config"]


def test_calls_of_registered_layers_are_what_they_say() -> None:
    def called(layer: Config, *calls: Any) -> Any:
        name = layer["config"]["name"]
        model = functional({**layer, "name": name, "inbound_nodes": list(calls)}, output=name)
        return read(model)["inbound_nodes"]

    # Layers of Keras that have these names take a list of tensors, and no more than one.
    (one,) = called(registered("Concatenate"), [["x", 0, 0]])
    assert [type(given) for given in one["args"]] == [dict]
    (two,) = called(registered("Dense"), [["x", 0, 0], ["x", 0, 0]])
    assert [type(given) for given in two["args"]] == [list]
    node = {"args": [], "kwargs": {"training": True}}
    assert called(registered("RandomFlip"), node) == [node]


def passing(name: str, *calls: Any) -> Config:
    """Return a model, called several times, that gives what it is given."""
    inner = functional(output="x", name=name)
    return {**inner, "name": name, "inbound_nodes": list(calls)}


def dense(name: str, taken: str) -> Config:
    config = {"name": name, "units": 1}
    return {"class_name": "Dense", "config": config, "inbound_nodes": [[[taken, 0, 0]]]}


def concatenated(*taken: Any) -> Config:
    config = {"name": "all"}
    return {"class_name": "Concatenate", "config": config, "inbound_nodes": [list(taken)]}


def one_end_of_a_long_way(times: int = 3_000) -> Config:
    (case,) = (case for case in hostile_cases() if "one_end_of_a_long_way" in case.name)
    config: Config = json.loads(case.document.replace('"units":0', '"units":1'))["keras"]
    _, _, joined, _ = config["config"]["layers"]
    del joined["inbound_nodes"][0]["args"][0][times:]
    return config


def many_models_that_keras_2_counts() -> Config:
    models = [passing(f"m{i}", [["x", 0, 0]]) for i in range(500)]
    return functional(*models, concatenated(*[["m499", 1, 0]] * 6_000), output="all")


def work(task: Callable[[], Any]) -> int:
    """Return how often a line of the package is reached, each turn of a loop in it included."""
    package, count = cerebro_db.__path__[0], 0

    def reached(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return reached

    def entered(frame: FrameType, event: str, argument: Any) -> Any:
        return reached if frame.f_code.co_filename.startswith(package) else None

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        task()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("make", [one_end_of_a_long_way, many_models_that_keras_2_counts])
def test_the_work_of_reading_is_in_proportion_to_the_document(make: Callable[[], Config]) -> None:
    config = make()
    assert work(lambda: admit(config)) < 100 * count_values(config)


def test_each_tensor_at_the_end_of_the_way_is_what_the_first_call_was_given() -> None:
    (node,) = read(one_end_of_a_long_way(24_000), "c")["inbound_nodes"]
    (taken,) = node["args"]
    found = {tuple(one["config"]["keras_history"]) for one in taken}
    assert (len(taken), found) == (24_000, {("numeric", 0, 0)})


def test_a_way_is_no_cycle_because_it_is_long() -> None:
    calls = [[["x", 0, 0]], *([["m", i, 0]] for i in range(1_000))]
    config = functional(passing("m", *calls), dense("mine", "m"), output="mine")
    config["config"]["layers"][-1]["inbound_nodes"] = [[["m", 1_000, 0]]]
    (node,) = read(config)["inbound_nodes"]
    assert node["args"][0]["config"]["keras_history"] == ["x", 0, 0]


def gate(name: str, kind: Kind) -> Code:
    """Give code that takes no argument, for Gate, and those that all layers have, for others."""
    taken = "" if name == "Gate" else ", **kwargs"
    return code_of(name, kind, f"class {name}(Base):\n    def __init__(self{taken}): pass\n")


def trained(*layers: Config, **config: Any) -> list[Any]:
    """Return what is said of the layers of a model in another: whether they are trained."""
    model = sequential(*layers, name="inner", **config)
    found = admit(sequential(model, DENSE), gate)["config"]["layers"]
    said = {one["name"]: one["config"].get("trainable") for one in found}
    assert said["dense_1"] is None
    return [said[name] for name in said if name.startswith("inner.")]


DENSE = {"class_name": "Dense", "config": {"units": 1}}
FREE = {"module": "cerebro", "class_name": "Free"}


def test_nothing_in_a_frozen_model_trains_whatever_its_layers_say() -> None:
    untrained = {"class_name": "Dense", "config": {"units": 1, "trainable": False}}
    open_ = {"class_name": "Dense", "config": {"units": 1, "trainable": "${open}"}}
    said = {"class_name": "Dense", "config": {"units": 1, "trainable": True}}
    layers = (DENSE, said, open_, untrained, FREE)
    assert trained(*layers, trainable=False) == [False] * 5
    assert (
        trained(*layers) == trained(*layers, trainable=True) == [None, True, "${open}", False, None]
    )
    # A model in a frozen one is frozen with it.
    assert trained(sequential(*layers, name="two", trainable=True), trainable=False) == [False] * 5


@pytest.mark.parametrize("said", ["${frozen}", 0, None, "false"])
def test_whether_a_model_in_another_is_frozen_is_true_or_false(said: Any) -> None:
    for model in (sequential(DENSE), functional(dense("one", "x"), output="one")):
        model["config"]["trainable"] = said
        with pytest.raises(InvalidArgument, match=r"layers\[0\].config.trainable must be true or"):
            admit(sequential(model, DENSE))


def test_a_registered_layer_that_cannot_be_frozen_is_refused_in_a_frozen_model() -> None:
    layer = {"module": "cerebro", "class_name": "Gate"}
    assert trained(layer) == [None]
    with pytest.raises(
        InvalidArgument, match=r"not trained.*, in layer \"inner.gate_1\""
    ) as refusal:
        trained(layer, trainable=False)
    assert "takes neither trainable nor **kwargs" in refusal.value.detail
