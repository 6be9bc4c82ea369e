"""The companies of an installation, what each shows the others, and which one a request concerns."""
