import Foundation
import Testing

@Suite struct ProtoTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Sources/KerfONNX/Proto").standardizedFileURL

  @Test func theGeneratedSwiftIsFromTheProtoThatLiesBesideIt() throws {
    let generated = try String(contentsOf: Self.folder.appendingPathComponent("onnx.pb.swift"), encoding: .utf8)
    let stated = try #require(generated.split(separator: "\n").first { $0.hasPrefix("// proto-sha256: ") }).dropFirst(17)
    let actual = try sha256(of: Self.folder.appendingPathComponent("onnx.proto").path)
    #expect(stated == actual, "onnx.proto changed: run Scripts/generate-proto.sh")
  }

  /// By the system's tool (coreutils, or Perl's on macOS).
  private func sha256(of path: String) throws -> String {
    for tool in [["sha256sum"], ["shasum", "-a", "256"]] {
      let process = Process()
      let output = Pipe()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = tool + [path]
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      try process.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      if process.terminationStatus == 0 { return String(text.prefix(64)) }
    }
    Issue.record("neither sha256sum nor shasum runs")
    return ""
  }
}
