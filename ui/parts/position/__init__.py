"""The sections of the page Position."""
