"""A run as a folder: status, metrics, requests, lock, figures, and the list of all runs."""
