"""Units on one PostgreSQL server: every worker is a session, every partition a part of a table."""
