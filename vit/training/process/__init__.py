"""A run as a process: the command, starting one, waiting for a turn, one run from beginning to end."""
