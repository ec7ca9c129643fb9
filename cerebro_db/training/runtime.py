"""Sets the framework up for a worker: few threads, one device's worth of memory, the same result
every time. All of it has to happen before the framework does anything."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cerebro_db.errors import NotPermitted, NotReady
from cerebro_db.model.frameworks import SPOKEN, TENSORFLOW, Framework, chosen
from cerebro_db.polls import no_poll
from cerebro_db.training import frameworks
from cerebro_db.training._backend import Backend
from cerebro_db.training.importing import polled
from cerebro_db.training.quiet import quietly
from cerebro_db.training.signals import blocked, opened

# Frameworks import these wherever they are installed: for wrappers and plots, and to convert models
# of one another.
_FOR_OTHER_USES = ("matplotlib", "pandas", "sklearn", "tensorflow", "jax", "torch")

_threads = 1
_framework: Framework = TENSORFLOW
_backend: Backend | None = None
# What ended the import, if it did not come to its end.
_broken: str | None = None


def configure(threads: int, framework: Framework = TENSORFLOW) -> None:
    """Let training use a framework, and this many threads: without effect once it runs.

    Raises:
        NotPermitted: another framework runs.
    """
    global _threads, _framework
    if _backend is not None and framework != _framework:
        raise NotPermitted(
            f"this session cannot take {SPOKEN[framework]}",
            detail=f"It has {SPOKEN[_framework]}, and a process has one framework.",
            hint="Use another session.",
        )
    _threads, _framework = threads, framework


def framework() -> Framework:
    """Return the framework of this process, whether it runs yet or not."""
    return _framework


def warm_up(poll: Callable[[], None] = no_poll) -> None:
    """Import the framework (seconds in a fresh process); at once when that is done.

    Args:
        poll: called several times a second, but for the half second in which the framework's
            largest library is loaded; raises to give up.

    Raises:
        MissingFramework: it is not installed.
        NotReady: an import in this process did not come to its end. A framework of which there is
            half cannot be imported once more: what it has registered so far would be there twice.
    """
    global _backend, _broken
    if _backend is not None:
        return
    if _broken is not None:
        raise NotReady(
            "this session can neither train nor load models any more",
            detail=f"It began to import {SPOKEN[_framework]}, and that ended with: {_broken}",
            hint="Use another session.",
        )
    chosen(_framework, frameworks.installed())
    try:
        with (
            quietly(poll) as loud_poll,
            blocked(),
            _without_ado(),
            polled(opened(loud_poll)),
        ):
            started = _start()
    except BaseException as error:
        _broken = str(error) or type(error).__name__
        raise
    _backend = started


def backend() -> Backend:
    """Return what training takes of the process' framework.

    Raises:
        NotReady: see ``warm_up``.
    """
    warm_up()
    assert _backend is not None
    return _backend


@contextmanager
def computing() -> Iterator[None]:
    """Whatever computes with the framework does so in here: this thread handles no signals
    meanwhile, and failures are said in our words. What polls in here is to be ``opened``."""
    with blocked(), backend().in_our_words():
        yield


@contextmanager
def _without_ado() -> Iterator[None]:
    """Import what there is to import and no more: a third of the time otherwise goes elsewhere.

    Thousands of modules make a million objects that stay: no garbage to collect among them, neither
    now nor while the first model is built.
    """
    unwanted = {*_FOR_OTHER_USES} - {_framework, *sys.modules}
    collecting = gc.isenabled()
    gc.disable()
    # Importing them then fails, as where they are not installed.
    sys.modules.update(dict.fromkeys(unwanted))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in unwanted:
            del sys.modules[name]
        gc.freeze()
        if collecting:
            gc.enable()


def _without_others() -> None:
    """Have Keras take other frameworks for not installed: it imports them, whole, where it asks
    what an object is."""
    from keras.src.utils import module_utils

    for module in (module_utils.tensorflow, module_utils.jax):
        if module.name != _framework:
            module._available = False


def _start() -> Backend:
    # Not the home of the server's user, nor /tmp, where Keras would look for its settings.
    os.environ["KERAS_HOME"] = str(Path(__file__).with_name("keras_home"))
    os.environ["KERAS_BACKEND"] = _framework
    started = frameworks.start(_framework, _threads)
    _without_others()
    import cerebro_db.training.keras  # noqa: F401

    return started
