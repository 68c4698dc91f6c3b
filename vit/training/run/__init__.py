"""A run as a folder: status, metrics, checkpoints, figures, and the list of all runs."""
