"""The benchmark: `make bench`. docs/benchmarks.md says what is measured, and how."""
