#!/usr/bin/env bash
# Posts the comment (`comment`) or handles the issue (`issue`). What goes wrong there is a warning: the gate decides the job.
source "$LOADDIFF_ACTION/lib.sh"

arguments=("$1" "--report=$LOADDIFF_REPORT")
if [ -n "${LOADDIFF_BASE_URL:-}" ]; then arguments+=("--base-url=$LOADDIFF_BASE_URL"); fi
if [ -n "${LOADDIFF_KEY:-}" ]; then arguments+=("--key=$LOADDIFF_KEY"); fi
if [ "$1" = issue ] && [ "${LOADDIFF_ISSUE:-}" = close ]; then arguments+=(--when-gone=close); fi

if ! quoted loaddiff "${arguments[@]}"; then
  printf '::warning title=loaddiff::The %s could not be written. The reason is in the log of this step.\n' "$1"
fi
