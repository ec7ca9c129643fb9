"""The only writers of the tables in schema cerebro: datasets, models, runs and their metrics."""
