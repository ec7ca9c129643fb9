"""Turns a table, a view or a SELECT into packed chunks, and encodes rows exactly as in training.

SQL only extracts typed columns: set-wise (``staging``, ``extract``) or one row at a time (``rows``,
``binary``). Both end in the same canonical ``columns``, and one ``encoding``, which ``prepare``
fits, makes tensors of them.
"""
