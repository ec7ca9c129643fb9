"""How a function of tensors becomes a program: the operations that it comes down to, gradients and
all, without what it took to find them, in which Keras spends most of a small step.

Operations are those of PyTorch's lowest level, called one after the other; ``torch.compile`` would
make machine code of them, and take a compiler and seconds to do so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode
from torch.fx import GraphModule
from torch.fx.experimental.proxy_tensor import make_fx
from torch.fx.experimental.symbolic_shapes import DimDynamic, ShapeEnv, StatelessSymbolicContext

from cerebro_db.model.signature import Signature
from cerebro_db.model.tasks import task_of
from cerebro_db.training.torch.dropout import DRAWN, drawn

Program = Callable[..., Any]

# Rows of the example: none that a shape of anything else could be taken for.
_ROWS = 8_191

_aten = torch.ops.aten
# What only says who may change or differentiate a tensor.
_NOTHING = (_aten.detach.default, _aten.alias.default, _aten.lift_fresh_copy.default)
# What Python calls in half of the time that it takes by the general way.
_FASTER = {
    DRAWN: drawn,
    _aten.add.Tensor: torch.add,
    _aten.bmm.default: torch.bmm,
    _aten.cat.default: torch.cat,
    _aten.div.Tensor: torch.div,
    _aten.exp.default: torch.exp,
    _aten.mm.default: torch.mm,
    _aten.mul.Tensor: torch.mul,
    _aten.relu.default: torch.relu,
    _aten.rsqrt.default: torch.rsqrt,
    _aten.sigmoid.default: torch.sigmoid,
    _aten.sub.Tensor: torch.sub,
    _aten.sum.dim_IntList: torch.sum,
    _aten.t.default: torch.t,
    _aten.transpose.int: torch.transpose,
    _aten.unsqueeze.default: torch.unsqueeze,
    _aten.where.self: torch.where,
}


def example_rows(signature: Signature) -> list[Tensor]:
    """Return examples of a mini-batch's inputs, weights of rows and targets; without rows."""
    dtypes = [(item.shape, getattr(torch, item.dtype)) for item in signature.inputs]
    if signature.weighted:
        dtypes.append(((), torch.float32))
    task = task_of(signature.output)
    dtypes.append((task.target_shape(signature.output), getattr(torch, task.dtype)))
    return [torch.empty((0, *shape), dtype=dtype) for shape, dtype in dtypes]


def traced(
    function: Callable[..., Any],
    held: Sequence[Tensor],
    numbers: Sequence[Tensor],
    batch: Sequence[Tensor],
) -> Program:
    """Return the operations that a function of tensors comes down to.

    Args:
        function: of tensors, one behind the other.
        held: its first arguments: what the program reads and changes in place.
        numbers: examples of the next ones, which have the same shape in every call.
        batch: examples of its last ones, which have as many rows as a mini-batch.

    Returns:
        A function of the arguments behind the first ones: the operations, or the function itself
        where they depend on how many rows there are, as those of Keras' recurrent layers and of
        random augmentation do.
    """
    fake = FakeTensorMode(shape_env=ShapeEnv(), allow_non_fake_inputs=True)
    symbols = StatelessSymbolicContext([DimDynamic.DYNAMIC])
    rows = fake.from_tensor(torch.empty(_ROWS), symbolic_context=symbols).shape[0]
    fixed = [fake.from_tensor(tensor, static_shapes=True) for tensor in (*held, *numbers)]
    with fake:
        examples = [torch.empty((rows, *x.shape[1:]), dtype=x.dtype) for x in batch]
    try:
        graph = make_fx(function)(*fixed, *examples)
    except RuntimeError:
        # If something else is wrong, that is said there, too.
        return partial(function, *held)
    own = rows.node.maybe_as_int() is None and not fake.shape_env.replacements
    return partial(_plain(graph) if own else function, *held)


def _plain(graph: GraphModule) -> Program:
    """Return the operations of a graph as a function."""
    for node in [*graph.graph.nodes]:
        if node.target in _NOTHING:
            node.replace_all_uses_with(node.args[0])
            graph.graph.erase_node(node)
        elif node.target in _FASTER:
            node.target = _FASTER[node.target]
        elif node.target is _aten.view.default:
            node.op, node.target = "call_method", "view"
    graph.graph.eliminate_dead_code()
    graph.recompile()
    program: Program = graph.forward
    return program
