"""The rates of a configuration, inside the graph: inputs of its program."""

from __future__ import annotations

import tensorflow as tf

# Scalars by name; see model.rates.
Rates = dict[str, tf.Tensor]
