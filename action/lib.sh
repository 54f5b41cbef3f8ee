# Shared by the action's steps. Inputs come as environment variables: no step puts one into a command's text.

set -euo pipefail

# Prints an error as an annotation and ends the step.
fail() {
  printf '::error title=loaddiff::%s\n' "$(escape "$1")"
  exit "${2:-1}"
}

# A message for a workflow command.
escape() {
  local text=$1
  text=${text//'%'/%25}
  text=${text//$'\r'/%0D}
  printf '%s' "${text//$'\n'/%0A}"
}

# Sets an output of the step. The value has one line.
output() {
  printf '%s=%s\n' "$1" "${2//[$'\r\n']/ }" >> "$GITHUB_OUTPUT"
}

# Runs a program whose output may hold names from result files. The runner carries out no command in it.
quoted() {
  local token code=0
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '::stop-commands::%s\n' "$token"
  "$@" 2>&1 || code=$?
  printf '\n::%s::\n' "$token"
  return "$code"
}
