"""The common parts of engines whose workers are sessions of a database server."""
