"""WSGI entry point: `gunicorn app:app`, `flask --app app`."""

from infosoc.factory import create_app

app = create_app()
