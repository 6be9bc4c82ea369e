"""Reading lists, mailings and their recipients."""
