"""Units on Greenplum: rows stay on their segments, states hop between them."""
