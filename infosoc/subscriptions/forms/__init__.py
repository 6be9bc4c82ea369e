"""The forms of products, prices and agreements, one subject a file."""
