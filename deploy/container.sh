#!/bin/sh
# Entry of the container image: `web` migrates and serves, `worker` works, anything else is a flask command.
set -eu
case ${1:-web} in
web)
    .venv/bin/flask --app app db upgrade
    exec .venv/bin/gunicorn app:app --worker-class gthread --workers 2 --threads 2 --preload --no-control-socket \
        --worker-tmp-dir /dev/shm --bind 0.0.0.0:5000 --timeout 60 --graceful-timeout 20 --log-level warning
    ;;
worker) exec .venv/bin/flask --app app worker ;;
*) exec .venv/bin/flask --app app "$@" ;;
esac
