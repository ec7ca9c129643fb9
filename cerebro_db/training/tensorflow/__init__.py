"""Training with Keras on TensorFlow. ``starting`` imports the framework, all else needs it."""
