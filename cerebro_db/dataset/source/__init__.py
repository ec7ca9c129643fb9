"""The argument ``source``: its text is read, its rows are found, and what it calls is judged."""
