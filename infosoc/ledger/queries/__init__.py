"""What is read of the bookkeeping, one subject a file."""
