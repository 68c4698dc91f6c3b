"""The sections of the page Verify."""
