"""Changing products, prices and agreements, one subject a file."""
