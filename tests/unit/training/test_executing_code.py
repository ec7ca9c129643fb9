"""Registered code at work: executed once, only as it was registered, and trained like all else."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_datasets import BINARY, LABELS, NUMERIC, THREE, VALUES, make_chunks, run_unit

from cerebro_db import training
from cerebro_db.errors import CodeFailed, DataError, InvalidArgument
from cerebro_db.model import Spec, resolve
from cerebro_db.model.code import Code, Kind, code_of
from cerebro_db.model.signature import TARGETS, Output, Signature
from cerebro_db.tensors import unpack
from cerebro_db.training import UnitKey, forward
from cerebro_db.training.keras.programs import PROGRAMS
from cerebro_db.training.registered import load, measures

GATE = """
import keras

class Gate(keras.layers.Layer):
    def __init__(self, units, power=1, **kwargs):
        super().__init__(**kwargs)
        self.units, self.power = units, power
        self.seeds = keras.random.SeedGenerator()

    def build(self, shape):
        # Without names, which Keras then makes up.
        self.value = self.add_weight(shape=(shape[-1], self.units))
        self.gate = self.add_weight(shape=(shape[-1], self.units))
        self.steps = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x, training=False):
        if training:
            self.steps.assign_add(1.0)
            x = keras.random.dropout(x, 0.1, seed=self.seeds)
        return keras.ops.sigmoid(x @ self.gate) ** self.power * (x @ self.value)
"""
KEY = UnitKey(seed=1, config=1, epoch=1, partition=0)


def spec_of(definition: dict[str, Any], output: Output, code: Sequence[Code]) -> Spec:
    def find(name: str, kind: Kind) -> Code | None:
        return next((c for c in code if (c.name, c.kind) == (name, kind)), None)

    metric = next((c for c in code if c.kind == "metric"), None)
    signature = Signature((NUMERIC,), output)
    return resolve(definition, {}, signature, lambda name: {}, find, metric)


def gated(source: str = GATE, **config: Any) -> Spec:
    layers = [
        {"module": "cerebro", "class_name": "Gate", "config": {"units": 6, **config}},
        {"class_name": "Dense", "config": {"units": 1}},
    ]
    model = {"class_name": "Sequential", "config": {"layers": layers}}
    code = code_of("Gate", "layer", source)
    return spec_of({"keras": model, "batch_size": 16, "learning_rate": 0.01}, BINARY, [code])


def with_loss(source: str, output: Output, **values: Any) -> Spec:
    code = code_of("own", "loss", source)
    model = {"family": "mlp", "hidden": [4], "loss": "own", **values}
    return spec_of(model, output, [code])


def test_units_are_the_same_however_the_process_came_to_them() -> None:
    spec = gated()
    chunks = make_chunks(spec.signature, [50, 30])
    whole = run_unit(spec, KEY, None, chunks, chunks[:1])
    second = run_unit(spec, replace(KEY, epoch=2), whole.state, chunks)
    # Another program and other layers in between, whose weights Keras numbers too.
    PROGRAMS.clear()
    other = run_unit(gated(power=2), KEY, None, chunks)
    again = run_unit(spec, KEY, None, chunks, chunks[:1])
    assert (again.state, again.validation) == (whole.state, whole.validation)
    assert run_unit(spec, replace(KEY, epoch=2), again.state, chunks).state == second.state
    assert other.state != whole.state
    names = [name.split("/", 2)[2] for name in unpack(whole.state) if name.startswith("weights")]
    assert sorted(names)[-3:] == ["variable", "variable_1", "variable_2"]


def test_it_predicts_with_its_framework() -> None:
    spec = gated()
    chunks = make_chunks(spec.signature, [200])
    state = None
    for epoch in range(1, 16):
        result = run_unit(spec, replace(KEY, epoch=epoch), state, chunks, chunks)
        state = result.state
    assert result.validation is not None
    assert result.validation["auc"] > 0.95
    assert forward.of_state(spec.signature, result.state) is None
    predicted = training.predictor(spec, training.weights_of(result.state)).predict(chunks[0])
    measured = training.metrics.measure(BINARY, chunks[0][TARGETS], predicted)
    assert measured["accuracy"] == pytest.approx(result.validation["accuracy"])


def test_a_process_may_hold_several_versions() -> None:
    before = gated()
    after = gated(GATE.replace("keras.ops.sigmoid", "keras.ops.tanh"))
    chunks = make_chunks(before.signature, [60])
    alone = [run_unit(spec, KEY, None, chunks).state for spec in (before, after)]
    assert alone[0] != alone[1]
    mixed = [run_unit(spec, KEY, None, chunks).state for spec in (after, before, after)]
    assert mixed == [alone[1], alone[0], alone[1]]


def test_a_decorated_class_is_the_version_that_its_spec_carries() -> None:
    decorator = '@keras.saving.register_keras_serializable("cerebro")\nclass Gate'
    source = GATE.replace("class Gate", decorator)
    chunks = make_chunks(gated().signature, [60])
    plain = run_unit(gated(), KEY, None, chunks).state
    assert run_unit(gated(source), KEY, None, chunks).state == plain
    run_unit(gated(source.replace("sigmoid", "tanh")), KEY, None, chunks)
    PROGRAMS.clear()
    assert run_unit(gated(source), KEY, None, chunks).state == plain


# Of each task, the project's own loss and the same as registered code.
SAME = {
    "mse": (
        VALUES,
        "import tensorflow as tf\n"
        "def own(truth, logits):\n"
        "    return tf.reduce_mean(tf.square(logits - truth), axis=1)\n",
    ),
    "categorical_crossentropy": (
        THREE,
        "import tensorflow as tf\n"
        "def own(truth, logits):\n"
        "    f = tf.nn.sparse_softmax_cross_entropy_with_logits\n"
        "    return f(labels=truth, logits=logits)\n",
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_a_loss_trains_as_the_projects_own_does(name: str) -> None:
    output, source = SAME[name]
    own = with_loss(source, output, batch_size=16)
    chunks = make_chunks(own.signature, [50])
    plain = replace(own, loss=name, code=())
    first, second = (run_unit(spec, KEY, None, chunks, chunks) for spec in (own, plain))
    assert first.validation == second.validation
    ours, theirs = unpack(first.state), unpack(second.state)
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[n], theirs[n]) for n in ours)
    # What predicts has no loss: nothing of it is executed where rows are predicted.
    assert forward.of_state(own.signature, first.state) is not None


def test_losses_of_keras_are_called_on_logits() -> None:
    source = (
        "import keras\n"
        "def own(truth, logits):\n"
        "    return keras.losses.binary_crossentropy(truth, logits, from_logits=True)\n"
    )
    for output in (BINARY, LABELS):
        spec = with_loss(source, output)
        chunks = make_chunks(spec.signature, [40])
        assert run_unit(spec, KEY, None, chunks).training["loss"] < 2


def test_what_a_source_makes_at_its_top_serves_every_program() -> None:
    source = (
        "import tensorflow as tf\n"
        "weight = tf.constant(3.0)\n"
        "def own(truth, logits):\n"
        "    return weight * tf.square(truth - logits)[:, 0]\n"
    )
    for hidden in ([4], [5]):
        spec = with_loss(source, BINARY, hidden=hidden)
        run_unit(spec, KEY, None, make_chunks(spec.signature, [40]))


FAILING = {
    "raises": ("def own(truth, logits):\n    return 1 / 0\n", "ZeroDivisionError", "line 2"),
    "mean": ("def own(truth, logits):\n    return logits[0, 0]\n", "each row", "shape ()"),
    "matrix": ("def own(truth, logits):\n    return logits * truth\n", "each row", "(None, 1)"),
    "integers": (
        "import tensorflow as tf\n"
        "def own(truth, logits):\n"
        "    return tf.cast(truth[:, 0], 'int32')\n",
        "each row",
        "int32",
    ),
    "breaks": ("raise OSError('no such thing')\ndef own(truth, logits): pass", "OSError", "line 1"),
    "taken away": ("def own(truth, logits): pass\nown = 3\n", "of another kind", "was 3"),
    "imports nothing": ("import no_such_module\ndef own(t, l): pass", "ModuleNotFound", "line 1"),
}


@pytest.mark.parametrize("case", FAILING)
def test_who_fails_is_told_apart(case: str) -> None:
    source, message, detail = FAILING[case]
    spec = with_loss(source, BINARY)
    with pytest.raises(CodeFailed, match=message) as raised:
        run_unit(spec, KEY, None, make_chunks(spec.signature, [20]))
    assert detail in raised.value.detail


def test_a_layer_has_to_be_one() -> None:
    with pytest.raises(CodeFailed, match="is no layer"):
        run_unit(gated("class Gate(dict):\n    def __init__(self, units): pass\n"), KEY, None, [])


def test_only_what_was_registered_is_executed(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    source = (
        f"with open({str(trace)!r}, 'a') as trace:\n"
        "    trace.write('x')\n"
        "def own(truth, logits): return logits[:, 0]\n"
    )
    spec = with_loss(source, BINARY)
    assert not trace.exists()
    (code,) = spec.code
    with pytest.raises(DataError, match="not the one that was registered"):
        load(replace(code, sha256="0" * 64))
    with pytest.raises(DataError):
        load(replace(code, source=source + " "))
    assert not trace.exists()
    chunks = make_chunks(spec.signature, [20])
    for _ in range(2):
        run_unit(spec, KEY, None, chunks)
    PROGRAMS.clear()
    run_unit(spec, KEY, None, chunks)
    assert trace.read_text() == "x"
    assert f"cerebro_registered_{code.sha256}" in sys.modules


METRIC = """
import numpy as np

higher_is_better = True

def own(truth, predicted):
    assert truth.shape == ({shape}), truth.shape
    return np.float32(predicted[truth.ravel() > 0.5].mean()) if truth.any() else float("nan")
"""


@pytest.mark.parametrize("output", [BINARY, THREE, LABELS, VALUES], ids=lambda output: output.task)
def test_metrics_are_measured_like_the_projects_own(output: Output) -> None:
    shape = "len(truth)," if output.task == "multiclass" else "len(truth), predicted.shape[1]"
    body = METRIC.replace("{shape}", shape)
    if output.task != "binary":
        body = body.replace("predicted[truth.ravel() > 0.5].mean()", "predicted.mean()")
    code = code_of("own", "metric", body)
    spec = spec_of({"family": "mlp", "hidden": [4]}, output, [code])
    chunks = make_chunks(spec.signature, [60])
    result = run_unit(spec, KEY, None, chunks, chunks)
    assert result.validation is not None
    assert {"own", "loss"} < result.validation.keys()
    assert result.training.keys() == result.validation.keys()
    predicted = training.predictor(spec, result.state).predict(chunks[0])
    targets = chunks[0][TARGETS]
    expected = training.metrics.measure(output, targets, predicted, measures(spec))
    assert result.validation["own"] == pytest.approx(expected["own"], rel=1e-5)


@pytest.mark.parametrize(
    ("answer", "message"), [("None", "TypeError"), ("1 / 0", "ZeroDivisionError")]
)
def test_a_metric_has_to_give_a_number(answer: str, message: str) -> None:
    source = f"higher_is_better = True\ndef own(truth, predicted): return {answer}\n"
    spec = spec_of({"family": "linear"}, BINARY, [code_of("own", "metric", source)])
    with pytest.raises(CodeFailed, match=message):
        run_unit(spec, KEY, None, make_chunks(spec.signature, [20]))


BUCKETS = """
import keras

class Buckets(keras.layers.Layer):
    def call(self, x):
        return keras.ops.cast(keras.ops.clip(keras.ops.abs(x) * 100, 0, 9), "int32")

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, "int32")
"""


def test_ids_of_a_registered_layer_need_vectors_too() -> None:
    """Nobody knows beforehand what it gives; the error says which id has no vector, and no more."""

    def bucketed(vectors: int) -> Spec:
        layers = [
            {"module": "cerebro", "class_name": "Buckets", "config": {}},
            {"class_name": "Embedding", "config": {"input_dim": vectors, "output_dim": 2}},
            {"class_name": "Flatten", "config": {}},
            {"class_name": "Dense", "config": {"units": 1}},
        ]
        model = {"class_name": "Sequential", "config": {"layers": layers}}
        return spec_of({"keras": model}, BINARY, [code_of("Buckets", "layer", BUCKETS)])

    chunks = make_chunks(bucketed(10).signature, [50])
    state = run_unit(bucketed(10), KEY, None, chunks, chunks).state
    assert forward.of_state(bucketed(10).signature, state) is None
    with pytest.raises(InvalidArgument, match="cannot compute these rows") as refusal:
        run_unit(bucketed(3), KEY, None, chunks)
    assert refusal.value.detail.endswith("is not in [0, 3)")
    assert refusal.value.detail.startswith("indices[")
