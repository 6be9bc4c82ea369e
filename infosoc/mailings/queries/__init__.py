"""Reading lists, mailings and recipients."""
