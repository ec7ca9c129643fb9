"""The needs of a configuration, worked out without a framework: weights, memory, time."""
