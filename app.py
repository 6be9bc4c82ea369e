"""WSGI entry point: `gunicorn app:app`, `flask --app app`."""

import sys

from infosoc.config import ConfigurationError
from infosoc.factory import create_app

try:
    app = create_app()
except ConfigurationError as error:
    sys.exit(f"Error: {error}")
