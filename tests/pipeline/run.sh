#!/usr/bin/env bash
# What the four scripts did in a night, with Locust itself: a run, its baseline, a slowed service, the comparison, the issue.
#
#     pip install locust && cargo build && cargo xtask build
#     tests/pipeline/run.sh target/debug/loaddiff [SECONDS]
#
# Load goes to 127.0.0.1 alone: 20 users, some 35 requests a second, three runs of SECONDS (40). tests/github.rs does the same
# over recorded runs.
set -euo pipefail

loaddiff=$(realpath "$1")
seconds=${2:-40}
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT
cd "$work"

# Starts a program that prints its address in its first line, and leaves that in $address and its process in $started.
start() {
  mkfifo "$work/said"
  "$@" > "$work/said" &
  started=$!
  pids+=("$started")
  read -r address < "$work/said"
  rm "$work/said"
  address=${address#listening on }
}

# A load test of a service with these options, into a folder.
load() {
  local into=$1
  shift
  mkdir "$into"
  start python3 "$root/tools/demo-server.py" --port 0 "$@"
  SETTLE_SECONDS=2 locust --locustfile "$root/tools/locustfile.py" --headless --host "$address" --users 20 --spawn-rate 10 \
    --run-time "${seconds}s" --csv "$into/load" --csv-full-history --only-summary --exit-code-on-error 0 > "$into/log.txt" 2>&1
  rm "$into/log.txt"
  kill "$started"
  wait "$started" 2> /dev/null || true
}

# Fails unless the command ends with this code.
ends() {
  local code=0
  "${@:2}" || code=$?
  if [ "$code" != "$1" ]; then
    echo "ended with $code, not $1: ${*:2}" >&2
    exit 1
  fi
}

echo "1. A run, and its baseline"
load first --seed 1
"$loaddiff" extract first --output metrics.json
"$loaddiff" baseline first --output performance-baselines.json

echo "2. A run of a slower service"
load slow --seed 2 --slow-all 1.6
ends 1 "$loaddiff" compare --baseline performance-baselines.json --run slow --format text

echo "3. The link to it"
link=$("$loaddiff" link --baseline performance-baselines.json --run slow --base-url https://example.org/)
echo "$link"
"$loaddiff" link --decode "$link" > decoded.txt || [ $? = 1 ]
grep -q "^## ▲ Regressed" decoded.txt
start node "$root/tests/browser/server.mjs" 4175
node "$root/tests/pipeline/open.mjs" "$address" "$link" | tee opened.txt
grep -q "Regressed" opened.txt

echo "4. The issue: opened, commented, closed"
start python3 "$root/tests/pipeline/github_api.py" "$work/github.json"
export GITHUB_API_URL=$address GITHUB_TOKEN=a-token-of-this-test GITHUB_REPOSITORY=octo/load
night() {
  "$loaddiff" issue --when-gone close --base-url https://example.org/ --baseline performance-baselines.json --run "$1" | tee said.txt
  grep -q "^$2 issue #1" said.txt
}
night slow Opened
night slow "Commented on"
load mended --seed 3
ends 0 "$loaddiff" compare --baseline performance-baselines.json --run mended --format text
night mended Closed
python3 - <<'PYTHON'
import json
state = json.load(open("github.json"))
assert [i["state"] for i in state["issues"]] == ["closed"], state
assert len(state["comments"]) == 2, state
assert "https://example.org/#r1." in state["issues"][0]["body"]
PYTHON
echo "The pipeline does what the scripts did."
