"""What is on the page Teach."""
