#!/usr/bin/env bash
# No hand-written source file has more than 600 lines; aim at 150.
set -euo pipefail
status=0
while read -r file; do
  lines=$(wc -l <"$file")
  if [ "$lines" -gt 600 ]; then
    echo "$file has $lines lines; the budget is 600" >&2
    status=1
  fi
done < <(git ls-files '*.swift' '*.c' '*.h' '*.inc' '*.py' | grep -v '\.pb\.swift$')
exit $status
