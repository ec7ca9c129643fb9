"""Failures of the framework to compute a model, in our own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from cerebro_db.errors import InvalidArgument
from cerebro_db.training.shortages import no_memory

# Of a message: what introduces the way through the framework's own code, that way, and nodes.
_NOISE = re.compile(r'\s*(Graph execution error:|Detected at node .*|File ".*|\[\[\{\{.*|)')


@contextmanager
def in_our_words() -> Iterator[None]:
    """Say in our own words that the framework got no more memory, or cannot compute the rows."""
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        raise no_memory(_essence(error)) from error
    except tf.errors.InvalidArgumentError as error:
        raise InvalidArgument(
            "the model cannot compute these rows",
            detail=_essence(error),
            hint="Look at its registered layers: an Embedding behind one needs a vector for each id"
            " that the layer gives.",
        ) from error


def _essence(error: tf.errors.OpError) -> str:
    """Return the lines of a message that say what happened."""
    lines = str(error.message).splitlines()
    return " ".join(line.strip() for line in lines if not _NOISE.fullmatch(line))
