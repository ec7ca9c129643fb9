"""From a table, a view or a SELECT to encoded chunks, and from one row to the same tensors.

``source`` finds the rows, ``request`` checks what is wanted: the outcome is a ``Selection``.
``staged`` is what is read of it, once, into a temporary table; ``values`` are single values of it.
``fitting`` chooses and learns ``features``, ``labels`` the output: both are the ``encoding``.
``chunks`` are encoded rows, as workers take them; ``prepare`` goes this whole way.
``batches`` are rows of any other source for an encoding that exists, in bulk.
``row`` decodes one row of the caller's. All paths end in canonical ``columns``.
"""
