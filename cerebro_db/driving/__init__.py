"""Drives a run from where it stands to its end, and keeps its books."""
