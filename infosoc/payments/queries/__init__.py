"""What is read of payments."""
