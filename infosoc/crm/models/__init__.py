"""Tables of the register, one subject a file."""
