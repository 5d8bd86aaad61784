#!/usr/bin/env bash
# Checks every C kernel of every instruction set against sums in double, every buffer beside a page that may not be touched:
# `native` for this machine's sets, `neon` cross-compiled for AArch64 and run under qemu-user; one set alone where it is named. Installs what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
out=.build/kernels
mkdir -p "$out"
flags=(-O2 -Wall -Wextra -Werror -ISources/CKerfKernels/include)
sources=(Sources/CKerfKernels/*.c Tests/KernelsC/*.c)

# The compiler that builds the package, else any.
clang=$(command -v clang || true)
[ -n "$clang" ] || clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang

case "${1:-native}" in
native)
  "$clang" "${flags[@]}" "${sources[@]}" -lm -o "$out/check"
  "$out/check" ${2:-}
  ;;
neon)
  if [ "$(uname -m)" = aarch64 ] || [ "$(uname -m)" = arm64 ]; then exec "$0" native ${2:-}; fi
  wanted=()
  command -v qemu-aarch64 >/dev/null || wanted+=(qemu-user)
  [ -e /usr/aarch64-linux-gnu/lib/libc.a ] || wanted+=(libc6-dev-arm64-cross)
  compilers=(/usr/lib/gcc-cross/aarch64-linux-gnu/*)
  [ -e "${compilers[0]}" ] || wanted+=(gcc-aarch64-linux-gnu)
  if [ ${#wanted[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || { echo "neon: please install: ${wanted[*]}" >&2; exit 2; }
    sudo=""
    [ "$(id -u)" -eq 0 ] || sudo=sudo
    echo "neon: installing ${wanted[*]}"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
    compilers=(/usr/lib/gcc-cross/aarch64-linux-gnu/*)
  fi
  "$clang" --target=aarch64-linux-gnu --gcc-install-dir="${compilers[-1]}" -isystem /usr/aarch64-linux-gnu/include \
    -L/usr/aarch64-linux-gnu/lib -B/usr/aarch64-linux-gnu/lib -fuse-ld=lld -static "${flags[@]}" "${sources[@]}" -lm -o "$out/check-neon"
  qemu-aarch64 "$out/check-neon" ${2:-}
  ;;
*)
  echo "usage: Scripts/kernels.sh [native|neon] [instruction set]" >&2
  exit 2
  ;;
esac
