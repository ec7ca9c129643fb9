"""Sets the framework up for a worker: few threads, one device's worth of memory, the same result
every time. All of it has to happen before the framework does anything."""

from __future__ import annotations

import os

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
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")  # it warns of many graphs, and there are as many as models
    tf.config.threading.set_intra_op_parallelism_threads(_threads)
    tf.config.threading.set_inter_op_parallelism_threads(_threads)
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    tf.config.experimental.enable_op_determinism()
    # Nothing of a keras.json that may lie in the server's home.
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    _ready = True
