"""Executes registered code: the one place where text of the database becomes Python.

A process executes each version once, in a module of its own, and only what a ``Spec`` carries. Who
may register code has the power of the server's operating-system user; see docs/dba.md.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from types import ModuleType
from typing import Any

import numpy as np

from cerebro_db.errors import CodeFailed, DataError
from cerebro_db.model.code import Code
from cerebro_db.model.spec import Spec
from cerebro_db.model.tasks import task_of
from cerebro_db.training.losses import OF_PREDICTIONS
from cerebro_db.training.metrics import Measure


@lru_cache(maxsize=256)
def load(code: Code) -> Any:
    """Return the class or function that a version of registered code defines.

    Raises:
        DataError: the source is not the one that was registered.
        CodeFailed: executing it raised an error, or its name is something else in the end.
    """
    if sha256(code.source.encode()).hexdigest() != code.sha256:
        raise DataError(
            f"the source of {code.kind} {code.name} is not the one that was registered",
            detail=f"Its sha256 is not {code.sha256}.",
            hint="The rows of schema cerebro were changed by other means than cerebro_db.",
        )
    # Dataclasses and the like look their module up by its name.
    module = ModuleType(f"cerebro_registered_{code.sha256}")
    sys.modules[module.__name__] = module
    with blamed_on(code):
        exec(compile(code.source, _file(code), "exec"), module.__dict__)  # noqa: S102
    found = vars(module).get(code.name)
    if not (isinstance(found, type) if code.kind == "layer" else callable(found)):
        raise CodeFailed(
            f"registered {code.kind} {code.name} is of another kind",
            detail=f"When its source was executed, {code.name} was {found!r}.",
            hint="Let its source assign the name once.",
        )
    return found


@contextmanager
def blamed_on(code: Code) -> Iterator[None]:
    """Say of an error that it is one of registered code, and in which line of the source."""
    try:
        yield
    except MemoryError:
        # The next one who asks for memory would not have got it either.
        raise
    except Exception as error:
        lines = [
            f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == _file(code)
        ]
        raise CodeFailed(
            f"registered {code.kind} {code.name} raised {type(error).__name__}: {error}",
            detail=f"In line {lines[-1]} of its source." if lines else "",
            hint="See cerebro.code for the source and its author.",
        ) from error


def measures(spec: Spec) -> dict[str, Measure]:
    """Return what the configuration's registered metrics measure, by name."""
    return {code.name: _measure(code, spec) for code in spec.registered("metric")}


def _measure(code: Code, spec: Spec) -> Measure:
    function, task = load(code), task_of(spec.signature.output)

    def measured(targets: np.ndarray, predictions: np.ndarray) -> float:
        truth = task.truth(OF_PREDICTIONS, targets, predictions)
        with blamed_on(code):
            return float(function(truth, predictions))

    return measured


def _file(code: Code) -> str:
    return f"<{code.kind} {code.name} {code.sha256[:12]}>"
