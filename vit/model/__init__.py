"""The transformer and the record of a pass: torch only, no file, no clock."""
