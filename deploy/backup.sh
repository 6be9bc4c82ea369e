#!/bin/sh
# Write today's backup into FOLDER and throw away those that are older than KEEP_DAYS (default 14).
#   deploy/backup.sh FOLDER
set -eu
folder=${1:?usage: deploy/backup.sh FOLDER}
cd "$(dirname "$0")/.."
umask 077
mkdir -p "$folder"
name="$folder/infosoc-$(date +%Y-%m-%dT%H%M%S).tar.gz"
.venv/bin/flask --app app backup "$name.part"
mv "$name.part" "$name"
find "$folder" -maxdepth 1 -name 'infosoc-*.tar.gz' -mtime "+${KEEP_DAYS:-14}" -delete
find "$folder" -maxdepth 1 -name 'infosoc-*.part' -mtime +1 -delete
