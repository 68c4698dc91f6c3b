"""The sections of the page Block."""
