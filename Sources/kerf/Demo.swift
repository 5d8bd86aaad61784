import ArgumentParser
import Foundation
import KerfCompression

/// `kerf demo`
struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compresses the bundled denoiser on the bundled pictures and writes a report.",
    discussion: """
      EXAMPLES
        kerf demo
        kerf demo --speedup 3 --output-folder out
      """)

  @Option(help: "The folder with the network, the card and the pictures (default: Demo, here or beside the sources).") var folder: String?
  @Option(help: "Where to write the network, the recipe and the report.") var outputFolder = "demo-output"
  @Option(help: "At least so many times faster, measured.") var speedup = 2.0
  @Option(help: "Threads of the engine (default: all cores).") var threads: Int?

  func run() throws {
    let source = try folder ?? Self.bundled()
    let out = URL(fileURLWithPath: outputFolder)
    do { try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true) } catch {
      throw InputError("\(outputFolder): cannot be made: \(error.localizedDescription)")
    }
    let report = out.appendingPathComponent("report.html").path
    var arguments = [
      "\(source)/dead_leaves_denoiser.onnx", "-o", out.appendingPathComponent("small.onnx").path, "--data", "\(source)/card.yaml",
      "--speedup", "\(speedup)", "--report", report,
    ]
    if let count = threads { arguments += ["--threads", "\(count)"] }
    print("kerf compress \(arguments.joined(separator: " "))\n")
    // A busy machine may miss the speed by a little; the demo has shown what it has to show all the same.
    do { try Compress.parse(arguments).run() } catch let missed as BoundNotMet { print("\n\(missed)") }
    print("\nreport: \(report)")
  }

  /// `Demo` in the working folder, else in a folder above the program: `.build/release/kerf` lies in the sources.
  private static func bundled() throws -> String {
    var candidates = [URL(fileURLWithPath: "Demo")]
    var above = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    for _ in 0..<5 {
      candidates.append(above.appendingPathComponent("Demo"))
      above.deleteLastPathComponent()
    }
    for candidate in candidates where FileManager.default.fileExists(atPath: candidate.appendingPathComponent("card.yaml").path) {
      return candidate.path
    }
    throw InputError("the folder 'Demo' with the bundled network was not found; give --folder")
  }
}
