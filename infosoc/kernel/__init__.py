"""Plain values: no Flask, no database."""
