"""The trivial application: what Flask under gunicorn costs before anything is done with it."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> str:
    return "<!doctype html><title>Hello</title><p>Hello"
