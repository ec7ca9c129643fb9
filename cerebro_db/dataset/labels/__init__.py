"""Labels: the task and the classes are learned of staged rows, and values become targets."""
