#!/usr/bin/env bash
# Builds one binary and says how long it took: build.sh NAME COMMAND
set -euo pipefail
began=$SECONDS
printf '  building %-20s' "$1"
if ! output=$(bash -euo pipefail -c "$2" 2>&1); then
  echo "failed"
  echo "$output" >&2
  exit 1
fi
echo "$((SECONDS - began)) s"
