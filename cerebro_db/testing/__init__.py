"""The engine conformance suite: what every engine must do, asked in SQL of a real server.

``pytest --pyargs cerebro_db.testing`` runs it on the server that the environment variable
CEREBRO_TEST_DSN names; in the repository, without it, on a private PostgreSQL. The statements keep
to what PostgreSQL 15 and Greenplum 6 both read.
"""
