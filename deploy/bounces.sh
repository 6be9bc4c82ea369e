#!/bin/sh
# Hand one mail from standard input to `flask mail bounces`, as a mail server's pipe does it.
#   deploy/bounces.sh [RECIPIENT]        settings from /etc/infosoc.env (or ENVIRONMENT_FILE)
set -eu
set -a
# shellcheck disable=SC1090
. "${ENVIRONMENT_FILE:-/etc/infosoc.env}"
set +a
cd "$(dirname "$0")/.."
if [ -n "${1:-}" ]; then
    exec .venv/bin/flask --app app mail bounces --recipient "$1"
fi
exec .venv/bin/flask --app app mail bounces
