#!/usr/bin/env bash
# Asks every outside judge. What needs KERF_DATA is skipped, and says so, where that is not set.
set -euo pipefail
kerf=$1
python=$2
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export KERF_CACHE="$work/cache"

judge() { echo; echo "== $*"; "$python" "$here/$1.py" "${@:2}"; }

judge node_tests --kerf "$kerf"
judge node_tests --kerf "$kerf" --reference
judge roundtrip --kerf "$kerf" --node-tests
judge decomposition --kerf "$kerf"
judge forms --kerf "$kerf"
judge quantized_files --kerf "$kerf"

if [ -n "${KERF_DATA:-}" ]; then
  judge networks --kerf "$kerf"
  judge cards --kerf "$kerf"
  judge quantize --kerf "$kerf"
  judge uniform_rank --kerf "$kerf"
  judge speed --kerf "$kerf" --floor 1
else
  echo "skipped: networks, cards, quantize, uniform_rank, speed (KERF_DATA is not set)"
fi

echo; echo "== the demo's report in a browser"
"$kerf" demo --output-folder "$work/demo"
if ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null; then
  if command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
  else
    echo "skipped: the report in a browser (install chromium)"
    exit 0
  fi
fi
judge report_browser "$work/demo/report.html"
