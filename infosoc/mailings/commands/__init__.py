"""Changing lists, mailings and what people get."""
