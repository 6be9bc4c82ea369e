"""Reading the register, one subject a file."""
