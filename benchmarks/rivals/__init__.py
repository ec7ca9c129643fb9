"""The contestants, one file each: ours, and what people do today. Each is a program that goes from
a table in PostgreSQL to the validation loss of every configuration; read _base.py first. Only
export_predict is about predictions."""
