// swift-tools-version: 6.2
import PackageDescription

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let yaml = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
  name: "kerf",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "kerf", targets: ["kerf"]),
    .library(name: "Kerf", targets: ["Kerf"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // System libraries, and the C that is close to the machine.
    .systemLibrary(name: "CLAPACK", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"]), .brew(["libtiff"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CImageCodecs", dependencies: ["CPNG", "CTurboJPEG", "CTIFF", "CZlib"]),
    .target(name: "CKerfKernels"),

    // The rooms, from the bottom up.
    .target(name: "KerfGraph"),
    .target(name: "KerfONNX", dependencies: ["KerfGraph", protobuf], exclude: ["Proto/onnx.proto"]),
    .target(name: "KerfAlgebra", dependencies: ["CLAPACK"]),
    .target(name: "KerfDecomposition", dependencies: ["KerfAlgebra"]),
    .target(name: "KerfEngine", dependencies: ["KerfGraph", "CKerfKernels", "CLAPACK"]),
    .target(name: "KerfData", dependencies: ["CImageCodecs", yaml]),
    .target(
      name: "KerfCompression",
      dependencies: [
        "KerfDecomposition", "KerfAlgebra", "KerfEngine", "KerfGraph", "KerfData", yaml,
        .target(name: "CCrypto", condition: .when(platforms: [.linux])),
      ]),
    .target(name: "KerfReport", dependencies: ["KerfCompression"]),
    .target(
      name: "Kerf",
      dependencies: ["KerfReport", "KerfCompression", "KerfDecomposition", "KerfEngine", "KerfGraph", "KerfData", "KerfONNX"]),
    .executableTarget(
      name: "kerf",
      dependencies: ["KerfReport", "KerfCompression", "KerfDecomposition", "KerfEngine", "KerfGraph", "KerfData", "KerfONNX", arguments]),

    .testTarget(name: "KerfGraphTests", dependencies: ["KerfGraph", "KerfEngine"]),
    .testTarget(name: "KerfONNXTests", dependencies: ["KerfONNX", "KerfEngine"]),
    .testTarget(name: "KerfAlgebraTests", dependencies: ["KerfAlgebra"]),
    .testTarget(name: "KerfDecompositionTests", dependencies: ["KerfDecomposition", "KerfAlgebra"]),
    .testTarget(name: "KerfEngineTests", dependencies: ["KerfEngine", "KerfONNX", "CKerfKernels"]),
    .testTarget(name: "KerfDataTests", dependencies: ["KerfData"], exclude: ["Golden"]),
    .testTarget(name: "KerfCompressionTests", dependencies: ["KerfCompression", "KerfONNX"]),
    .testTarget(name: "KerfReportTests", dependencies: ["KerfReport", "KerfCompression"]),
    .testTarget(name: "KerfTests", dependencies: ["Kerf"]),
  ],
  swiftLanguageModes: [.v6]
)
