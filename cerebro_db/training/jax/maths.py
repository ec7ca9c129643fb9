"""What losses are computed with, on JAX."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


class OfLogits:
    """See ``Maths``."""

    def constant(self, values: Any) -> jax.Array:
        return jnp.array(values, jnp.float32)

    def like(self, targets: jax.Array, found: jax.Array) -> jax.Array:
        return targets.reshape(found.shape)

    def of_class(self, values: jax.Array, classes: jax.Array) -> jax.Array:
        return values[classes]

    def yes(self, found: jax.Array) -> jax.Array:
        return jax.nn.sigmoid(found)

    def surprise(self, found: jax.Array, targets: jax.Array) -> jax.Array:
        return jax.nn.softplus(-jnp.abs(found)) + jnp.maximum(found, 0) - found * targets

    def surprise_of_class(self, found: jax.Array, classes: jax.Array) -> jax.Array:
        shares = jax.nn.log_softmax(found)
        return -jnp.take_along_axis(shares, classes[..., None], axis=-1)[..., 0]

    def mean_surprise(self, found: jax.Array) -> jax.Array:
        return -jax.nn.log_softmax(found).mean(axis=-1)

    def exp(self, x: jax.Array) -> jax.Array:
        return jnp.exp(x)

    def square(self, x: jax.Array) -> jax.Array:
        return jnp.square(x)

    def where(self, condition: jax.Array, yes: jax.Array, no: jax.Array) -> jax.Array:
        return jnp.where(condition, yes, no)
