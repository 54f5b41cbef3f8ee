#!/usr/bin/env bash
# Chooses between a release and a build from this action's source.
# Outputs: method, folder, asset, address, key.
source "$LOADDIFF_ACTION/lib.sh"

version=${LOADDIFF_VERSION:-}
if [ -z "$version" ] && [[ ${LOADDIFF_REF:-} =~ ^v[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
  version=$LOADDIFF_REF
fi

case "${RUNNER_OS:-}-${RUNNER_ARCH:-}" in
  Linux-X64) target=x86_64-unknown-linux-musl ;;
  Linux-ARM64) target=aarch64-unknown-linux-musl ;;
  macOS-X64) target=x86_64-apple-darwin ;;
  macOS-ARM64) target=aarch64-apple-darwin ;;
  Windows-X64) target=x86_64-pc-windows-msvc ;;
  *) target= ;;
esac

output folder "${RUNNER_TEMP:?}/loaddiff"
if [[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+$ ]] && [ -n "$target" ] && [ -n "${LOADDIFF_REPOSITORY:-}" ]; then
  output method release
  output asset "loaddiff-$target.tar.gz"
  output address "${LOADDIFF_RELEASES:-${GITHUB_SERVER_URL:-https://github.com}/$LOADDIFF_REPOSITORY/releases/download}/$version"
elif [ -z "$version" ] || [ "$version" = source ] || [ -z "$target" ]; then
  root=$(cd "$LOADDIFF_ACTION/.." && pwd)
  # What is built: every source file, and the crates it is built from.
  sum=$(cd "$root" && find src Cargo.toml Cargo.lock -type f | LC_ALL=C sort | xargs cat | { sha256sum 2>/dev/null || shasum -a 256; } | cut -c1-16)
  output method source
  output key "loaddiff-${RUNNER_OS:-unknown}-${RUNNER_ARCH:-unknown}-$sum"
else
  fail "“$version” is no release: write v0.1.0, or source."
fi
