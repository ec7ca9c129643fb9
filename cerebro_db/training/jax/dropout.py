"""Random numbers for dropout, hashed of seed and position: JAX's own generator, and the one that
XLA has built in, take longer than all else of a step."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def dropped(x: jax.Array, rate: Any, seed: jax.Array, coarse: bool) -> jax.Array:
    """Return x with some of its numbers 0, and the others larger by as much.

    Args:
        coarse: makes no difference here: 24 bits decide on each number either way.
    """
    kept = uniform(x, seed) >= rate
    return x * (kept.astype(jnp.float32) * (1.0 / (1.0 - rate)))


def uniform(like: jax.Array, seed: jax.Array) -> jax.Array:
    """Return numbers in [0, 1), of another array's shape."""
    position = jax.lax.iota(jnp.uint32, like.size)
    bits = _mixed(_mixed(position + seed[0]) ^ seed[1])
    return ((bits >> 8).astype(jnp.float32) * 2.0**-24).reshape(like.shape)


def _mixed(x: jax.Array) -> jax.Array:
    """Return other 32 bits for each 32, each of which depends on all: "lowbias32" of Wellons' Hash
    Prospector."""
    x = (x ^ (x >> 16)) * jnp.uint32(0x21F0AAAD)
    x = (x ^ (x >> 15)) * jnp.uint32(0xD35A2D97)
    return x ^ (x >> 15)
