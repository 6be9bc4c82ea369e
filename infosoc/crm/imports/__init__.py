"""Bringing a list in: reading a file, guessing its columns, taking each row apart. The parts without a database are pure."""
