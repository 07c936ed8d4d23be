#!/usr/bin/env bash
# Runs all tests against a local platform that it starts and stops.
#
#   tests/run.sh            all tests
#   tests/run.sh bench      the figures of the README
#   tests/run.sh record     record the histories that tests/replay replays
#   tests/run.sh matrix     the fault matrix; FULL=1 for every step, RUN for those that match
#
# Needs BIN, the directory of the built binaries; RACE is -race or nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

state=$(mktemp -d)
finish() {
  local code=$?
  "$BIN/slipway-local" down --dir "$state/platform" >/dev/null || code=1
  rm -rf "$state"
  exit $code
}
trap finish EXIT

export SLIPWAY_BIN=$BIN
export SLIPWAY_PLATFORM=$state/platform/platform.json
# Whoever calls this has the platform, so a test that misses it fails. Other
# parts are skipped where they are missing, unless the caller requires them.
export SLIPWAY_REQUIRE=${SLIPWAY_REQUIRE:-platform}
"$BIN/slipway-local" up --dir "$state/platform" --bin "$BIN" --clusters 2 --detach

case ${1:-all} in
bench)
  go test ./tests/benchmarks -run '^$' -bench . -benchtime 1x -timeout 30m
  exit
  ;;
matrix)
  export SLIPWAY_MATRIX=$state/matrix
  code=0
  # Eight runs wait more than they work.
  go test ${RACE-} ./tests/matrix -count 1 -parallel 8 -timeout 60m || code=$?
  cat "$SLIPWAY_MATRIX" || true
  exit $code
  ;;
record)
  go test -tags record ./tests/replay -run '^TestRecord' -count 1 -timeout 10m
  exit
  ;;
esac

race=${RACE-}
[ -n "$race" ] || echo "no gcc: tests run without the race detector"
if ! command -v java >/dev/null || [ ! -e "${SLIPWAY_TYPESAFE_CONFIG:-/usr/share/java/typesafe-config.jar}" ]; then
  echo "no java or no typesafe-config.jar: HOCON is not held against its reference"
fi
# The bounds keep two cores from being so busy that heartbeats come late. The
# architecture test reads source that Go's test cache does not know of.
began=$SECONDS
# The fault matrix has a command of its own.
go test $race -count=1 -p 2 -parallel 4 -timeout 40m $(go list ./... | grep -v /tests/matrix$)
echo "tests of the main module took $((SECONDS - began)) s"

began=$SECONDS
(cd deploy/local && go test $race -timeout 10m ./...)
# The race detector would compile the whole Temporal server once more.
(cd deploy/local/temporal && go test -timeout 10m ./...)
(cd examples/shop && go test $race ./...)
echo "tests of the platform and the example took $((SECONDS - began)) s"
