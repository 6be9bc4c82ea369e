"""What changes payments."""
