"""Reading what is kept of a person."""
