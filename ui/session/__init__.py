"""What one person has chosen."""
