#!/usr/bin/env bash
# Ends the job as the comparison did.
source "$LOADDIFF_ACTION/lib.sh"

case ${LOADDIFF_CODE:-} in
  0) echo "The gate passes." ;;
  1) echo "The gate fails: see the summary of this job."; exit 1 ;;
  3) fail "There is no verdict: see the summary of this job. Set the input no-verdict to pass or fail to decide such jobs." 3 ;;
  *) fail "There is no comparison." 2 ;;
esac
