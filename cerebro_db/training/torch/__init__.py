"""Training with Keras on PyTorch. ``starting`` imports the framework, all else needs it."""
