#!/usr/bin/env bash
# Compares, and writes the reports, the job's summary, annotations and outputs.
# Outputs: verdict, word, failures, link, report, folder, code.
source "$LOADDIFF_ACTION/lib.sh"

arguments=()

# Adds a flag for each line, with the files that the line's pattern matches.
runs() {
  # Without field separators a pattern may hold spaces, and is still a pattern.
  local flag=$1 line file files named IFS=
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    line=${line#"${line%%[![:space:]]*}"}
    line=${line%"${line##*[![:space:]]}"}
    [ -n "$line" ] || continue
    # A file of that very name is taken before a pattern.
    if [ -e "$line" ]; then
      files=("$line")
    else
      shopt -s nullglob
      files=($line)
      shopt -u nullglob
    fi
    [ "${#files[@]}" -gt 0 ] || fail "$flag: no file matches “$line”." 2
    # A name that begins with a hyphen is no flag.
    named=()
    for file in "${files[@]}"; do
      case $file in -*) named+=("./$file") ;; *) named+=("$file") ;; esac
    done
    arguments+=("--$flag" "${named[@]}")
  done <<< "$2"
}

for input in "$LOADDIFF_BASELINE" "$LOADDIFF_RUN"; do
  [ -n "${input//[[:space:]]/}" ] || fail "no result files are named. Set the inputs baseline and run." 2
done
runs baseline "$LOADDIFF_BASELINE"
runs run "$LOADDIFF_RUN"
runs history "${LOADDIFF_HISTORY:-}"
option() { if [ -n "${2:-}" ]; then arguments+=("--$1=$2"); fi; }
option policy "${LOADDIFF_POLICY:-}"
option profile "${LOADDIFF_PROFILE:-}"
option fail-on "${LOADDIFF_FAIL_ON:-}"
option no-verdict "${LOADDIFF_NO_VERDICT:-}"
option base-url "${LOADDIFF_BASE_URL:-}"

folder=$(mktemp -d "${RUNNER_TEMP:?}/loaddiff-report-XXXXXX")
formats=review,html,json,junit,github-annotations,github-outputs
code=0
quoted loaddiff report --format "$formats" --output-dir "$folder" "${arguments[@]}" || code=$?
case $code in
  0 | 1 | 3) ;;
  *) fail "the results could not be compared. The reason is in the log of this step." "$code" ;;
esac

cat "$folder/loaddiff-annotations.txt"
cat "$folder/loaddiff-review.md" >> "$GITHUB_STEP_SUMMARY"
cat "$folder/loaddiff-outputs.txt" >> "$GITHUB_OUTPUT"
rm "$folder/loaddiff-annotations.txt" "$folder/loaddiff-outputs.txt"
output report "$folder/loaddiff-report.html"
output folder "$folder"
output code "$code"
