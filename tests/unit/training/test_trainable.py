"""What a framework cannot train is refused by name; TensorFlow trains all of it."""

from dataclasses import replace
from typing import Any

import pytest
from small_datasets import BINARY, CODES, IMAGE, NUMERIC, SPREAD, spec_of

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.code import code_of
from cerebro_db.model.cost.step import StepBounds, check_cost
from cerebro_db.model.frameworks import JAX, TENSORFLOW, TORCH
from cerebro_db.model.trainable import check_code, check_layers

TRANSPOSED = {
    "class_name": "Sequential",
    "config": {
        "layers": [
            {"class_name": "Conv2DTranspose", "config": {"filters": 1, "kernel_size": 2}},
            {"class_name": "Flatten", "config": {}},
            {"class_name": "Dense", "config": {"units": 1}},
        ]
    },
}


@pytest.mark.parametrize(
    ("definition", "inputs", "named"),
    [
        ({"family": "cnn"}, (IMAGE,), "Conv2D"),
        ({"keras": TRANSPOSED}, (IMAGE,), "Conv2DTranspose"),
    ],
)
def test_layers_are_refused_by_name(definition: dict[str, Any], inputs: Any, named: str) -> None:
    spec = spec_of(definition, inputs, BINARY)
    check_layers(spec)
    check_layers(replace(spec, framework=TORCH))
    with pytest.raises(InvalidArgument, match=rf"\({named}\): JAX cannot train") as caught:
        check_layers(replace(spec, framework=JAX))
    assert caught.value.detail
    assert caught.value.hint == (
        """Train with options => '{"framework": "tensorflow"}' or '{"framework": "torch"}'."""
    )


def test_the_hint_has_what_trains_all_of_a_configuration() -> None:
    spec = spec_of({"family": "cnn"}, (IMAGE,), BINARY)
    source = "def Gap(truth, logits):\n    return logits[:, 0]\n"
    with pytest.raises(InvalidArgument) as caught:
        check_layers(replace(spec, framework=JAX, code=(code_of("Gap", "loss", source),)))
    assert caught.value.hint == """Train with options => '{"framework": "tensorflow"}'."""


def test_registered_losses_are_refused_by_name() -> None:
    source = "def Gap(truth, logits):\n    return logits[:, 0]\n"
    spec = replace(
        spec_of({"family": "linear"}, (NUMERIC,), BINARY), code=(code_of("Gap", "loss", source),)
    )
    check_code(spec, "loss", TENSORFLOW)
    check_code(spec, "layer", JAX)
    for framework, name in ((JAX, "JAX"), (TORCH, "PyTorch")):
        with pytest.raises(InvalidArgument, match=f"registered loss Gap: {name} cannot execute it"):
            check_code(spec, "loss", framework)


@pytest.mark.parametrize(
    "family", ["linear", "mlp", "resnet", "wide_deep", "realmlp", "tabm", "ft_transformer"]
)
def test_families_of_tables_train_on_jax_by_their_defaults(family: str) -> None:
    spec = replace(spec_of({"family": family}, (SPREAD, CODES), BINARY), framework=JAX)
    check_layers(spec)
    check_cost(spec, StepBounds())
