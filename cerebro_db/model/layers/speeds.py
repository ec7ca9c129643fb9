"""What takes longer than its multiplications let expect, measured on two cores with oneDNN.

A large matrix product is the measure: 50 to 100 billion multiplications and additions a second on
one thread. ``slowness`` says how many of these take as long as one operation of another kind.
"""

from __future__ import annotations

from math import prod
from typing import Any

ELEMENTWISE = 15
NOISE = 40
POOLING = 4
# The cosine and the sine of a number, and what makes a gradient of them.
WAVE = 120
DEPTHWISE = 8

# oneDNN has fast code for the gradients of small windows without groups; the reference code that
# takes the others does 0.5 to 2 billion operations a second.
NO_FAST_CONVOLUTION = 50
LARGE_WINDOW = 15

# Forward and backward a turn of a recurrent loop takes some 0.1 ms, however small its tensors.
TURN = 3_000_000

# What there is to compile, in dense layers: a loop in a loop takes as long as twenty of them.
LSTM_GRAPH, GRU_GRAPH, SIMPLE_GRAPH = 20, 32, 16
ATTENTION_GRAPH = 8
NORMALIZATION_GRAPH = 5

# The decomposition of an orthogonal initializer (Householder's), against a matrix product.
_DECOMPOSING = 3


def initial_operations(
    arguments: dict[str, Any], name: str, shape: tuple[int, ...], default: str = ""
) -> int:
    """Return the operations of a weight's initializer, 0 where it only draws numbers.

    Args:
        arguments: of the layer, as in its Keras config.
        name: of the weight, before _initializer.
        shape: of the weight.
        default: the initializer where none is stated.
    """
    stated = arguments.get(f"{name}_initializer", default)
    kind = stated.get("class_name") if isinstance(stated, dict) else stated
    if kind not in ("orthogonal", "Orthogonal"):
        return 0
    rows = prod(shape[:-1])
    long, short = max(rows, shape[-1]), min(rows, shape[-1])
    # QR and forming Q (Golub and Van Loan, Matrix Computations, 5.2).
    return _DECOMPOSING * (4 * long * short**2 - 4 * short**3 // 3)
