"""The verbs of the SQL surface as plain functions: each puts the layers below to work."""
