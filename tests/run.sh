#!/usr/bin/env bash
# Runs all tests against a local platform that it starts and stops.
#
#   tests/run.sh            all tests
#   tests/run.sh bench      the figures of the README
#   tests/run.sh record     record the histories that tests/replay replays
#
# Needs BIN (the directory of the built binaries) and GO (the go command).
set -euo pipefail
cd "$(dirname "$0")/.."

state=$(mktemp -d)
trap '"$BIN/slipway-local" down --dir "$state/platform" >/dev/null; rm -rf "$state"' EXIT

export SLIPWAY_BIN=$BIN
export SLIPWAY_PLATFORM=$state/platform/platform.json
# Whoever calls this has everything, so a test that misses a part fails.
export SLIPWAY_REQUIRE=${SLIPWAY_REQUIRE:-platform}
"$BIN/slipway-local" up --dir "$state/platform" --bin "$BIN" --clusters 2 --detach

case ${1:-all} in
bench)
  $GO test ./tests/benchmarks -run '^$' -bench . -benchtime 1x -timeout 30m
  exit
  ;;
record)
  $GO test -tags record ./tests/replay -run '^TestRecord' -count 1 -timeout 10m
  exit
  ;;
esac

race=-race
if ! command -v gcc >/dev/null; then
  echo "no gcc: tests run without the race detector"
  race=
fi
# Packages side by side would fight for two cores; tests within one do not.
began=$SECONDS
$GO test $race -p 2 -parallel 4 -timeout 40m ./...
echo "tests of the main module took $((SECONDS - began)) s"

began=$SECONDS
(cd deploy/local && $GO test $race -timeout 10m ./...)
# The race detector would compile the whole Temporal server once more.
(cd deploy/local/temporal && $GO test -timeout 10m ./...)
(cd examples/shop && $GO test $race ./...)
echo "tests of the platform and the example took $((SECONDS - began)) s"
