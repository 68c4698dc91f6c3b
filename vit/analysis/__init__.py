"""A Trace → arrays: every number a page shows that is not in the trace itself."""
