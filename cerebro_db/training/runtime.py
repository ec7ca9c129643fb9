"""Sets the framework up for a worker: few threads, one device's worth of memory, the same result
every time. All of it has to happen before the framework does anything."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Keras imports these wherever they are installed, for wrappers and plots.
_FOR_OTHER_USES = ("matplotlib", "pandas", "sklearn")

_threads = 1
_ready = False


def configure(threads: int) -> None:
    """Let training use this many threads. Without effect once the framework runs."""
    global _threads
    _threads = threads


def warm_up() -> None:
    """Import the framework (seconds in a fresh process); at once when that is done."""
    global _ready
    if _ready:
        return
    with _signals_for_this_thread(), _without_ado():
        _start()
    _ready = True


@contextmanager
def _signals_for_this_thread() -> Iterator[None]:
    """Have threads that start inside never handle a signal.

    oneDNN's kernels for matrices keep their stack pointer in memory of the heap, where a handler's
    frame overwrites what others own. Greenplum sends SIGVTALRM to whatever thread is computing.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _without_ado() -> Iterator[None]:
    """Import what there is to import and no more: a third of the time otherwise goes elsewhere.

    Thousands of modules make a million objects that stay: no garbage to collect among them, neither
    now nor while the first model is built.
    """
    unwanted = [name for name in _FOR_OTHER_USES if name not in sys.modules]
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


def _start() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    # Not the home of the server's user, nor /tmp, where Keras would look for its settings.
    os.environ["KERAS_HOME"] = str(Path(__file__).with_name("keras_home"))
    import keras  # noqa: F401
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")  # it warns of many graphs, and there are as many as models
    tf.config.threading.set_intra_op_parallelism_threads(_threads)
    tf.config.threading.set_inter_op_parallelism_threads(_threads)
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    tf.config.experimental.enable_op_determinism()
    # oneDNN's fused kernels, which this would bring in, go on when they get no memory, and end the
    # server. They are not faster here.
    tf.config.optimizer.set_experimental_options({"remapping": False})
    # The framework starts its threads with the first graph that it runs.
    tf.function(lambda x: x + x)(tf.constant(1.0))
    import cerebro_db.training.keras  # noqa: F401
