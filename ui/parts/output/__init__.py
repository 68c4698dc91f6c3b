"""The sections of the page Output."""
