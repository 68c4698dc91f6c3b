"""The sections of the page Why."""
