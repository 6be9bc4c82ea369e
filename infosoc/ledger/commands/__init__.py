"""What is done in the bookkeeping, one subject a file."""
