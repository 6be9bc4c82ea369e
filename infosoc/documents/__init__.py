"""Paper: HTML drawn as PDF. What is drawn is our own; nothing is ever fetched from outside. And tables as files."""
