#!/bin/sh
# Regenerates Sources/KerfONNX/Proto/onnx.pb.swift from onnx.proto.
#
# Needs protoc (apt: protobuf-compiler) and git; builds the Swift plugin of swift-protobuf $SWIFT_PROTOBUF_VERSION (1.39.0), or takes the
# one in $PROTOC_GEN_SWIFT. A test compares the SHA-256 at the head of the generated file with that of onnx.proto.
set -eu
cd "$(dirname "$0")/../Sources/KerfONNX/Proto"
plugin=${PROTOC_GEN_SWIFT:-}
if [ -z "$plugin" ]; then
  version=${SWIFT_PROTOBUF_VERSION:-1.39.0}
  build=$(mktemp -d)
  trap 'rm -rf "$build"' EXIT
  git clone -q --branch "$version" https://github.com/apple/swift-protobuf "$build/swift-protobuf"
  (cd "$build/swift-protobuf" && swift build --product protoc-gen-swift)
  plugin=$build/swift-protobuf/.build/debug/protoc-gen-swift
fi
protoc --plugin="protoc-gen-swift=$plugin" --swift_opt=Visibility=Internal --swift_opt=UseAccessLevelOnImports=true --swift_out=. onnx.proto
hash=$(sha256sum onnx.proto 2>/dev/null || shasum -a 256 onnx.proto)
{
  echo "// proto-sha256: ${hash%% *}"
  cat onnx.pb.swift
} >onnx.pb.swift.new
mv onnx.pb.swift.new onnx.pb.swift
