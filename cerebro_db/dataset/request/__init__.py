"""The request to prepare a dataset, checked before any row is read."""
