"""The sections of the page Patch embedding."""
