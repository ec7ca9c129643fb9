"""Writes and reads the tables in schema cerebro, but for units and states: workers write those."""
