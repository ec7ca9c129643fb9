"""What serves predictions: a run's best configuration, read once and checked again."""
