"""Bringing a list in: reading a file, guessing its columns, taking each row apart; then preview, commit and revert."""
