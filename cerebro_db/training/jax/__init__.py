"""Training with Keras on JAX. ``starting`` imports the framework, all else needs it."""
