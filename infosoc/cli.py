"""The `flask` commands, thin: each calls a domain's commands. One clear line and a non-zero exit on error."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Hang the commands on the application."""
