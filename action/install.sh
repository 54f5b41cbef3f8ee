#!/usr/bin/env bash
# Installs the program into a folder and puts that on the path.
source "$LOADDIFF_ACTION/lib.sh"

mkdir -p "$LOADDIFF_FOLDER"
bin=$LOADDIFF_FOLDER/bin
if [ "${RUNNER_OS:-}" = Windows ]; then program=loaddiff.exe; else program=loaddiff; fi

if [ "$LOADDIFF_METHOD" = release ]; then
  fetch() {
    curl --fail --silent --show-error --location --proto "${LOADDIFF_PROTO:-=https}" --proto-redir =https --retry 3 --max-time 300 \
      --output "$LOADDIFF_FOLDER/$1" "$LOADDIFF_ADDRESS/$1"
  }
  fetch SHA256SUMS || fail "the checksums of $LOADDIFF_ADDRESS could not be downloaded. Check the input version, or set it to source."
  fetch "$LOADDIFF_ASSET" || fail "$LOADDIFF_ADDRESS/$LOADDIFF_ASSET could not be downloaded. Set the input version to source."
  cd "$LOADDIFF_FOLDER"
  # Exactly one line names the file.
  awk -v name="$LOADDIFF_ASSET" '{ file = $2; sub(/^\*/, "", file) } file == name' SHA256SUMS > expected
  [ "$(wc -l < expected | tr -d ' ')" = 1 ] || fail "the checksums of $LOADDIFF_ADDRESS do not name $LOADDIFF_ASSET."
  { sha256sum --check expected 2>/dev/null || shasum -a 256 --check expected; } > /dev/null 2>&1 ||
    fail "$LOADDIFF_ASSET has not the checksum of its release: it is not installed."
  mkdir -p "$bin"
  tar -xzf "$LOADDIFF_ASSET" -C "$bin" "$program"
elif [ ! -x "$bin/$program" ]; then
  command -v cargo > /dev/null || fail "cargo is needed to build loaddiff. Install Rust before this step, or set the input version to a release."
  cargo install --locked --path "$LOADDIFF_ACTION/.." --bin loaddiff --root "$LOADDIFF_FOLDER" --target-dir "$LOADDIFF_FOLDER/target"
  # Only the program is cached.
  rm -rf "$LOADDIFF_FOLDER/target"
fi

"$bin/$program" --version || fail "loaddiff does not start on this machine. Set the input version to source."
printf '%s\n' "$bin" >> "$GITHUB_PATH"
