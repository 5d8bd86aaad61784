// swift-tools-version: 6.2
import PackageDescription

// Kerf as a dependency: no flags, no settings. Elsewhere the first line would be `.package(url: …, from: …)`.
let package = Package(
  name: "RunModel",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "kerf", path: "../..")],
  targets: [.executableTarget(name: "RunModel", dependencies: [.product(name: "Kerf", package: "kerf")])],
  swiftLanguageModes: [.v6]
)
