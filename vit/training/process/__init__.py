"""A run as a process: start, queue, lock, requests to it, several processes at once."""
