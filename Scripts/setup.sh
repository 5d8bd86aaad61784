#!/usr/bin/env bash
# Installs the system libraries that Kerf links against, where they are missing and apt-get is there to do it.
set -euo pipefail

command -v swift >/dev/null || { echo "setup: no Swift toolchain on PATH; see https://www.swift.org/install" >&2; exit 2; }
if [ "$(uname -s)" = Darwin ]; then
  command -v brew >/dev/null && brew install --quiet libpng jpeg-turbo libtiff pkg-config
  exit 0
fi

declare -A packages=(
  [openblas]=libopenblas-dev [lapacke]=liblapacke-dev [libpng]=libpng-dev [libturbojpeg]=libturbojpeg0-dev
  [libtiff-4]=libtiff-dev [zlib]=zlib1g-dev [libcrypto]=libssl-dev
)

wanted=()
command -v pkg-config >/dev/null || wanted+=(pkg-config)
for name in "${!packages[@]}"; do
  pkg-config --exists "$name" 2>/dev/null || wanted+=("${packages[$name]}")
done
[ ${#wanted[@]} -eq 0 ] && exit 0

command -v apt-get >/dev/null || { echo "setup: please install: ${wanted[*]}" >&2; exit 2; }
sudo=""
[ "$(id -u)" -eq 0 ] || sudo=sudo
echo "setup: installing ${wanted[*]}"
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "${wanted[@]}" >/dev/null
