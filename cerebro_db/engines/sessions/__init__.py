"""What engines have in common whose workers are sessions of a database server."""
