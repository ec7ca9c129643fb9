"""Fitting: how each column is encoded is chosen, and learned of the training rows."""
