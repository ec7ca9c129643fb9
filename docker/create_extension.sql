-- Run once by the entry point of the Greenplum image, when it has made the database.
create extension cerebro_db cascade;
