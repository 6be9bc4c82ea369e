"""Changing accounts (`people`) and who belongs to a tenant (`members`)."""
