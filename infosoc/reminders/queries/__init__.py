"""What is late, and what has been done about it."""
