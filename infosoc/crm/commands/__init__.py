"""Changing the register, one subject a file; every deed is in the audit log."""
