"""realmlp: RealMLP with its tuned defaults, for numbers and categories.

Holzmüller, Grinsztajn and Steinwart, Better by default: strong pre-tuned MLPs and boosted trees on
tabular data, NeurIPS 2024: RealMLP-TD, for classification and for regression each.

The same as published: numbers scaled robustly and bent into (-3, 3); their embeddings by cosines
with a bias, a linear layer and the number itself; a scale for each feature; three dense layers of
256 in the neural tangent parametrisation, with weights and biases that begin by the data,
parametric selu (classes) or mish (numbers) and dropout; factors of learning rate and weight decay
by kind of weight; Adam, its rates and their schedules, label smoothing, batches of 256, 256
epochs; predictions within the range of the targets; two logits for two classes.

What differs, and why:

- Which categories are one-hot, and how, is the dataset's encoding: fewer than 16 values where the
  paper has at most 8; one of two values is two columns, where the paper has one of -1 and 1; whole
  numbers of few values are one-hot, too.
- Medians and quartiles come from the dataset, which takes them from a sample of large tables.
- Weights begin by the first rows of the first partition: no partition has all rows, as the paper.
- The rows that are left after whole batches make a smaller one; the paper leaves them out.
- The kernels are the paper's divided by the root of their rows, and take the learning rate divided
  by it. Steps of Adam are the same, but for the epsilon that keeps divisions finite.
- Rows are shuffled within a chunk.
- The best epoch is that of the least loss, or of the metric that a run states; the paper has the
  one of the fewest errors, the last of several.
- Images and texts, which the paper has not, go beside the numbers as in the family mlp.
"""

from typing import Any

from cerebro_db.model.families._base import (
    DROPOUT,
    EMBEDDING_DIM,
    OUTPUT,
    ByTask,
    Family,
    dropped_out,
    embedded,
    features,
    hidden,
    joined,
    named,
    with_hidden_layers,
)
from cerebro_db.model.families._numbers import continuous_columns
from cerebro_db.model.graph import GraphBuilder, Tensor
from cerebro_db.model.layers.realmlp import ACTIVATIONS
from cerebro_db.model.parameters import Parameter
from cerebro_db.model.signature import Input, Signature
from cerebro_db.model.tasks import task_of
from cerebro_db.model.values import choice, number

# The quartiles of what is standardised and normal lie so far apart.
_QUARTILES = 1.349
_FREQUENCIES, _WIDTH = 16, 4

_ACTIVATION = Parameter(
    "activation",
    choice(*ACTIVATIONS),
    "selu",
    "activation of the hidden layers",
    with_hidden_layers,
)
_FREQUENCY_SCALE = Parameter(
    "frequency_scale", number(0, above=True), 0.1, "spread of the first frequencies of numbers"
)


def _layers(graph: GraphBuilder, parameters: dict[str, Any], signature: Signature) -> Tensor:
    taken = [_vector(graph, name, item, parameters) for name, item in named(signature.inputs)]
    x = graph.layer("scaling", "Scaling", {}, joined(graph, taken), name="scaling")
    for i, units in enumerate(parameters["hidden"]):
        where, name = f"hidden[{i}]", f"hidden_{i + 1}"
        x = graph.layer(where, "NtpDense", {"units": units}, x, name=name)
        activation = {"activation": parameters["activation"]}
        where, name = f"activation of {where}", f"{name}_activation"
        x = graph.layer(where, "ParametricActivation", activation, x, name=name)
        x = dropped_out(graph, x, parameters, coarse=True)
    if not task_of(signature.output).has_positive:
        return graph.layer("output", "NtpDense", {"units": signature.output.units}, x, name=OUTPUT)
    logits = graph.layer("output", "NtpDense", {"units": 2}, x, name=OUTPUT)
    return graph.layer("difference of logits", "LogitDifference", {}, logits)


def _vector(graph: GraphBuilder, name: str, item: Input, parameters: dict[str, Any]) -> Tensor:
    dim = parameters["embedding_dim"]
    match item.kind:
        case "numeric":
            return _numbers(graph, item, parameters["frequency_scale"])
        case "categorical":
            where = f"embedding_dim of {item.name}"
            return embedded(graph, where, f"{name}_embedding", item, dim, deviation=1.0)
        case _:
            (vector,) = features(graph, [item], parameters)
            return vector


def _numbers(graph: GraphBuilder, item: Input, frequency_scale: float) -> Tensor:
    (width,) = item.shape
    columns = continuous_columns(item)
    robust = item.robust or [(0.0, 1 / _QUARTILES)] * width
    clip = {"centers": [center for center, _ in robust], "factors": [f for _, f in robust]}
    x = graph.layer("range of numbers", "RobustClip", clip, graph.input(item))
    if not columns:
        return x
    embedding = {
        "columns": columns,
        "frequencies": _FREQUENCIES,
        "width": _WIDTH,
        "deviation": frequency_scale,
    }
    return graph.layer(
        "embedding of numbers", "CosineNumbers", embedding, x, name="numbers_embedding"
    )


FAMILY = Family(
    "realmlp",
    "RealMLP (NeurIPS 2024): embedded numbers, and dense layers with defaults tuned on many tables",
    (hidden(256, 256, 256), _ACTIVATION, DROPOUT, EMBEDDING_DIM, _FREQUENCY_SCALE),
    _layers,
    defaults={
        "activation": ByTask("selu", "mish"),
        "dropout": 0.15,
        "embedding_dim": 8,
        "optimizer": "adam",
        "learning_rate": ByTask(0.04, 0.2),
        "beta_2": 0.95,
        "epsilon": 1e-8,
        "weight_decay": 0.02,
        "label_smoothing": ByTask(0.1, 0.0),
        "batch_size": 256,
        "clip": ByTask(False, True),
        "schedule": "coslog4",
        "dropout_schedule": "flat_cos",
        "weight_decay_schedule": "flat_cos",
    },
    epochs=256,
    best_by_loss=True,
)
