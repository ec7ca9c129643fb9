"""Sets TensorFlow up for a worker, before it does anything."""

from __future__ import annotations

import os

from cerebro_db.training._backend import Backend


def start(threads: int) -> Backend:
    """Import TensorFlow and Keras on it, and have it start its threads: ``threads`` of them."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras  # noqa: F401
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")  # it warns of many graphs, and there are as many as models
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    tf.config.experimental.enable_op_determinism()
    # oneDNN's fused kernels, which this would bring in, go on when they get no memory, and end the
    # server. They are not faster here.
    tf.config.optimizer.set_experimental_options({"remapping": False})
    # The framework starts its threads with the first graph that it runs. AutoGraph would write a
    # file for it that nobody deletes where a session ends.
    tf.function(lambda x: x + x, autograph=False)(tf.constant(1.0))
    from cerebro_db.training.tensorflow.backend import TensorFlow

    return TensorFlow()
