#!/bin/sh
# Packs fixtures as CI systems and people pack results. Needs zip, tar, zstd and Python.
set -e
cd "$(dirname "$0")"
fixtures="$(cd ../../fixtures && pwd)"
work="$(mktemp -d)"
mkdir -p "$work/artifact/base" "$work/artifact/candidate" "$work/artifact/__MACOSX"
cp "$fixtures/jmeter/2.13/every-column.csv" "$work/artifact/base/results.jtl"
# The candidate is the baseline with every response 20 ms slower.
awk -F, -v OFS=, 'NR > 1 { $2 += 20 } { print }' "$fixtures/jmeter/2.13/every-column.csv" > "$work/artifact/candidate/results.jtl"
printf 'Made by the nightly job.\n' > "$work/artifact/README.txt"
printf '\211PNG\r\n' > "$work/artifact/chart.png"
printf 'x' > "$work/artifact/__MACOSX/._results.jtl"
(cd "$work/artifact" && zip -q -X -r "$work/runs.zip" . )
cp "$work/runs.zip" runs.zip
(cd "$work" && tar czf - artifact/base artifact/README.txt) > base.tar.gz
(cd "$work" && tar cf - artifact/base) > base.tar
zstd -q -f "$work/artifact/base/results.jtl" -o base.jtl.zst
# Two frames, one behind the other, as `cat a.zst b.zst` makes them.
head -c 9000 "$work/artifact/base/results.jtl" > "$work/1"
tail -c +9001 "$work/artifact/base/results.jtl" > "$work/2"
(zstd -q -c "$work/1"; zstd -q -c "$work/2") > frames.jtl.zst
gzip -9 -n -c "$work/artifact/base/results.jtl" > "$work/results.jtl.gz"
(cd "$work" && zip -q -X inner.zip runs.zip && zip -q -X gz.zip results.jtl.gz && zip -q -X deep.zip inner.zip)
cp "$work/inner.zip" inner.zip
cp "$work/deep.zip" deep.zip
cp "$work/gz.zip" gz.zip
(cd "$work/artifact" && zip -q -X "$work/none.zip" README.txt chart.png) && cp "$work/none.zip" none.zip
(cd "$work/artifact" && zip -q -X -P secret "$work/locked.zip" base/results.jtl) && cp "$work/locked.zip" locked.zip
python3 - <<'P'
import zipfile, zlib, gzip
zipfile.ZipFile("empty.zip", "w").close()
# 100 MB of zeros behind a header, in 100 kB.
with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("results.jtl", b"timeStamp,elapsed,label,success\n" + b"0" * 100_000_000)
P
rm -r "$work"
