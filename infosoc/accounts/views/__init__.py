"""Signing in, the person's own pages, and members and settings of a tenant."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Hang the blueprints on the application."""
