"""From a definition and a candidate to a Spec, and everything that is refused on the way."""

import json
from dataclasses import replace
from typing import Any

import pytest

from cerebro_db.errors import InvalidArgument, LimitExceeded, UndefinedName
from cerebro_db.model import (
    FamilyArchitecture,
    KerasArchitecture,
    Meaning,
    Spec,
    check_definition,
    resolve,
)
from cerebro_db.model.code import Code
from cerebro_db.model.families import FAMILIES
from cerebro_db.model.families._base import ByTask
from cerebro_db.model.signature import Input, Output, Signature

NUMERIC = Input("numeric", "numeric", (4,), "float32")
IMAGE = Input("photo", "image", (8, 8, 1), "uint8")
TEXT = Input("review", "text", (20,), "int32", (100,))
CODES = Input("categorical", "categorical", (2,), "int32", (10, 7))
BINARY = Output("binary", ("y",), 1, ("no", "yes"), (30, 10))
THREE = Output("multiclass", ("y",), 3, ("a", "b", "c"), (10, 20, 30))
VALUE = Output("regression", ("y",), 1, means=(1.0,), scales=(2.0,))
CHURN = Signature((NUMERIC,), BINARY)


def none_registered(name: str) -> dict[str, Any]:
    raise UndefinedName(f'there is no model "{name}"')


def spec(definition: dict[str, Any], signature: Signature = CHURN, **params: Any) -> Spec:
    return resolve(definition, params, signature, none_registered)


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"layers": list(layers)}}


def dense(**config: Any) -> dict[str, Any]:
    return {"class_name": "Dense", "config": config}


def test_defaults_are_complete() -> None:
    made = spec({"family": "mlp"})
    assert isinstance(made.architecture, FamilyArchitecture)
    assert made.architecture.parameters["hidden"] == [128, 64]
    assert (made.optimizer, made.learning_rate, made.loss) == ("adam", 0.001, "binary_crossentropy")


@pytest.mark.parametrize(
    ("rows", "size"),
    [(1, 32), (9_999, 32), (10_000, 128), (99_999, 128), (100_000, 256), (None, 256)],
)
def test_batches_follow_the_rows(rows: int | None, size: int) -> None:
    made = resolve({"family": "mlp"}, {"dropout": 0.1}, CHURN, none_registered, rows=rows)
    assert made.batch_size == size


def test_params_override_the_definition() -> None:
    made = spec({"family": "mlp", "learning_rate": 0.1, "batch_size": 8}, learning_rate=0.5)
    assert (made.learning_rate, made.batch_size) == (0.5, 8)


OWN_DEFAULTS = replace(
    FAMILIES["mlp"],
    defaults={
        "activation": ByTask("selu", "gelu"),
        "optimizer": "adam",
        "learning_rate": ByTask(0.04, 0.2),
        "weight_decay": 0.02,
        "beta_2": 0.95,
        "label_smoothing": ByTask(0.1, 0.0),
        "batch_size": 64,
    },
)


@pytest.mark.parametrize(
    ("output", "params", "found"),
    [
        (BINARY, {}, ("selu", 0.04, 0.02, 0.95, 0.1, 64)),
        (VALUE, {}, ("gelu", 0.2, 0.02, 0.95, 0.0, 64)),
        (VALUE, {"activation": "relu", "beta_2": 0.9}, ("relu", 0.2, 0.02, 0.9, 0.0, 64)),
        # What is an optimizer's goes with it.
        (BINARY, {"optimizer": "rmsprop"}, ("selu", 0.001, 0.0, None, 0.1, 64)),
        (BINARY, {"optimizer": "adam", "weight_decay": 0}, ("selu", 0.04, 0.0, 0.95, 0.1, 64)),
    ],
)
def test_a_family_has_defaults_of_its_own(
    output: Output, params: dict[str, Any], found: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FAMILIES, "mlp", OWN_DEFAULTS)
    made = spec({"family": "mlp"}, Signature((NUMERIC,), output), **params)
    assert isinstance(made.architecture, FamilyArchitecture)
    assert found == (
        made.architecture.parameters["activation"],
        made.learning_rate,
        made.weight_decay,
        made.optimizer_parameters.get("beta_2"),
        made.label_smoothing,
        made.batch_size,
    )


def test_labels_are_smoothed_by_default_where_the_loss_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, "mlp", OWN_DEFAULTS)
    own = Code("mine", "loss", "", "")

    def close(**params: Any) -> Spec:
        model = {"family": "mlp", "loss": "mine"}
        return resolve(model, params, CHURN, none_registered, lambda name, kind: own)

    assert close().label_smoothing == 0.0
    with pytest.raises(InvalidArgument, match="label_smoothing has no effect"):
        close(label_smoothing=0.1)


@pytest.mark.parametrize("definition", [{"family": "mlp"}, {"family": "linear", "l2": 0.1}])
def test_specs_survive_json(definition: dict[str, Any]) -> None:
    made = spec(definition, label_weights="balanced")
    assert Spec.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_keras_specs_survive_json() -> None:
    made = spec({"keras": sequential(dense(units="${outputs}"))})
    assert isinstance(made.architecture, KerasArchitecture)
    assert Spec.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_whole_floats_are_integers() -> None:
    made = spec({"family": "mlp"}, hidden=[64.0], batch_size=32.0)
    assert isinstance(made.architecture, FamilyArchitecture)
    assert repr((made.architecture.parameters["hidden"], made.batch_size)) == "([64], 32)"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("learning_rate", 0),
        ("learning_rate", -1),
        ("learning_rate", "fast"),
        ("learning_rate", float("nan")),
        ("learning_rate", True),
        ("batch_size", 0),
        ("batch_size", 1.5),
        ("batch_size", True),
        ("dropout", 1),
        ("dropout", -0.1),
        ("hidden", 64),
        ("hidden", [0]),
        ("hidden", [True]),
        ("hidden", [10**9]),
        ("activation", "os.system"),
        ("batch_norm", 1),
        ("optimizer", "lbfgs"),
        ("loss", "mse"),
        ("l2", -1),
        ("clipnorm", 0),
        ("weight_decay", "much"),
        ("beta_1", 1),
        ("label_weights", []),
        ("label_weights", 1.5),
        ("label_weights", True),
        ("label_weights", {"yes": 0}),
        ("label_weights", {"maybe": 1}),
        ("label_smoothing", 1),
    ],
)
def test_values_out_of_range_name_their_parameter(name: str, value: Any) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        spec({"family": "mlp"}, **{name: value})
    assert name in refusal.value.message
    assert refusal.value.detail
    assert refusal.value.hint


def test_unknown_names_meet_the_nearest() -> None:
    for definition, params in [
        ({"family": "mlp", "hiden": [1]}, {}),
        ({"family": "mlp"}, {"hiden": [1]}),
    ]:
        with pytest.raises(InvalidArgument) as refusal:
            resolve(definition, params, CHURN, none_registered)
        assert refusal.value.hint == 'Did you mean "hidden"?'
    with pytest.raises(InvalidArgument) as refusal:
        spec({"family": "mpl"})
    assert refusal.value.hint == 'Did you mean "mlp"?'


def test_names_for_the_space() -> None:
    meaning = Meaning({"family": "cnn"}, none_registered)
    assert all(meaning.takes(n, {}) for n in ("filters", "kernel", "learning_rate", "beta_1"))
    assert not meaning.takes("momentum", {})
    assert meaning.takes("momentum", {"optimizer": "sgd"})
    definition = {"keras": sequential(dense(units="${width}"), dense(units="${outputs}"))}
    meaning = Meaning(definition, none_registered)
    assert meaning.takes("width", {})
    assert not meaning.takes("outputs", {})


def test_parameters_of_other_optimizers() -> None:
    with pytest.raises(InvalidArgument, match='adam has no parameter "momentum"'):
        spec({"family": "mlp"}, momentum=0.9)
    both = {"optimizer": "adam", "momentum": 0.9}
    assert "momentum" not in spec({"family": "mlp"}, **both).optimizer_parameters
    made = spec({"family": "mlp", "optimizer": "sgd"}, momentum=0.9)
    assert made.optimizer_parameters == {"momentum": 0.9, "nesterov": False}


def test_label_weights() -> None:
    assert spec({"family": "mlp"}, label_weights="balanced").label_weights == (40 / 60, 2.0)
    assert spec({"family": "mlp"}, label_weights={"yes": 3}).label_weights == (1.0, 3.0)
    assert spec({"family": "mlp"}, label_weights=1).label_weights == (40 / 60, 2.0)
    assert spec({"family": "mlp"}, label_weights=0).label_weights is None
    halfway = spec({"family": "mlp"}, label_weights=0.5).label_weights
    assert halfway == pytest.approx(((40 / 60) ** 0.5, 2.0**0.5))
    with pytest.raises(InvalidArgument, match="need classes"):
        spec({"family": "mlp"}, Signature((NUMERIC,), VALUE), label_weights="balanced")


def test_losses_follow_the_task() -> None:
    assert spec({"family": "mlp"}, Signature((NUMERIC,), THREE)).loss == "categorical_crossentropy"
    assert spec({"family": "mlp"}, Signature((NUMERIC,), VALUE), loss="huber").loss == "huber"


def test_every_family_refuses_or_takes_a_dataset() -> None:
    inputs = (NUMERIC, CODES, IMAGE, TEXT)
    for family in FAMILIES:
        spec({"family": family}, Signature(inputs, THREE))
    for family, missing in [("cnn", "image"), ("text", "text")]:
        with pytest.raises(InvalidArgument, match=f"needs a column of kind {missing}"):
            spec({"family": family})
    with pytest.raises(InvalidArgument, match="needs numeric or categorical"):
        spec({"family": "wide_deep"}, Signature((IMAGE,), THREE))
    with pytest.raises(InvalidArgument, match="too small for 4 convolutions"):
        spec({"family": "cnn", "filters": [8, 8, 8, 8]}, Signature((IMAGE,), THREE))
    with pytest.raises(InvalidArgument, match="units must be a multiple of attention_heads"):
        spec({"family": "ft_transformer", "units": 100})


def test_piecewise_numbers_need_bins_and_not_too_many() -> None:
    binned = replace(NUMERIC, edges=((0.0, 1.0), (), (), ()))
    spec({"family": "mlp", "numbers": "piecewise"}, Signature((binned,), BINARY))
    with pytest.raises(InvalidArgument, match="has no bins"):
        spec({"family": "mlp", "numbers": "piecewise"})
    many = replace(NUMERIC, shape=(3_000,), edges=(tuple(map(float, range(40))),) * 3_000)
    with pytest.raises(LimitExceeded, match="too many bins"):
        spec({"family": "tabm", "numbers": "piecewise"}, Signature((many,), BINARY))


def test_registered_models() -> None:
    shelf = {
        "wide": {"family": "mlp", "hidden": [512]},
        "net": {"keras": sequential(dense(units="${width}"), dense(units=1)), "width": 16},
        "loop": {"name": "wide"},
    }
    made = resolve({"name": "wide", "dropout": 0.5}, {"l2": 1}, CHURN, shelf.__getitem__)
    assert isinstance(made.architecture, FamilyArchitecture)
    assert made.architecture.parameters["hidden"] == [512]
    assert made.architecture.parameters["dropout"] == 0.5
    for params, width in [({}, 16), ({"width": 32}, 32)]:
        made = resolve({"name": "net"}, params, CHURN, shelf.__getitem__)
        assert isinstance(made.architecture, KerasArchitecture)
        assert made.architecture.keras["config"]["layers"][1]["config"]["units"] == width
    with pytest.raises(InvalidArgument, match="cannot refer to another"):
        resolve({"name": "loop"}, {}, CHURN, shelf.__getitem__)
    with pytest.raises(UndefinedName):
        spec({"name": "nothing"})


@pytest.mark.parametrize(
    "definition",
    [{}, {"family": "mlp", "name": "x"}, [], "mlp", {"hidden": [1]}, {"name": 3}, {"family": None}],
)
def test_definitions_that_are_none(definition: Any) -> None:
    with pytest.raises(InvalidArgument):
        check_definition(definition)


def test_placeholders_need_values_of_their_type() -> None:
    model = {"keras": sequential(dense(units="${width}", activation="${act}"), dense(units=1))}
    check_definition(model)
    with pytest.raises(InvalidArgument, match='"\\$\\{width\\}" has no value'):
        spec(model, act="relu")
    with pytest.raises(InvalidArgument, match=r"config\.units must be an integer"):
        spec(model, act="relu", width="many")
    with pytest.raises(InvalidArgument, match=r"config\.activation"):
        spec(model, act={"class_name": "function", "config": "os.system"}, width=4)
    with pytest.raises(InvalidArgument, match="itself a placeholder"):
        spec(model, act="relu", width="${act}")


def test_input_layers_are_matched_by_name() -> None:
    def model(name: str, shape: Any = "${input_shape}") -> dict[str, Any]:
        layer = {"class_name": "InputLayer", "config": {"name": name, "batch_shape": shape}}
        return {"keras": sequential(layer, dense(units="${outputs}"))}

    made = spec(model("anything"))
    assert isinstance(made.architecture, KerasArchitecture)
    assert made.architecture.inputs == {"anything": "numeric"}
    both = Signature((IMAGE, NUMERIC), BINARY)
    made = spec(model("anything"), both)
    assert isinstance(made.architecture, KerasArchitecture)
    assert made.architecture.inputs == {"anything": "numeric"}
    with pytest.raises(InvalidArgument, match='input "foto" is not an input') as refusal:
        spec(model("foto"), Signature((IMAGE, TEXT), BINARY))
    assert refusal.value.hint == 'Did you mean "photo"?'
    with pytest.raises(InvalidArgument, match="has another shape"):
        spec(model("numeric", [None, 5]))


@pytest.mark.parametrize(
    ("output", "units", "activation", "says"),
    [
        (BINARY, 2, "softmax", "gives 2 numbers a row"),
        (BINARY, 1, "softmax", "does not suit the task binary"),
        (THREE, 1, "linear", "gives 1 number a row"),
        (THREE, 3, "sigmoid", "does not suit the task multiclass"),
        (VALUE, 1, "sigmoid", "does not suit the task regression"),
    ],
)
def test_last_layers_must_suit_the_task(
    output: Output, units: int, activation: str, says: str
) -> None:
    model = {"keras": sequential(dense(units=units, activation=activation))}
    with pytest.raises(InvalidArgument, match=says):
        spec(model, Signature((NUMERIC,), output))


def test_final_probabilities_become_logits() -> None:
    softmax = {"class_name": "Softmax", "config": {"axis": -1}}
    for layers in [[dense(units=3, activation="softmax")], [dense(units=3), softmax]]:
        made = spec({"keras": sequential(*layers)}, Signature((NUMERIC,), THREE))
        assert isinstance(made.architecture, KerasArchitecture)
        last = made.architecture.keras["config"]["layers"][-1]
        assert last["class_name"] in ("Dense", "Activation")
        assert last["config"]["activation"] == "linear"
