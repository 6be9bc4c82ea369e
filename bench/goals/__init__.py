"""The goals: one module each, with a TITLE and `measure(options, databases)`."""
