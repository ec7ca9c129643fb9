"""The cost of one call of the framework, which nothing interrupts, and its bounds.

Such calls are a step of mini-batch SGD, the initializers of a layer's weights, and what compiles
the model. The figures are estimates, mostly from above. All activations of a mini-batch are kept
for its backward pass, which takes twice the operations of the forward pass. A worker holds a state
as variables, as what came, as what goes, and once more on the way.

Behind a registered layer, whose shapes nobody knows, nothing is counted: who registers code is
trusted with more than memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from cerebro_db.errors import LimitExceeded
from cerebro_db.model.calls import in_layer
from cerebro_db.model.cost.graph import walk
from cerebro_db.model.cost.ledger import Ledger
from cerebro_db.model.frameworks import JAX, SPOKEN, TENSORFLOW, TORCH, Framework
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.layers.speeds import GRU_GRAPH, SIMPLE_GRAPH, TURN
from cerebro_db.model.network import graph_of
from cerebro_db.model.optimizers import OPTIMIZERS, Weight, slots_of
from cerebro_db.model.spec import Spec
from cerebro_db.words import counted

# Where the administrator states nothing.
STEP_MB = 4_096
STEP_GFLOP = 1_000
# A state is one value of PostgreSQL, which holds a gigabyte at most.
MAX_STATE_MB = 1_000
# How much there may be to compile, in dense layers: a framework takes some 5 seconds of a processor
# for so many in one call, and TensorFlow more than in proportion for more.
MAX_GRAPH: Mapping[Framework, int] = {TENSORFLOW: 520, JAX: 100, TORCH: 180}

# Rows of a forward pass without training: so many, but few enough that neither its largest tensors
# nor its work are more than these. One row is, if the step is within its bounds.
_FORWARD_ROWS = 1_024
_FORWARD_INPUTS = 4 * 1024 * 1024
_FORWARD_VALUES = 64 * 1024 * 1024
_FORWARD_WORK = 200 * 10**9

_MB, _GFLOP = 10**6, 10**9
_NUMBER = 4


@dataclass(frozen=True)
class StepBounds:
    """What one step may take: megabytes of 10^6 bytes, and 10^9 operations; a call of the framework
    for anything else may take as many operations.

    ``rows`` is the most that a mini-batch can have, whatever batch_size says.
    """

    step_mb: int = STEP_MB
    step_gflop: int = STEP_GFLOP
    rows: int = 2**31


@dataclass(frozen=True)
class Cost:
    """The cost of a configuration.

    Args:
        parameters: numbers of the network, trained or not.
        state: bytes of a state: these, averages of them, and what the optimizer keeps of each
            trained one.
        activations: bytes that a mini-batch keeps, and gradients of the largest layer.
        step: bytes that a worker needs: states, gradients, activations.
        operations: multiplications and additions of a step.
        work: operations of a large matrix product that take as long as a step.
        graph: how much there is to compile, in dense layers.
    """

    parameters: int = 0
    state: int = 0
    activations: int = 0
    step: int = 0
    operations: int = 0
    work: int = 0
    graph: int = 0


def check_cost(spec: Spec, bounds: StepBounds, ledger: Ledger | None = None) -> Cost:
    """Return what a configuration takes.

    Args:
        ledger: that of its architecture, if it is known already.

    Raises:
        LimitExceeded: it is more than the bounds; the message names the layer that breaks them.
        InvalidArgument: a layer cannot take what it is given.
    """
    rows = min(spec.batch_size, bounds.rows)
    optimizer = OPTIMIZERS[spec.optimizer]
    # Averages have as many numbers as what they are of.
    weights = 1 + bool(spec.ema)
    parameters = trained = slots = kept = largest = operations = work = turns = graph = 0
    moving = 0
    cost = Cost()
    for entry in ledger or ledger_of(spec):
        needs = entry.needs
        trained += sum(map(prod, needs.trained))
        parameters += sum(map(prod, needs.weights))
        for weight in _trained(needs):
            slots += _slots(spec, weight)
            moving += _moving(spec, weight)
            graph += optimizer.graph(spec.optimizer_parameters, weight)
        kept += needs.kept
        largest = max(largest, prod(needs.shape))
        operations += needs.operations
        work += needs.work
        turns += needs.turns
        graph += needs.graph
        state = _NUMBER * (parameters * weights + slots)
        activations = _NUMBER * rows * (kept + 2 * largest)
        cost = Cost(
            parameters=parameters,
            state=state,
            activations=activations,
            step=4 * state + 2 * _NUMBER * trained + activations,
            operations=3 * operations * rows + moving,
            work=3 * (work * rows + turns * TURN) + moving,
            graph=graph,
        )
        where, ending = f"{entry.where} ({entry.class_name})", in_layer(entry.known_by)
        _check(where, ending, cost, rows, bounds, spec.framework)
        _check_initializer(where, ending, needs.initial, bounds)
    return cost


def _trained(needs: Needs) -> list[Weight]:
    return [Weight(shape, needs.embeds) for shape in needs.trained]


def _moving(spec: Spec, weight: Weight) -> int:
    """Return the work of the optimizer on a weight in a step."""
    return OPTIMIZERS[spec.optimizer].work(spec.optimizer_parameters, weight)


def _slots(spec: Spec, weight: Weight) -> int:
    """Return how many numbers the optimizer keeps of a weight."""
    kept = slots_of(spec.optimizer, spec.optimizer_parameters, weight)
    return sum(prod(slot.shape) for slot in kept.values())


def training_work(spec: Spec, rows: int) -> int:
    """Return the work of a step on so many rows: see ``Cost``."""
    needs = [entry.needs for entry in ledger_of(spec)]
    moving = sum(_moving(spec, weight) for item in needs for weight in _trained(item))
    return 3 * sum(item.work * rows + item.turns * TURN for item in needs) + moving


def forward_rows(spec: Spec) -> int:
    """Return how many rows to pass forward at once, without training."""
    needs = [entry.needs for entry in ledger_of(spec)]
    inputs = max(prod(item.shape) for item in spec.signature.inputs)
    largest = max((item.kept for item in needs), default=1)
    work = sum(item.work for item in needs)
    most = (
        _FORWARD_INPUTS // max(1, inputs),
        _FORWARD_VALUES // max(1, largest),
        _FORWARD_WORK // max(1, work),
    )
    return max(1, min(_FORWARD_ROWS, *most))


def ledger_of(spec: Spec) -> Ledger:
    """Return the needs of each layer of a configuration's architecture."""
    ledger = Ledger()
    code = {found.name: found for found in spec.registered("layer")}
    walk(ledger, graph_of(spec), spec.signature, code)
    return ledger


def _check(
    where: str, ending: str, cost: Cost, rows: int, bounds: StepBounds, framework: Framework
) -> None:
    if cost.state > MAX_STATE_MB * _MB:
        raise LimitExceeded(
            f"{where}: the model has more weights than a state may have{ending}",
            detail=f"Up to here it has {counted(cost.parameters, 'parameter')}, and a state of "
            f"{cost.state / _MB:,.0f} MB with its optimizer; {MAX_STATE_MB:,} MB are the most.",
            hint="Use fewer units, or an optimizer that keeps less, such as sgd.",
        )
    if cost.step > bounds.step_mb * _MB:
        raise LimitExceeded(
            f"{where}: the model needs more memory than a step may take{ending}",
            detail=f"Up to here a step on {counted(rows, 'row')} takes {cost.step / _MB:,.0f} MB, "
            f"{cost.activations / _MB:,.0f} MB of these for the rows; {bounds.step_mb:,} MB are "
            "the most.",
            hint="Use fewer units or a smaller batch_size. The bound is step_mb in "
            "cerebro.settings.",
        )
    if cost.work > bounds.step_gflop * _GFLOP:
        raise LimitExceeded(
            f"{where}: the model needs more time than a step may take{ending}",
            detail=f"Up to here a step on {counted(rows, 'row')} takes as long as "
            f"{cost.work / _GFLOP:,.0f} billion operations of a matrix product; "
            f"{bounds.step_gflop:,} billion are the most.",
            hint="Use fewer units, shorter sequences or a smaller batch_size. The bound is "
            "step_gflop in cerebro.settings.",
        )
    most = MAX_GRAPH[framework]
    if cost.graph > most:
        raise LimitExceeded(
            f"{where}: the model needs more time to compile than a call of the framework may take"
            f"{ending}",
            detail=f"Up to here it takes as long as {counted(cost.graph, 'dense layer')}; "
            f"{most:,} are the most for {SPOKEN[framework]}.",
            hint=f"Use fewer layers. Recurrent ones count as {SIMPLE_GRAPH} to {GRU_GRAPH} each.",
        )


def _check_initializer(where: str, ending: str, operations: int, bounds: StepBounds) -> None:
    if operations > bounds.step_gflop * _GFLOP:
        raise LimitExceeded(
            f"{where}: its initializer needs more time than a call of the framework may take"
            f"{ending}",
            detail=f"Orthogonal weights of this size take as long as {operations / _GFLOP:,.0f} "
            f"billion operations of a matrix product; {bounds.step_gflop:,} billion are the most.",
            hint="Use fewer units, or another initializer, such as glorot_uniform. The bound is "
            "step_gflop in cerebro.settings.",
        )
