"""Reading Keras configs: what says that it is not of Keras is taken at its word, models that are
frozen stay so, and the work is in proportion to the document."""

from __future__ import annotations

from typing import Any

import pytest

from cerebro_db.model.admission import admit
from cerebro_db.model.code import Code, Kind, code_of
from cerebro_db.model.configs import one_form

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
