"""The sections of the page Patches."""
