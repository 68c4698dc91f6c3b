"""The sections of the page What if."""
