import Foundation
import KerfGraph

/// A clock that is another program: it is given ONNX files and prints the milliseconds of one run of each.
///
/// `{model}` in the command stands for one or more file names, quoted for the shell; without it they come last. The program prints one number a line, in
/// the order of the files; lines that are no numbers are ignored.
public struct CommandTimer: Sendable {
  public let command: String
  private let encode: @Sendable (Model) throws -> [UInt8]
  /// Files handed over at once.
  private static let batch = 24

  public init(_ command: String, encode: @escaping @Sendable (Model) throws -> [UInt8]) {
    (self.command, self.encode) = (command, encode)
  }

  /// One run of each network, ms.
  /// - Parameter shapes: what stands in for the open extents of its inputs.
  /// - Throws: `CompressionError.timer` with what the program said.
  func milliseconds(of models: [Model], shapes: [[String: [Int]]]) throws -> [Double] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kerf-timer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var result: [Double] = []
    for start in stride(from: 0, to: models.count, by: Self.batch) {
      var files: [String] = []
      for index in start..<min(models.count, start + Self.batch) {
        let file = folder.appendingPathComponent("\(index).onnx")
        try Data(encode(models[index].fixing(shapes[index]))).write(to: file)
        files.append(file.path)
      }
      result += try run(files)
    }
    return result
  }

  private func run(_ files: [String]) throws -> [Double] {
    let names = files.map { "'" + $0.replacing("'", with: "'\\''") + "'" }.joined(separator: " ")
    let line = command.contains("{model}") ? command.replacing("{model}", with: names) : command + " " + names
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line]
    // What it says on standard error is the person's to read.
    let output = Pipe()
    process.standardOutput = output
    do { try process.run() } catch { throw CompressionError(.timer, "'\(command)' cannot be started: \(error.localizedDescription)") }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let numbers = text.split(whereSeparator: \.isNewline).compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
    guard process.terminationStatus == 0, numbers.count == files.count, numbers.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      let last = text.split(whereSeparator: \.isNewline).suffix(3).joined(separator: " | ")
      throw CompressionError(
        .timer,
        "'\(command)' ended with \(process.terminationStatus) and printed \(numbers.count) times above 0 for \(files.count) files; it said: \(last)"
      )
    }
    return numbers
  }
}

extension Model {
  /// The network with fixed extents of its inputs.
  func fixing(_ shapes: [String: [Int]]) -> Model {
    var model = self
    for index in model.graph.inputs.indices {
      guard let shape = shapes[model.graph.inputs[index].name], case .tensor(let type, _) = model.graph.inputs[index].type else { continue }
      model.graph.inputs[index].type = .tensor(type, shape.map { .fixed($0) })
    }
    return model
  }
}
