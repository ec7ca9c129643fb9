"""What a configuration needs to train, worked out without a framework: weights, memory, time."""
