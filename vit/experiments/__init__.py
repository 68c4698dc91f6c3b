"""The model run again with something changed: patches hidden, heads off, positions edited."""
