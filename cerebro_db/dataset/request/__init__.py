"""What a user asks for when preparing a dataset, checked before any row is read."""
